"""Proving that one was asked: by a code to that very address, and to no other."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tallystick.accounts.models import Code
from tallystick.accounts.models.codes import _code_digests
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Invitation
from tallystick.invitations.proof import PURPOSE, prove, send_code, send_code_by_reference
from tests.support.cast import Cast
from tests.support.codes import asked, mailed
from tests.support.ledger import refused


@pytest.fixture
def invited(cast: Cast) -> Invitation:
    cast.also("partnership", "as_alice")
    return Invitation.ask(cast.shop, ["shopify"], by=cast.as_alice, to=Recipient("olaf@owner.example"))


def test_the_code_to_the_address_that_was_asked_proves_it(invited: Invitation) -> None:
    attempt = send_code(invited, source="192.0.2.0/24")
    prove(invited, attempt.pk, mailed(attempt))


def test_a_link_that_was_copied_has_no_address_to_prove(cast: Cast, invited: Invitation) -> None:
    copied = Invitation.ask(cast.shop, ["shopify"], by=cast.as_alice)
    with refused("no_address", status=409):
        send_code(copied, source="192.0.2.0/24")


def test_a_code_to_another_address_proves_nothing(invited: Invitation) -> None:
    attempt = asked("eve@evil.example", PURPOSE)
    with refused("code_too_old", "code", 422):
        prove(invited, attempt.pk, mailed(attempt))


def test_a_code_for_something_else_proves_nothing(invited: Invitation) -> None:
    attempt = asked("olaf@owner.example", "sign_in")
    with refused("code_too_old", "code", 422):
        prove(invited, attempt.pk, mailed(attempt))


def test_an_attempt_that_is_gone_proves_nothing(invited: Invitation) -> None:
    with refused("code_too_old", "code", 422):
        prove(invited, uuid4(), "1234 5678")


def test_behind_a_reference_of_nothing_even_the_right_code_proves_nothing(invited: Invitation) -> None:
    nothing, attempt = send_code_by_reference("ABCDE-FGHJK", source="192.0.2.0/24", language="en")
    assert nothing is None
    Code.objects.filter(attempt=attempt).update(digest=_code_digests("12345678", attempt)[0])  # as if it were guessed
    with refused("code_wrong", "code", 422):
        prove(nothing, attempt.pk, "1234 5678")
