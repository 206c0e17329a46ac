"""The demo's first page: who one can be, and one press that signs in. Outside the demo there is nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tallystick.accounts.models import AuthenticatorApp, Session, User
from tallystick.accounts.models.second_factor import new_secret
from tallystick.audit.models import Fact
from tallystick.config import demo
from tallystick.config.demo.asked import OWNER, OWNERS_APP, OWNERS_BOOKS
from tallystick.config.demo.cast import CAST, PASSWORD, Figure
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.invitations.models import Invitation
from tallystick.organisations.models import Business
from tallystick.partnerships.models import Partnership
from tests.support.cast import Cast, person
from tests.support.codes import app_code
from tests.support.desks import words

pytestmark = pytest.mark.django_db

FIGURES = {figure.key: figure for figure in CAST}


@pytest.fixture(autouse=True)
def _in_the_demo(settings: Settings) -> None:
    settings.DEMO = True
    settings.SANDBOX_URL = "http://127.0.0.1:9"


def there(key: str) -> User:
    """The figure has come to the demo: an account and a proved address."""
    figure: Figure = FIGURES[key]
    return person(figure.name, figure.email)


def be(client: Client, key: str) -> tuple[int, str]:
    answer = client.post(f"/demo/be/{key}/")
    return answer.status_code, answer.headers.get("Location", "")


def whose(client: Client) -> object:
    """Whose session the browser has."""
    return Session.objects.live().keyed(client.session.session_key or "").get().person


def test_a_stranger_chooses_among_the_whole_cast(client: Client) -> None:
    page = words(client.get("/"))
    assert "who do you want to be?" in page
    for figure in CAST:
        assert f"Be {figure.name}</button>" in page
        assert str(figure.try_this) in page
    assert PASSWORD in page


def test_who_is_signed_in_gets_their_own_first_page_and_can_still_go_back_to_the_cast(client: Client) -> None:
    client.force_login(there("bob"))
    assert "What do you want to set up?" in words(client.get("/"))
    assert "who do you want to be?" in words(client.get("/demo/"))


def test_each_page_of_the_demo_leads_back_to_its_first_one_and_to_the_mailbox(
    client: Client, settings: Settings
) -> None:
    client.force_login(there("bob"))
    for place in ("/", "/me/", "/sign-in/", "/demo/mailbox/"):
        assert 'href="/demo/"' in words(client.get(place, follow=True)), place
    assert 'href="/demo/mailbox/"' in words(client.get("/me/"))
    settings.DEMO = False
    assert "/demo/" not in words(client.get("/me/"))


def test_the_outside_apps_are_offered_where_they_are(client: Client, settings: Settings) -> None:
    assert 'href="http://127.0.0.1:9/switches/#bank"' in words(client.get("/"))
    settings.SANDBOX_URL = ""
    page = words(client.get("/"))
    assert "/switches/" not in page
    assert "See the outside apps" not in page


def test_one_press_is_the_link_of_the_owner_until_it_is_answered(client: Client, cast: Cast) -> None:
    bakery = Business.open("Bob’s Bakery", organisations=[OWNERS_BOOKS], owner=there("bob"), by=HOUSE)
    Partnership.begin(cast.firm, bakery, scopes=SCOPES, by=HOUSE)
    asked = Invitation.ask(bakery.organisations.get(), [OWNERS_APP], by=cast.as_alice, to=OWNER)
    assert f'href="{asked.link}"' in words(client.get("/"))
    asked.withdraw(by=cast.as_alice)
    page = words(client.get("/"))
    assert asked.link not in page
    assert "Be the owner" not in page


def test_one_press_is_enough_to_be_somebody(client: Client) -> None:
    bob = there("bob")
    assert be(client, "bob") == (302, "/")
    assert whose(client) == bob
    assert Fact.objects.get(kind="session.began").data == {"proofs": ["demo"]}


def test_who_runs_the_site_comes_to_the_firms(client: Client) -> None:
    olivia = there("olivia")
    User.objects.filter(pk=olivia.pk).update(is_operator=True)
    assert be(client, "olivia") == (302, "/operator/firms/")
    assert client.get("/operator/firms/").status_code == 200


def test_to_be_somebody_else_is_to_leave_first(client: Client) -> None:
    there("bob")
    alice = there("alice")
    be(client, "bob")
    before = Session.objects.live().keyed(client.session.session_key or "").get()
    be(client, "alice")
    before.refresh_from_db()
    assert before.ended_at
    assert whose(client) == alice


def test_a_second_factor_is_asked_for_in_the_demo_too(client: Client) -> None:
    bob = there("bob")
    secret = new_secret()
    AuthenticatorApp.add(bob, secret, app_code(secret), by=bob.actor)
    there("alice")
    be(client, "alice")  # whose session ends all the same
    assert be(client, "bob") == (302, "/sign-in/second-factor/")
    assert "who do you want to be?" in words(client.get("/"))
    assert client.get("/sign-in/second-factor/").status_code == 200


@pytest.mark.parametrize("key", ["mallory", "charlie"], ids=["nobody of the cast", "one who is not there"])
def test_nobody_can_be_who_is_not_there(client: Client, key: str) -> None:
    there("bob")
    assert be(client, key)[0] == 404


def test_nobody_becomes_somebody_by_following_a_link(client: Client) -> None:
    there("bob")
    assert client.get("/demo/be/bob/").status_code == 405


def test_outside_the_demo_there_is_nothing_of_it(client: Client, settings: Settings) -> None:
    there("bob")
    settings.DEMO = False
    assert client.get("/demo/").status_code == 404
    assert be(client, "bob")[0] == 404
    assert not Fact.objects.filter(kind="session.began").exists()
    assert "Hand over access to your books." in words(client.get("/"))


def test_the_story_is_told_once_and_written_down_each_time(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    """An installation that has firms keeps them as they are; what may have changed is where it is."""
    settings.DATA_DIR = tmp_path
    cast.also("firm")
    settings.BASE_URL = "http://localhost:9000"
    demo.load()
    said = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert said["mailbox_url"] == "http://localhost:9000/demo/mailbox/"
    assert [each["email"] for each in said["people"]] == [figure.email for figure in CAST]
    assert [firm.name for firm in type(cast.firm).objects.all()] == ["Alice & Co"]
