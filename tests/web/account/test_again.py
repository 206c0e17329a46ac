"""Showing that it is still you."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.accounts.models import AuthenticatorApp, Session, User
from tallystick.accounts.models.second_factor import new_secret
from tests.conftest import Clock
from tests.support.codes import app_code, last_code

pytestmark = pytest.mark.django_db

AGAIN = "/sign-in/again/"
DANGEROUS = "/me/password/"


@pytest.fixture
def stale(client: Client, alice: User, clock: Clock) -> Client:
    """Alice signed in a quarter of an hour ago."""
    client.force_login(alice)
    clock.shift(minutes=11)
    return client


def add_app(person: User) -> str:
    secret = new_secret()
    AuthenticatorApp.add(person, secret, app_code(secret, later=-1), by=person.actor)
    return secret


def test_ten_minutes_after_signing_in_is_fresh(client: Client, alice: User, clock: Clock) -> None:
    client.force_login(alice)
    clock.shift(minutes=9)
    assert client.get(DANGEROUS).status_code == 200


def test_later_the_page_leads_here_and_back(stale: Client, alice: User) -> None:
    location = stale.get(DANGEROUS)["Location"]
    assert location == f"{AGAIN}?next=%2Fme%2Fpassword%2F"
    assert "Mail me a code" in stale.get(location).content.decode()
    sent = stale.post(f"{AGAIN}code-mail/", {"next": DANGEROUS})
    assert sent["Location"] == f"{AGAIN}code/?next=%2Fme%2Fpassword%2F"
    code = last_code("alice@firm.example")
    assert stale.post(sent["Location"], {"code": code, "next": DANGEROUS})["Location"] == DANGEROUS
    assert stale.get(DANGEROUS).status_code == 200


def test_a_wrong_code_is_said_at_the_field(stale: Client) -> None:
    stale.post(f"{AGAIN}code-mail/", {"next": DANGEROUS})
    assert "not the code we sent" in stale.post(f"{AGAIN}code/", {"code": "00000000"}).content.decode()
    assert stale.get(DANGEROUS).status_code == 302


def test_the_code_page_without_a_code_leads_back(stale: Client) -> None:
    assert stale.get(f"{AGAIN}code/")["Location"] == AGAIN


def test_the_password_will_do(stale: Client, alice: User) -> None:
    alice.choose_password("correct horse battery", by=alice.actor)
    assert "Use your password" in stale.get(AGAIN).content.decode()
    assert "do not belong" in stale.post(f"{AGAIN}password/", {"password": "wrong"}).content.decode()
    assert stale.post(f"{AGAIN}password/", {"password": "correct horse battery"})["Location"] == "/me/"
    assert stale.get(DANGEROUS).status_code == 200


def test_the_app_will_do(stale: Client, alice: User) -> None:
    secret = add_app(alice)
    assert "Use your app" in stale.get(AGAIN).content.decode()
    assert stale.post(f"{AGAIN}app/", {"code": "000000"}).status_code == 200
    assert stale.post(f"{AGAIN}app/", {"code": app_code(secret)}).status_code == 302
    assert stale.get(DANGEROUS).status_code == 200


def test_a_code_by_mail_is_not_enough_beside_a_second_factor(stale: Client, alice: User) -> None:
    stale.post(f"{AGAIN}code-mail/")
    code = last_code("alice@firm.example")
    add_app(alice)
    assert "Mail me a code" not in stale.get(AGAIN).content.decode()
    assert stale.post(f"{AGAIN}code-mail/").status_code == 403
    assert stale.post(f"{AGAIN}code/", {"code": code}).status_code == 403
    assert stale.get(DANGEROUS).status_code == 302


def test_a_passkey_that_answers_nonsense_is_told_so(stale: Client) -> None:
    for nonsense in ("", "{}", "[1]", "{", '{"id": 3}'):
        response = stale.post(f"{AGAIN}passkey/", {"credential": nonsense})
        assert response.status_code == 422
        assert "Try again" in response.content.decode()


def test_another_site_is_no_place_to_go_on_to(stale: Client, alice: User) -> None:
    alice.choose_password("correct horse battery", by=alice.actor)
    answer = stale.post(f"{AGAIN}password/", {"password": "correct horse battery", "next": "https://evil.example/"})
    assert answer["Location"] == "/me/"


@pytest.mark.parametrize("page", ["", "app/", "password/", "code/"])
def test_strangers_sign_in_first(client: Client, page: str) -> None:
    assert client.get(f"{AGAIN}{page}")["Location"].startswith("/sign-in/?next=")


def test_nobody_without_an_address_is_locked_in_a_circle(client: Client) -> None:
    person = User.objects.create(name="Nobody")
    client.force_login(person)
    Session.objects.update(proved_at=None)
    assert client.post(f"{AGAIN}password/", {"password": "anything"}).status_code == 200
    assert client.post(f"{AGAIN}code-mail/").status_code == 403
