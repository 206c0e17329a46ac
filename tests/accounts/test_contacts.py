"""Whose address it is: whoever proves it, and nothing stays of whoever was there before."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tallystick.accounts.addresses import clean_address, clean_mobile
from tallystick.accounts.models import AuthenticatorApp, Contact, NotificationChoice, RecoveryCode, Session, User
from tallystick.accounts.models.contacts import attach, person_with, settle, write_down
from tallystick.accounts.models.second_factor import make_recovery_codes, new_secret
from tallystick.audit.models import Fact
from tallystick.core.refused import Refused
from tests.support.codes import app_code
from tests.support.people import People

pytestmark = pytest.mark.django_db

BOBS = clean_address("bob@shop.example")


def squatter() -> User:
    """Somebody has made an account with Bob's address, and made themselves at home, without ever proving it."""
    mallory = User.objects.create(name="Bob")
    Contact.objects.create(person=mallory, kind="email", value=BOBS.value, primary=True)
    Contact.objects.create(person=mallory, kind="email", value="mallory@evil.example")
    mallory.choose_password("correct horse battery", by=mallory.actor)
    secret = new_secret()
    AuthenticatorApp.add(mallory, secret, app_code(secret), by=mallory.actor)
    Authenticator.objects.create(user=mallory, type="webauthn", data={})
    make_recovery_codes(mallory, by=mallory.actor)
    NotificationChoice.objects.create(person=mallory, kind="anything", choice="off")
    return mallory


def test_whoever_registered_an_address_first_keeps_nothing_once_its_owner_proves_it() -> None:
    mallory, browser = squatter(), Client()
    browser.force_login(mallory)
    assert browser.get("/me/").status_code == 200

    bob = settle(BOBS)

    assert bob == mallory  # the account stays, what hung on it goes
    assert browser.get("/me/").status_code == 302
    assert not Session.objects.live().filter(person=bob).exists()
    bob.refresh_from_db()
    assert not bob.has_usable_password()
    assert not bob.has_second_factor()
    assert bob.name == ""
    assert [contact.value for contact in bob.contacts.all()] == [BOBS.value]
    assert not RecoveryCode.objects.filter(person=bob).exists()
    assert not bob.notification_choices.exists()
    assert Fact.objects.filter(kind="account.emptied").exists()


def test_an_address_written_down_elsewhere_goes_there_when_its_owner_comes(charlie: User) -> None:
    write_down(BOBS, charlie, by=charlie.actor)
    bob = settle(BOBS)
    assert bob != charlie
    assert charlie.contacts.get().value == "charlie@firm.example"
    assert charlie.contacts.get().is_proven


def test_an_unproved_address_finds_nobody(charlie: User) -> None:
    write_down(BOBS, charlie, by=charlie.actor)
    assert person_with(BOBS) is None


def test_proving_it_again_is_the_same_account() -> None:
    assert settle(BOBS) == settle(BOBS)


def test_a_new_account_speaks_the_language_of_the_page() -> None:
    person = settle(BOBS, language="nl", time_zone="Europe/Amsterdam")
    assert (person.language, person.time_zone) == ("nl", "Europe/Amsterdam")


def test_a_second_address_leads_to_the_same_account(alice: User) -> None:
    attach(clean_address("alice@home.example"), alice, by=alice.actor)
    assert settle(clean_address("alice@home.example")) == alice


def test_an_address_of_another_account_stays_there(alice: User, bob: User) -> None:
    with pytest.raises(Refused) as no:
        attach(clean_address("bob@firm.example"), alice, by=alice.actor)
    assert no.value.code == "contact_of_another"


def test_writing_an_address_down_twice_is_once(alice: User) -> None:
    assert write_down(BOBS, alice, by=alice.actor) == write_down(BOBS, alice, by=alice.actor)


def test_an_address_that_is_proved_here_leaves_whoever_wrote_it_down_elsewhere(alice: User, charlie: User) -> None:
    write_down(BOBS, charlie, by=charlie.actor)
    attach(BOBS, alice, by=alice.actor)
    assert not charlie.contacts.filter(value=BOBS.value).exists()
    assert Fact.objects.filter(kind="contact.removed", data__person=str(charlie.pk)).exists()


def test_adding_an_address_twice_is_once(alice: User) -> None:
    attach(BOBS, alice, by=alice.actor)
    attach(BOBS, alice, by=alice.actor)
    assert alice.contacts.filter(value=BOBS.value).count() == 1


def test_nobody_adds_to_another_account(alice: User, charlie: User) -> None:
    for verb in (attach, write_down):
        with pytest.raises(Refused) as no:
            verb(BOBS, alice, by=charlie.actor)
        assert no.value.code == "not_allowed"


def test_the_last_proved_address_stays(alice: User) -> None:
    with pytest.raises(Refused) as no:
        alice.contacts.get().remove(by=alice.actor)
    assert no.value.code == "last_contact"


def test_the_next_address_becomes_the_main_one(alice: User) -> None:
    other = attach(BOBS, alice, by=alice.actor)
    alice.contacts.get(primary=True).remove(by=alice.actor)
    other.refresh_from_db()
    assert other.primary


def test_another_address_can_be_made_the_main_one(alice: User) -> None:
    other = attach(BOBS, alice, by=alice.actor)
    other.make_primary(by=alice.actor)
    other.make_primary(by=alice.actor)
    assert [contact.value for contact in alice.contacts.filter(primary=True)] == [BOBS.value]


def test_an_unproved_address_cannot_be_the_main_one(alice: User) -> None:
    with pytest.raises(Refused) as no:
        write_down(BOBS, alice, by=alice.actor).make_primary(by=alice.actor)
    assert no.value.code == "contact_unproven"


def test_ten_are_enough(alice: User) -> None:
    for number in range(9):
        write_down(clean_address(f"a{number}@home.example"), alice, by=alice.actor)
    with pytest.raises(Refused) as no:
        write_down(BOBS, alice, by=alice.actor)
    assert no.value.code == "too_many_contacts"


def test_a_mobile_is_written_down_and_removed(alice: User) -> None:
    mobile = write_down(clean_mobile("+31612345678"), alice, by=alice.actor)
    assert not mobile.is_proven
    mobile.remove(by=alice.actor)
    assert not alice.contacts.filter(kind="mobile").exists()


def test_facts_hold_no_address_in_the_clear_part(alice: User) -> None:
    attach(BOBS, alice, by=alice.actor)
    for fact in Fact.objects.all():
        assert "@" not in str(fact.data)
    assert Fact.objects.get(kind="contact.added").private()["contact"] == BOBS.value


def test_people_see_their_own_contacts(alice: User, charlie: User) -> None:
    assert [contact.person for contact in Contact.objects.visible_to(alice.actor)] == [alice]


def test_a_firm_goes_by_an_address_of_its_own(person: People) -> None:
    alice = settle(clean_address("alice@gmail.com"))
    assert alice.firm_address() is None
    attach(clean_address("alice@mailinator.com"), alice, by=alice.actor)
    assert alice.firm_address() is None
    attach(clean_address("alice@brightbooks.example"), alice, by=alice.actor)
    assert alice.firm_address() == "alice@brightbooks.example"
