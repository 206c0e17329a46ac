"""Signing in by password, and setting one."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.accounts.models import Session, User

pytestmark = pytest.mark.django_db

LONG = "correct horse battery"


@pytest.fixture
def alice(alice: User) -> User:
    alice.choose_password(LONG, by=alice.actor)
    return alice


def sign_in(client: Client, password: str = LONG, address: str = "alice@firm.example", **more: str) -> tuple[int, str]:
    response = client.post("/sign-in/password/", {"address": address, "password": password}, **more)  # type: ignore[arg-type]
    return response.status_code, response.content.decode()


def test_the_right_password_is_enough_without_a_second_factor(client: Client, alice: User) -> None:
    assert sign_in(client, address=" Alice@Firm.example ")[0] == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_is_said_once_for_both_fields(client: Client, alice: User) -> None:
    status, text = sign_in(client, "wrong horse battery")
    assert status == 200
    assert "do not belong together" in text
    assert "wrong horse battery" not in text
    assert "alice@firm.example" in text


def test_an_unproved_address_signs_nobody_in(client: Client, alice: User) -> None:
    alice.contacts.update(verified_at=None)
    assert sign_in(client)[0] == 200


def test_a_closed_account_stays_closed(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert sign_in(client)[0] == 200


def test_tries_run_out_for_one_source_and_not_for_another(client: Client, alice: User) -> None:
    for _time in range(10):
        sign_in(client, "wrong horse battery")
    status, text = sign_in(client)
    assert status == 429
    assert "code by mail" in text
    assert sign_in(Client(), REMOTE_ADDR="192.0.2.7")[0] == 302


def test_a_browser_that_was_here_before_is_never_shut_out_by_others(client: Client, alice: User) -> None:
    sign_in(client)
    client.post("/sign-out/")
    for number in range(60):
        sign_in(Client(), "wrong horse battery", REMOTE_ADDR=f"198.51.100.{number}")
    assert sign_in(Client(), REMOTE_ADDR="192.0.2.7")[0] == 429
    assert sign_in(client)[0] == 302


def test_setting_one_ends_other_sessions_if_wanted(client: Client, alice: User) -> None:
    other = Client()
    other.force_login(alice)
    client.force_login(alice)
    assert client.post("/me/password/", {"password": "another horse battery", "others": "on"}).status_code == 302
    assert other.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200
    assert sign_in(Client(), "another horse battery")[0] == 302


def test_setting_one_leaves_other_sessions_if_wanted(client: Client, alice: User) -> None:
    other = Client()
    other.force_login(alice)
    client.force_login(alice)
    client.post("/me/password/", {"password": "another horse battery"})
    assert other.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "Type a password"),
        ("short", "This has 5 characters. Use 15 or more."),
        ("x" * 129, "128 characters"),
        ("passwordpassword", "known from leaks"),
        ("abcdefghijklmnop", "known from leaks"),
        ("alice@firm.example", "known from leaks"),
        ("aliceALICE2024!!", "known from leaks"),
    ],
)
def test_bad_passwords_get_a_sentence(client: Client, alice: User, password: str, said: str) -> None:
    client.force_login(alice)
    response = client.post("/me/password/", {"password": password})
    assert response.status_code == 200
    assert said in response.content.decode()


@pytest.mark.parametrize(
    "password",
    ["correct horse batterystaple", "пароль из многих слов", " " * 3 + "spaces count too", "🐎🐎🐎 long enough"],
)
def test_any_long_password_will_do(client: Client, alice: User, password: str) -> None:
    client.force_login(alice)
    assert client.post("/me/password/", {"password": password}).status_code == 302
    assert sign_in(Client(), password)[0] == 302


def test_going_without(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "Remove your password?" in client.get("/me/password/removal/").content.decode()
    client.post("/me/password/removal/")
    assert sign_in(Client())[0] == 200


def test_an_old_proof_is_not_enough(client: Client, alice: User) -> None:
    client.force_login(alice)
    Session.objects.update(proved_at=None)
    assert client.get("/me/password/")["Location"] == "/sign-in/again/?next=%2Fme%2Fpassword%2F"
    assert client.post("/me/password/", {"password": "another horse battery"}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(LONG)


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.get("/me/password/")["Location"].startswith("/sign-in/?next=")
