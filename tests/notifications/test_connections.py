"""Who hears of a connection: those who look after these books, on both sides, and only while there is something to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.accounts.models import User
from tallystick.connections import breaking, reminding
from tallystick.connections.models import Connection, Credential
from tallystick.connectors import catalogue
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.organisations.models import Business, Firm, Member
from tallystick.partnerships.models import Grant, Partnership
from tests.conftest import Clock
from tests.notifications.conftest import Told, acting, person, seat

APP = "shopify"


@pytest.fixture
def connection(told: Told, firm: Firm, business: Business) -> Connection:
    Partnership.begin(firm, business, scopes=SCOPES, by=HOUSE)
    credential = Credential(business=business, connector=APP, obtained_at=now())
    credential.seal({"access": "a", "refresh": None, "kept": {}, "inputs": {}})
    credential.save()
    made = Connection.objects.create(
        business=business,
        organisation=business.organisations.get(),
        connector=APP,
        credential=credential,
        account_id="1",
        account_name="Bob's Bakes",
        made_by_side="business",
        state="working",
    )
    told()
    return made


def breaks(connection: Connection, *, needs_client: bool = True) -> None:
    kind = "grant_ended" if needs_client else "app_down"
    connection.note_trouble(kind, place="token", code="", needs_client=needs_client, next_check=None)


def works(connection: Connection) -> None:
    connection.note_good_read({"name": "Bob's Bakes", "records": []}, next_check=now())


def heard(told: Told) -> list[tuple[str, str]]:
    return sorted((letter.to.partition("@")[0], letter.subject) for letter in told())


def test_when_it_needs_somebody_both_sides_are_asked_each_with_their_own_page(
    told: Told, connection: Connection, firm: Firm, business: Business
) -> None:
    breaks(connection)
    to_alice, to_bob = sorted(told(), key=lambda letter: letter.to)
    assert to_alice.subject == to_bob.subject == "Shop: please restore Shopify"
    page = f"books/{connection.organisation_id}/apps/{connection.pk}/"
    assert f"{firm.url}{page}" in to_alice.text
    assert f"{business.url}{page}" in to_bob.text
    assert "Shopify no longer lets us in: the consent was taken back or has ended." in to_bob.text
    assert "Bob's Bakes" in to_bob.text
    assert "you look after these books at Hart & Co" in to_alice.text


def test_it_is_asked_once_and_again_on_days_3_and_7_until_it_works(
    told: Told, connection: Connection, clock: Clock
) -> None:
    breaks(connection)
    breaks(connection)
    assert len(told()) == 2
    days = []
    for day in range(1, 9):
        clock.shift(days=1)
        reminding.remind()
        if letters := told():
            days.append(day)
            assert {letter.subject for letter in letters} == {"Shop: Shopify still needs you"}
            assert f"for {day} days." in letters[0].text
    assert days == [3, 7]
    works(connection)
    assert heard(told) == [("alice", "Shopify works again for Shop"), ("bob", "Shopify works again for Shop")]


def test_what_was_mended_before_it_is_told_is_told_to_nobody(told: Told, connection: Connection) -> None:
    breaks(connection)
    works(connection)
    assert [subject for _, subject in heard(told) if "restore" in subject] == []


def test_the_staff_who_look_after_the_client_are_told_instead_of_the_firms_admins(
    told: Told, connection: Connection, firm: Firm, business: Business, alice: User
) -> None:
    stella = person("Stella")
    Member.join(firm, stella, "staff", by=acting(alice, firm))
    partnership = Partnership.objects.get()
    Grant.give(partnership, seat(stella, firm), scopes=["see"], by=acting(alice, firm))
    told()
    breaks(connection)
    assert [name for name, _ in heard(told)] == ["bob", "stella"]


def test_a_firm_that_is_on_hold_hears_nothing(
    told: Told, connection: Connection, business: Business, bob: User
) -> None:
    Partnership.objects.get().suspend(by=acting(bob, business))
    told()
    breaks(connection)
    assert [name for name, _ in heard(told)] == ["bob"]


def test_trouble_is_told_to_the_firm_after_a_day_and_once(told: Told, connection: Connection, clock: Clock) -> None:
    breaks(connection, needs_client=False)
    assert told() == []
    for _ in range(4):
        clock.shift(days=1)
        reminding.remind()
        clock.shift(minutes=1)
    assert heard(told) == [("alice", "Shop: Shopify has trouble")]
    works(connection)
    assert told() == []


def test_a_consent_that_ends_is_warned_of_and_not_when_renewed_meanwhile(
    told: Told, connection: Connection, clock: Clock
) -> None:
    Credential.objects.update(consent_ends_at=now().replace(microsecond=0) + timedelta(days=40))
    clock.shift(days=33)
    reminding.remind()
    letters = told()
    assert {letter.subject for letter in letters} == {"Shop: Shopify ends in 7 days"}
    assert "Renew it now" in letters[0].text
    clock.shift(days=6, hours=2)
    reminding.remind()
    Credential.objects.update(consent_ends_at=now() + timedelta(days=90))
    assert told() == []


def test_a_connection_that_is_taken_away_is_told_to_the_others(
    told: Told, connection: Connection, business: Business, bob: User
) -> None:
    connection.disconnect(by=acting(bob, business))
    assert heard(told) == [("alice", "Shopify disconnected from Shop")]


def test_that_an_app_does_not_know_us_is_told_to_operators_alone_and_once(
    told: Told, connection: Connection, charlie: User
) -> None:
    User.objects.filter(pk=charlie.pk).update(is_operator=True)
    told()
    for _ in range(3):
        breaking.note_refusal(APP, "invalid_client")
    (letter,) = told()
    name = catalogue.get(APP).name
    assert (letter.to, letter.subject) == ("charlie@charlie.example", f"{name} no longer knows this site")
    assert "The app’s own word for it is invalid_client." in letter.text
    breaking.note_answer(APP)
    assert heard(told) == [("charlie", f"{name} knows this site again")]
