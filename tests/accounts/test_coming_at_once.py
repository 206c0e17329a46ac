"""Two browsers prove the same address at once: one account, and nothing left over."""

from __future__ import annotations

import pytest

from tallystick.accounts.addresses import clean_address
from tallystick.accounts.models import Contact, User
from tallystick.accounts.models.contacts import attach, settle
from tallystick.audit.models import Fact
from tallystick.core.refused import Refused
from tests.accounts.test_codes_in_parallel import together

BOBS = clean_address("bob@shop.example")


@pytest.mark.django_db(transaction=True)
def test_a_new_account_is_opened_once() -> None:
    opened = together(lambda _number: str(settle(BOBS).pk), count=25)
    assert len(opened) == 1
    assert User.objects.count() == 1
    assert Fact.objects.filter(kind="account.opened").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_account_made_beforehand_is_emptied_once() -> None:
    made = User.objects.create(name="Mallory")
    Contact.objects.create(person=made, kind="email", value=BOBS.value, primary=True)
    opened = together(lambda _number: str(settle(BOBS).pk), count=25)
    assert dict(opened) == {str(made.pk): 25}
    assert Fact.objects.filter(kind="account.emptied").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_people_gets_an_address() -> None:
    people = [settle(clean_address(f"p{number}@firm.example")) for number in range(25)]

    def claim(number: int) -> str:
        try:
            attach(BOBS, people[number], by=people[number].actor)
        except Refused as no:
            return no.code
        return "attached"

    assert together(claim, count=25) == {"attached": 1, "contact_of_another": 24}
    assert Contact.objects.same_as(BOBS).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_addresses_one_stays_whatever_is_removed_at_once() -> None:
    person = settle(clean_address("alice@firm.example"))
    attach(BOBS, person, by=person.actor)
    contacts = list(person.contacts.all())

    def remove(number: int) -> str:
        try:
            Contact.objects.get(pk=contacts[number % 2].pk).remove(by=person.actor)
        except (Refused, Contact.DoesNotExist) as no:
            return type(no).__name__
        return "removed"

    together(remove, count=25)
    assert person.contacts.proven().count() == 1
