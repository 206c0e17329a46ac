"""My addresses and numbers."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.accounts.models import Session, User
from tests.conftest import Clock
from tests.support.codes import last_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def add(client: Client, address: str) -> None:
    assert client.post("/me/contacts/new/", {"address": address})["Location"] == "/me/contacts/new/code/"
    assert client.post("/me/contacts/new/code/", {"code": last_code(address)}).status_code == 302


def test_an_address_is_added_by_its_code(mine: Client, alice: User) -> None:
    add(mine, "alice@home.example")
    assert alice.contacts.get(value="alice@home.example").is_proven
    assert "alice@home.example" in mine.get("/me/contacts/").content.decode()


def test_until_the_code_nothing_is_written_down(mine: Client, alice: User) -> None:
    mine.post("/me/contacts/new/", {"address": "alice@home.example"})
    assert alice.contacts.count() == 1


def test_a_code_for_signing_in_adds_nothing(mine: Client, alice: User) -> None:
    mine.post("/me/contacts/new/", {"address": "alice@home.example"})
    Client().post("/sign-in/", {"address": "alice@home.example"})
    text = mine.post("/me/contacts/new/code/", {"code": last_code("alice@home.example")}).content.decode()
    assert "sent for something else" in text


def test_an_address_of_another_account_is_told_after_the_proof_only(mine: Client, bob: User) -> None:
    assert mine.post("/me/contacts/new/", {"address": "bob@firm.example"}).status_code == 302
    text = mine.post("/me/contacts/new/code/", {"code": last_code("bob@firm.example")}).content.decode()
    assert "Another account uses bob@firm.example" in text


def test_other_sessions_are_offered_to_be_ended(mine: Client, alice: User) -> None:
    Client().force_login(alice)
    mine.post("/me/contacts/new/", {"address": "alice@home.example"})
    response = mine.post("/me/contacts/new/code/", {"code": last_code("alice@home.example")})
    assert response["Location"] == "/me/sessions/"


def test_the_code_page_without_an_attempt_leads_back(mine: Client) -> None:
    assert mine.get("/me/contacts/new/code/")["Location"] == "/me/contacts/new/"
    assert mine.post("/me/contacts/new/new-code/")["Location"] == "/me/contacts/new/code/"


def test_another_main_address(mine: Client, alice: User) -> None:
    add(mine, "alice@home.example")
    other = alice.contacts.get(value="alice@home.example")
    assert mine.get(f"/me/contacts/{other.pk}/main/").status_code == 405
    mine.post(f"/me/contacts/{other.pk}/main/")
    other.refresh_from_db()
    assert other.primary


def test_removing_asks_first(mine: Client, alice: User) -> None:
    add(mine, "alice@home.example")
    other = alice.contacts.get(value="alice@home.example")
    assert "Remove alice@home.example?" in mine.get(f"/me/contacts/{other.pk}/removal/").content.decode()
    mine.post(f"/me/contacts/{other.pk}/removal/")
    assert alice.contacts.count() == 1


def test_the_last_one_stays(mine: Client, alice: User) -> None:
    response = mine.post(f"/me/contacts/{alice.contacts.get().pk}/removal/")
    assert response.status_code == 409
    assert "only address" in response.content.decode()


def test_the_code_is_sent_once_more_on_a_press(mine: Client, clock: Clock) -> None:
    assert mine.post("/me/contacts/new/new-code/")["Location"] == "/me/contacts/new/code/"
    mine.post("/me/contacts/new/", {"address": "alice@home.example"})
    older = last_code("alice@home.example")
    clock.shift(minutes=1)
    assert mine.post("/me/contacts/new/new-code/")["Location"] == "/me/contacts/new/code/"
    assert last_code("alice@home.example") != older


def test_a_mobile_is_written_down(mine: Client, alice: User) -> None:
    assert "Start with the country" in mine.post("/me/contacts/mobile/", {"mobile": "12"}).content.decode()
    mine.post("/me/contacts/mobile/", {"mobile": "+31 6 12345678"})
    assert alice.contacts.get(kind="mobile").value == "+31612345678"
    assert "Not proved" in mine.get("/me/contacts/").content.decode()


@pytest.mark.parametrize("verb", ["removal", "main"])
def test_a_contact_of_another_is_like_an_unknown_one(mine: Client, charlie: User, verb: str) -> None:
    theirs = mine.post(f"/me/contacts/{charlie.contacts.get().pk}/{verb}/")
    unknown = mine.post(f"/me/contacts/00000000-0000-4000-8000-000000000000/{verb}/")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


def test_an_old_proof_is_not_enough(mine: Client, alice: User) -> None:
    Session.objects.update(proved_at=None)
    for page in ("new/", "new/code/", "mobile/", f"{alice.contacts.get().pk}/removal/"):
        assert mine.get(f"/me/contacts/{page}")["Location"].startswith("/sign-in/again/")
