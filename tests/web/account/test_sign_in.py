"""Signing in by code, which is signing up too."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from tallystick.accounts.models import Session, User
from tallystick.audit.models import Fact
from tests.conftest import Clock
from tests.support.codes import last_code

pytestmark = pytest.mark.django_db


def ask(client: Client, address: str = "alice@firm.example", **more: str) -> None:
    response = client.post("/sign-in/", {"address": address, **more})
    assert response.status_code == 302, response.content.decode()
    assert response["Location"] == "/sign-in/code/"


def come_in(client: Client, address: str = "alice@firm.example", **more: str) -> str:
    ask(client, address, **more)
    response = client.post("/sign-in/code/", {"code": last_code(address)})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def test_the_page_asks_for_one_thing(client: Client) -> None:
    text = client.get("/sign-in/").content.decode()
    assert 'type="email"' in text
    assert "Mail me a code" in text


def test_looking_at_the_page_writes_nothing(client: Client) -> None:
    client.get("/sign-in/")
    assert not Session.objects.exists()


def test_a_known_person_comes_in_by_code(client: Client, alice: User) -> None:
    assert come_in(client) == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_new_person_is_asked_their_name(client: Client) -> None:
    assert come_in(client, "new@shop.example") == "/sign-in/name/"
    response = client.post("/sign-in/name/", {"name": " Nina  New "})
    assert response["Location"] == "/"
    assert User.objects.get().name == "Nina New"


def test_an_account_is_opened_by_the_code_and_not_before(client: Client) -> None:
    ask(client, "new@shop.example")
    assert not User.objects.exists()
    client.post("/sign-in/code/", {"code": last_code("new@shop.example")})
    assert list(Fact.objects.order_by("pk").values_list("kind", flat=True)) == [
        "account.opened", "contact.proven", "session.began",
    ]  # fmt: skip


def test_one_goes_on_to_where_one_wanted_to_be(client: Client, alice: User) -> None:
    assert come_in(client, next="/me/sessions/") == "/me/sessions/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_one_does_not_go_on_to_another_site(client: Client, alice: User, elsewhere: str) -> None:
    assert come_in(client, next=elsewhere) == "/"


def test_the_code_page_names_the_address_masked(client: Client) -> None:
    ask(client)
    text = client.get("/sign-in/code/").content.decode()
    assert "a…e@firm.example" in text
    assert "alice@firm.example" not in text


def test_the_code_page_without_an_attempt_leads_back(client: Client) -> None:
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"


def test_a_wrong_code_is_said_at_the_field_and_kept(client: Client) -> None:
    ask(client)
    text = client.post("/sign-in/code/", {"code": "12345678"}).content.decode()
    assert "This is not the code we sent" in text
    assert 'value="12345678"' in text
    assert "Error:" in text


def test_a_code_is_no_use_in_another_browser(client: Client, alice: User) -> None:
    ask(client)
    other = Client()
    ask(other)
    mine = last_code("alice@firm.example")
    text = client.post("/sign-in/code/", {"code": mine}).content.decode()
    assert "asked for on another page" in text


def test_another_code_can_be_asked_for_after_half_a_minute(client: Client, clock: Clock, alice: User) -> None:
    ask(client)
    assert client.post("/sign-in/new-code/").status_code == 429
    clock.shift(seconds=31)
    assert client.post("/sign-in/new-code/").status_code == 302
    assert client.post("/sign-in/code/", {"code": last_code("alice@firm.example")}).status_code == 302


def test_a_slip_is_asked_about_once(client: Client) -> None:
    response = client.post("/sign-in/", {"address": "alice@gmial.com"})
    text = response.content.decode()
    assert "Did you mean alice@gmail.com?" in text
    assert 'value="alice@gmail.com"' in text
    ask(client, "alice@gmial.com", meant="alice@gmial.com")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Type your mail address"),
        ("alice", "has an @ in it"),
        ("alice@firm", "no dot"),
        ("а@firm.example", "look like others"),
    ],
)
def test_bad_addresses_get_a_sentence_and_stay(client: Client, address: str, said: str) -> None:
    text = client.post("/sign-in/", {"address": address}).content.decode()
    assert said in text
    assert f'value="{address}"' in text or not address


def test_too_many_codes_are_refused_with_another_way(client: Client) -> None:
    for _time in range(6):
        ask(client)
    response = client.post("/sign-in/", {"address": "alice@firm.example"})
    assert response.status_code == 429
    assert "passkey" in response.content.decode()


def test_signed_in_people_are_led_on(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/sign-in/")["Location"] == "/"
    assert client.get("/sign-in/password/")["Location"] == "/"


def test_the_session_is_new_at_sign_in(client: Client, alice: User) -> None:
    ask(client)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/sign-in/code/", {"code": last_code("alice@firm.example")})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert Session.objects.filter(person=alice).count() == 1
    assert not Session.objects.filter(person=None).exists()


def test_the_cookie_is_bound_to_this_host_and_kept_from_scripts(client: Client, alice: User) -> None:
    come_in(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert settings.SESSION_COOKIE_NAME == "__Host-session"
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_signing_out_takes_a_post(client: Client, alice: User) -> None:
    come_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/me/").status_code == 302
    assert Session.objects.get().ended_because == "signed_out"


def test_a_closed_account_is_told_so_after_the_proof_only(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    ask(client)
    response = client.post("/sign-in/code/", {"code": last_code("alice@firm.example")})
    assert response.status_code == 403
    assert "closed" in response.content.decode()


def test_the_way_back_is_told_on_one_page(client: Client) -> None:
    assert "recovery code" in client.get("/recovery/").content.decode()
