"""Changes to how somebody signs in reach every proved address of theirs, whatever they chose."""

import pytest

from tallystick.accounts.addresses import clean_address
from tallystick.accounts.models import User
from tallystick.accounts.models.choices import NotificationChoice
from tallystick.accounts.models.contacts import attach, write_down
from tests.notifications.conftest import Told


@pytest.fixture
def second(told: Told, alice: User) -> User:
    """Alice with two proved addresses."""
    attach(clean_address("alice@home.example"), alice, by=alice.actor)
    told()
    return alice


def test_a_new_account_is_welcomed_once(told: Told, alice: User) -> None:
    (letter,) = told()
    assert (letter.to, letter.subject) == ("alice@alice.example", "Welcome to Tallystick")


def test_a_password_is_told_to_every_proved_address(told: Told, second: User) -> None:
    write_down(clean_address("alice@unproved.example"), second, by=second.actor)
    told()
    second.choose_password("a long sentence nobody else would type", by=second.actor)
    letters = told()
    assert {letter.to for letter in letters} == {"alice@alice.example", "alice@home.example"}
    assert {letter.subject for letter in letters} == {"A password was set"}


def test_the_mail_says_when_in_the_persons_own_zone_and_what_to_do(told: Told, alice: User) -> None:
    alice.choose_time_zone("Europe/Amsterdam", by=alice.actor)
    told()
    alice.choose_password("a long sentence nobody else would type", by=alice.actor)
    (letter,) = told()
    assert "(Europe/Amsterdam)" in letter.text
    assert "If it was not, sign in now, end all other sessions" in letter.text
    assert "http://localhost:8000/me/" in letter.text


def test_an_address_added_is_told_to_the_older_ones_only(told: Told, alice: User) -> None:
    told()
    attach(clean_address("alice@home.example"), alice, by=alice.actor)
    (letter,) = told()
    assert (letter.to, letter.subject) == ("alice@alice.example", "An address was added to your account")
    assert "alice@home.example was added" in letter.text


def test_an_address_removed_hears_it_too(told: Told, second: User) -> None:
    second.contacts.get(value="alice@home.example").remove(by=second.actor)
    assert {letter.to for letter in told()} == {"alice@alice.example", "alice@home.example"}


def test_an_unproved_address_removed_is_no_news(told: Told, alice: User) -> None:
    contact = write_down(clean_address("bob@bob.example"), alice, by=alice.actor)
    told()
    contact.remove(by=alice.actor)
    assert told() == []


def test_another_main_address_is_told_to_both(told: Told, second: User) -> None:
    second.contacts.get(value="alice@home.example").make_primary(by=second.actor)
    assert len(told()) == 2


def test_nobody_can_turn_it_off(told: Told, alice: User) -> None:
    told()
    for kind in ("safety", "always", "password_added"):
        NotificationChoice.objects.create(person=alice, kind=kind, choice="off")
    alice.choose_password("a long sentence nobody else would type", by=alice.actor)
    assert len(told()) == 1
