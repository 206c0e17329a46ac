"""The second step: an app, a passkey or a recovery code, after any first proof but a passkey."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.accounts.models import AuthenticatorApp, User
from tallystick.accounts.models.second_factor import make_recovery_codes, new_secret
from tests.conftest import Clock
from tests.support.codes import app_code, last_code

pytestmark = pytest.mark.django_db

LONG = "correct horse battery"


@pytest.fixture
def secret(alice: User) -> str:
    """Alice has a password and an app; its first code is used up."""
    alice.choose_password(LONG, by=alice.actor)
    secret = new_secret()
    AuthenticatorApp.add(alice, secret, app_code(secret, later=-1), by=alice.actor)
    return secret


def first_step(client: Client, by: str = "password") -> str:
    if by == "code":
        client.post("/sign-in/", {"address": "alice@firm.example"})
        return str(client.post("/sign-in/code/", {"code": last_code("alice@firm.example")})["Location"])
    return str(client.post("/sign-in/password/", {"address": "alice@firm.example", "password": LONG})["Location"])


def second_step(client: Client, code: str) -> tuple[int, str]:
    response = client.post("/sign-in/second-factor/", {"code": code})
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("by", ["password", "code"])
def test_the_app_is_asked_for_after_the_first_proof(client: Client, secret: str, by: str) -> None:
    assert first_step(client, by) == "/sign-in/second-factor/"
    assert client.get("/me/").status_code == 302
    assert second_step(client, app_code(secret))[0] == 302
    assert client.get("/me/").status_code == 200


def test_nobody_gets_to_the_second_step_without_the_first(client: Client, secret: str) -> None:
    assert client.get("/sign-in/second-factor/")["Location"] == "/sign-in/"
    assert client.post("/sign-in/second-factor/", {"code": app_code(secret)})["Location"] == "/sign-in/"
    assert client.post("/sign-in/second-factor/recovery-code/", {"code": "1"})["Location"] == "/sign-in/"


def test_a_code_by_mail_is_never_the_second_factor(client: Client, secret: str) -> None:
    first_step(client, "password")
    client.post("/sign-in/", {"address": "alice@firm.example"})
    location = client.post("/sign-in/code/", {"code": last_code("alice@firm.example")})["Location"]
    assert location == "/sign-in/second-factor/"
    assert client.get("/me/").status_code == 302


def test_a_code_of_the_app_works_once(client: Client, secret: str) -> None:
    code = app_code(secret)
    first_step(client)
    second_step(client, code)
    other = Client()
    first_step(other)
    status, text = second_step(other, code)
    assert status == 200
    assert "Each code works once" in text


def test_the_first_proof_lasts_a_quarter_of_an_hour(client: Client, secret: str, clock: Clock) -> None:
    first_step(client)
    clock.shift(minutes=16)
    assert client.post("/sign-in/second-factor/", {"code": app_code(secret)})["Location"] == "/sign-in/"


def test_tries_run_out(client: Client, secret: str) -> None:
    first_step(client)
    for _time in range(10):
        second_step(client, "000000")
    assert second_step(client, app_code(secret))[0] == 429


def test_a_recovery_code_stands_in_once(client: Client, alice: User, secret: str) -> None:
    code, *_others = make_recovery_codes(alice, by=alice.actor)
    first_step(client)
    assert client.post("/sign-in/second-factor/recovery-code/", {"code": code}).status_code == 302
    assert client.get("/me/").status_code == 200
    other = Client()
    first_step(other)
    response = other.post("/sign-in/second-factor/recovery-code/", {"code": code})
    assert response.status_code == 200
    assert "used before" in response.content.decode()


def test_a_recovery_code_of_somebody_else_is_no_use(client: Client, alice: User, bob: User, secret: str) -> None:
    theirs = new_secret()
    AuthenticatorApp.add(bob, theirs, app_code(theirs), by=bob.actor)
    code, *_others = make_recovery_codes(bob, by=bob.actor)
    first_step(client)
    assert client.post("/sign-in/second-factor/recovery-code/", {"code": code}).status_code == 200


def test_what_was_typed_wrongly_is_said_at_the_field(client: Client, secret: str) -> None:
    first_step(client)
    assert "Type the six digits" in second_step(client, "")[1]
    assert "not the code your app shows" in second_step(client, "not a code")[1]
