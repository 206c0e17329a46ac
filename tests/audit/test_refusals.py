"""Who tries what they may not do is written down: which no, on which page, and nothing of the address itself."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.audit.verification import verify
from tests.support.cast import Cast
from tests.support.ledger import no_fact, one_fact


@pytest.fixture
def stella(cast: Cast, client: Client) -> User:
    cast.also("stella_grant")
    person = cast.stella_seat.person
    client.force_login(person)
    return person


def test_a_verb_that_says_no_leaves_a_fact_on_the_tenants_chain(cast: Cast, client: Client, stella: User) -> None:
    where = f"{cast.firm.url}clients/{cast.partnership.pk}/release/"
    with one_fact("refusal.made", cast.firm, stella, without=[str(cast.partnership.pk)]) as facts:
        assert client.post(where).status_code == 403
    assert facts[0].data == {"code": "not_allowed", "view": "firm:client_release"}
    assert facts[0].member_id == cast.stella_seat.pk
    assert verify() == []


def test_looking_at_a_page_one_may_not_see_changes_nothing(cast: Cast, client: Client, stella: User) -> None:
    where = f"{cast.firm.url}settings/"
    with no_fact():
        assert client.get(where).status_code == 403


def test_a_no_because_of_the_state_of_things_is_none_of_this(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    where = f"{cast.firm.url}people/{cast.alice_seat.pk}/ending/"
    with no_fact():
        assert client.post(where, {"reason": "x"}).status_code == 200


def test_of_somebody_without_a_tenant_it_stands_on_their_own_chain(cast: Cast, client: Client) -> None:
    cast.also("alice")
    client.force_login(cast.alice)
    settings_closed = {"name": "Another"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SIGN_UP", "closed")
        with one_fact("refusal.made", cast.alice) as facts:
            assert client.post("/new/firm/", settings_closed).status_code == 403
    assert facts[0].data == {"code": "sign_up_closed", "view": "new_firm"}
    assert Fact.objects.filter(kind="refusal.made").count() == 1
