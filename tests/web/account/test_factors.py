"""App, recovery codes and passkeys, as pages."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, RequestFactory

from tallystick.accounts.models import AuthenticatorApp, RecoveryCode, Session, User
from tallystick.accounts.models.second_factor import factors_of
from tallystick.accounts.passkeys import passkeys_of
from tallystick.accounts.sources import source_of
from tallystick.audit.models import Fact
from tallystick.web.account.sign_in import PER_SOURCE
from tests.support.codes import app_code
from tests.support.passkey import SoftPasskey

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def options(client: Client, path: str) -> dict[str, Any]:
    response = client.post(path)
    assert response.status_code == 200, response.content.decode()
    return dict(response.json())


def add_passkey(client: Client, key: SoftPasskey, name: str = "my phone") -> Any:
    answer = key.made(options(client, "/me/passkeys/options/"))
    return client.post("/me/passkeys/", {"credential": json.dumps(answer), "name": name})


def use_passkey(client: Client, key: SoftPasskey, path: str = "/sign-in/passkey/") -> Any:
    answer = key.used(options(client, "/sign-in/passkey/challenge/"))
    return client.post(path, {"credential": json.dumps(answer)})


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', text)
    assert found is not None
    return found.group(1)


def key_shown(text: str) -> str:
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', text)
    assert found is not None
    return found.group(1).replace(" ", "")


def test_setting_an_app_up(mine: Client, alice: User) -> None:
    text = mine.get("/me/authenticator-app/").content.decode()
    assert "<svg" in text
    secret, sealed = key_shown(text), field(text, "secret")
    assert secret not in sealed
    response = mine.post("/me/authenticator-app/", {"code": app_code(secret), "secret": sealed})
    assert "Keep these codes" in response.content.decode()
    assert factors_of(alice) == ["app"]
    assert RecoveryCode.objects.count() == 10
    assert "It is set up" in mine.get("/me/authenticator-app/").content.decode()


def test_a_wrong_code_keeps_the_picture(mine: Client) -> None:
    text = mine.get("/me/authenticator-app/").content.decode()
    again = mine.post("/me/authenticator-app/", {"code": "000000", "secret": field(text, "secret")}).content.decode()
    assert key_shown(again) == key_shown(text)
    assert "not the code your app shows" in again


def test_a_secret_sealed_for_another_person_is_not_taken(mine: Client, charlie: User) -> None:
    other = Client()
    other.force_login(charlie)
    text = other.get("/me/authenticator-app/").content.decode()
    data = {"code": app_code(key_shown(text)), "secret": field(text, "secret")}
    assert mine.post("/me/authenticator-app/", data).status_code == 200
    assert not AuthenticatorApp.objects.exists()


def test_looking_at_the_picture_keeps_nothing(mine: Client) -> None:
    before = bytes(Session.objects.get().data)
    mine.get("/me/authenticator-app/")
    assert bytes(Session.objects.get().data) == before


def test_removing_the_app_says_what_follows(mine: Client, alice: User) -> None:
    assert mine.get("/me/authenticator-app/removal/").status_code == 404
    test_setting_an_app_up(mine, alice)
    assert "It is the last one" in mine.get("/me/authenticator-app/removal/").content.decode()
    mine.post("/me/authenticator-app/removal/")
    assert factors_of(alice) == []
    assert not RecoveryCode.objects.exists()


def test_new_recovery_codes_are_shown_once(mine: Client, alice: User) -> None:
    assert "Add one of those first" in mine.get("/me/recovery-codes/").content.decode()
    assert mine.post("/me/recovery-codes/").status_code == 409
    test_setting_an_app_up(mine, alice)
    assert "You have 10 codes left" in mine.get("/me/recovery-codes/").content.decode()
    assert len(re.findall(r"\d{5} \d{5}", mine.post("/me/recovery-codes/").content.decode())) == 10


def test_a_passkey_is_added_and_signs_in_alone(mine: Client, alice: User) -> None:
    key = SoftPasskey()
    assert "Keep these codes" in add_passkey(mine, key).content.decode()
    assert factors_of(alice) == ["passkey"]
    assert "my phone" in mine.get("/me/passkeys/").content.decode()
    fresh = Client()
    assert use_passkey(fresh, key)["Location"] == "/"
    assert fresh.get("/me/").status_code == 200
    assert passkeys_of(alice).get().last_used_at is not None
    assert Fact.objects.filter(kind="session.began").latest("pk").data == {"proofs": ["passkey"]}


def test_a_passkey_is_the_second_step_after_a_password(mine: Client, alice: User) -> None:
    alice.choose_password("correct horse battery", by=alice.actor)
    key = SoftPasskey()
    add_passkey(mine, key)
    fresh = Client()
    said = {"address": "alice@firm.example", "password": "correct horse battery"}
    assert fresh.post("/sign-in/password/", said)["Location"] == "/sign-in/second-factor/"
    assert "Use a passkey" in fresh.get("/sign-in/second-factor/").content.decode()
    assert use_passkey(fresh, key, "/sign-in/second-factor/passkey/").status_code == 302
    assert fresh.get("/me/").status_code == 200


def test_a_passkey_shows_that_it_is_still_you(mine: Client, alice: User) -> None:
    key = SoftPasskey()
    add_passkey(mine, key)
    Session.objects.update(proved_at=None)
    assert mine.get("/me/passkeys/").status_code == 302
    assert use_passkey(mine, key, "/sign-in/again/passkey/").status_code == 302
    assert mine.get("/me/passkeys/").status_code == 200


def test_a_passkey_of_somebody_else_is_no_second_step(mine: Client, alice: User, charlie: User) -> None:
    add_passkey(mine, SoftPasskey())
    theirs, other = SoftPasskey(), Client()
    other.force_login(charlie)
    add_passkey(other, theirs)
    alice.choose_password("correct horse battery", by=alice.actor)
    fresh = Client()
    fresh.post("/sign-in/password/", {"address": "alice@firm.example", "password": "correct horse battery"})
    assert use_passkey(fresh, theirs, "/sign-in/second-factor/passkey/").status_code == 422
    assert use_passkey(mine, theirs, "/sign-in/again/passkey/").status_code == 422


@pytest.mark.parametrize(
    "wrong", ["another key", "another site", "unchecked owner", "another origin", "no talk begun", "replay"]
)
def test_what_is_not_the_passkey_is_not_taken(mine: Client, alice: User, wrong: str) -> None:
    key, fresh = SoftPasskey(), Client()
    add_passkey(mine, key)
    used = key
    if wrong in ("another key", "another site", "another origin"):
        used = SoftPasskey(
            site="evil.example" if wrong == "another site" else "localhost",
            origin="https://evil.example" if wrong == "another origin" else "http://localhost:8000",
        )
        used.owner, used.id = key.owner, key.id
        if wrong != "another key":
            used.key = key.key
    key.checks_owner = wrong != "unchecked owner"
    answer = {"credential": json.dumps(used.used(options(fresh, "/sign-in/passkey/challenge/")))}
    if wrong == "no talk begun":
        fresh = Client()
    if wrong == "replay":
        assert fresh.post("/sign-in/passkey/", answer).status_code == 302
        fresh.post("/sign-out/")
    response = fresh.post("/sign-in/passkey/", answer)
    assert response.status_code == 422
    assert "did not work" in response.content.decode()
    assert fresh.get("/me/").status_code == 302


@pytest.mark.parametrize(
    "nonsense",
    ["", "null", "[]", "{}", "x" * 30_000, "[" * 9_000, '{"id":"a","rawId":"a","type":"public-key","response":{}}',
     '{"id":1,"rawId":null,"response":{"userHandle":"AAAA","clientDataJSON":"x","authenticatorData":"","signature":""}}'],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/sign-in/passkey/", "/me/passkeys/"])
def test_nonsense_gets_a_sentence(mine: Client, nonsense: str, path: str) -> None:
    browser = mine if path.startswith("/me/") else Client()
    response = browser.post(path, {"credential": nonsense, "name": "x"})
    assert response.status_code in {200, 422}
    assert not Authenticator.objects.exists()


def test_a_passkey_that_checks_nobody_is_not_added(mine: Client) -> None:
    key = SoftPasskey()
    key.checks_owner = False
    assert "did not work" in add_passkey(mine, key).content.decode()
    assert not Authenticator.objects.exists()


def test_removing_the_last_passkey_says_what_follows(mine: Client, alice: User) -> None:
    add_passkey(mine, SoftPasskey())
    path = f"/me/passkeys/{passkeys_of(alice).get().pk}/removal/"
    assert "It is the last one" in mine.get(path).content.decode()
    assert mine.post(path)["Location"] == "/me/passkeys/"
    assert not passkeys_of(alice).exists()


def test_a_passkey_of_another_is_like_an_unknown_one(mine: Client, charlie: User) -> None:
    other = Client()
    other.force_login(charlie)
    add_passkey(other, SoftPasskey())
    theirs = mine.post(f"/me/passkeys/{passkeys_of(charlie).get().pk}/removal/")
    unknown = mine.post("/me/passkeys/999999999/removal/")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


def test_challenges_are_limited_by_source(client: Client, rf: RequestFactory) -> None:
    while PER_SOURCE.take(source_of(rf.get("/"))):
        pass
    assert client.post("/sign-in/passkey/challenge/").status_code == 429


def test_twenty_passkeys_are_enough(mine: Client, alice: User) -> None:
    Authenticator.objects.bulk_create(
        Authenticator(user=alice, type="webauthn", data={"name": "x", "credential": None}) for _ in range(20)
    )
    response = mine.post("/me/passkeys/", {"credential": "{}", "name": "x"})
    assert "twenty passkeys" in response.content.decode()
