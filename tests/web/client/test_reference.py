"""The reference typed by hand: known or unknown, the answer is the same; a code leads on."""

from __future__ import annotations

import re

import pytest

from tallystick.invitations.models import Invitation
from tallystick.outbox.models import Delivery
from tests.support.codes import last_code
from tests.support.guest import Guest
from tests.web.client.conftest import OLAF


def typed(guest: Guest, reference: str) -> bytes:
    answer = guest.client.post("/r/", {"reference": reference}, follow=True)
    assert answer.redirect_chain == [("/r/code/", 302)]
    return re.sub(rb'csrfmiddlewaretoken" value="\w+"', b"", answer.content)


def test_known_and_unknown_look_the_same_to_the_byte(olaf: Guest, asked: Invitation) -> None:
    assert typed(olaf, asked.reference) == typed(olaf, "ABCDE-FGHJK")
    sent = Delivery.objects.filter(kind="code").order_by("created_at")
    assert [each.state for each in sent] == ["queued", "suppressed"]


def test_the_cookie_is_as_long_either_way(olaf: Guest, asked: Invitation) -> None:
    lengths = []
    for reference in (asked.reference, "ABCDE-FGHJK"):
        typed(olaf, reference)
        lengths.append(len(olaf.client.cookies["__Host-reference"].value))
    assert lengths[0] == lengths[1]


def test_with_the_code_the_invitation_opens_and_is_proved(olaf: Guest, asked: Invitation, page: str) -> None:
    typed(olaf, asked.reference.lower())
    opened = olaf.client.post("/r/code/", {"code": last_code(OLAF)}, follow=True)
    assert opened.redirect_chain == [(page, 302)]
    assert olaf.client.get(f"{page}declining/").status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_code_says_the_same(olaf: Guest, asked: Invitation, known: bool) -> None:
    typed(olaf, asked.reference if known else "ABCDE-FGHJK")
    wrong = olaf.client.post("/r/code/", {"code": "1234 5678"})
    assert b"This is not the code we sent. Look at the newest message and type it again." in wrong.content


def test_what_can_be_no_reference_is_said_at_the_field(olaf: Guest, asked: Invitation) -> None:
    said = olaf.client.post("/r/", {"reference": "ABC"})
    assert b"A reference has ten letters and figures" in said.content


def test_a_source_that_tries_and_tries_is_held_up(olaf: Guest, asked: Invitation) -> None:
    answers = [olaf.client.post("/r/", {"reference": f"ABCDEFGH{n:02}"}).status_code for n in range(12)]
    assert answers.count(302) <= 10
    assert answers[-1] == 200


def test_without_a_reference_there_is_no_page_for_the_code(olaf: Guest, asked: Invitation) -> None:
    assert olaf.client.get("/r/code/")["Location"] == "/r/"
