"""Reading a fact: once or ten times, everybody is told once."""

import pytest
from pytest_django import Settings

from tallystick.accounts.models import User
from tallystick.audit.models import Aside, Fact
from tallystick.jobs import later
from tallystick.notifications.rules import RULES
from tallystick.organisations.models import Firm
from tallystick.outbox import Delivery
from tests.notifications.conftest import Told, acting
from tests.support.jobs import run_jobs


def test_a_fact_read_twice_tells_once(told: Told, firm: Firm, alice: User) -> None:
    before = len(told())
    for fact in Fact.objects.all():
        later("fact.recorded", fact_id=fact.pk)
    assert told() == []
    assert Delivery.objects.count() == before


def test_names_erased_since_are_left_out(told: Told, firm: Firm, alice: User, bob: User) -> None:
    from tallystick.organisations.models import Member

    told()
    Member.join(firm, bob, "staff", by=acting(alice, firm))
    Aside.objects.filter(person_id=alice.pk).delete()
    (letter,) = told()
    assert "Alice" not in letter.text
    assert "Tallystick gave you a seat at Hart & Co." in letter.text


def test_a_firm_that_must_wait_is_told_to_its_owner_and_to_those_who_run_the_site(
    told: Told, alice: User, charlie: User, settings: Settings
) -> None:
    User.objects.filter(pk=charlie.pk).update(is_operator=True)
    told()
    settings.SIGN_UP = "approve"
    firm = Firm.open("Hart & Co", address="alice@alice.example", owner=alice, by=alice.actor)
    letters = {letter.to: letter for letter in told()}
    assert letters["alice@alice.example"].subject == "Hart & Co waits for a yes"
    assert letters["charlie@charlie.example"].subject == "New firm: Hart & Co"
    assert "http://localhost:8000/operator/firms/" in letters["charlie@charlie.example"].text
    operator = charlie.actor.__class__("operator", person_id=charlie.pk, name="Charlie")
    firm.approve(by=operator)
    assert [(letter.to, letter.subject) for letter in told()] == [("alice@alice.example", "Hart & Co is approved")]


def test_a_message_that_never_arrives_is_put_on_record_once(told: Told, alice: User) -> None:
    told()
    delivery = Delivery.objects.latest("created_at")
    for _ in range(2):
        later("delivery.failed", delivery_id=delivery.pk)
        run_jobs()
    fact = Fact.objects.get(kind="delivery.failed")
    assert fact.data == {"channel": "mail", "message": "account_opened", "reason": ""}
    assert fact.links.get().chain == f"person:{alice.pk}"


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_is_about_a_fact_that_some_room_records(kind: str) -> None:
    from tallystick.accounts.facts import FACTS as OF_ACCOUNTS
    from tallystick.connections.facts import FACTS as OF_CONNECTIONS
    from tallystick.invitations.facts import FACTS as OF_INVITATIONS
    from tallystick.notifications.facts import FACTS as OF_NOTIFICATIONS
    from tallystick.organisations.facts import FACTS as OF_ORGANISATIONS
    from tallystick.partnerships.facts import FACTS as OF_PARTNERSHIPS

    ours = {**OF_INVITATIONS, **OF_NOTIFICATIONS}
    assert kind in {**OF_ACCOUNTS, **OF_CONNECTIONS, **OF_ORGANISATIONS, **OF_PARTNERSHIPS, **ours}
