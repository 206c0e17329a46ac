"""Where I am signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.accounts.models import Session, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def elsewhere(alice: User) -> Client:
    other = Client()
    other.force_login(alice)
    return other


def row_of(person: User, browser: Client) -> Session:
    from django.conf import settings

    return Session.objects.keyed(browser.cookies[settings.SESSION_COOKIE_NAME].value).get(person=person)


def test_all_of_them_are_listed_this_one_first(mine: Client, elsewhere: Client) -> None:
    text = mine.get("/me/sessions/").content.decode()
    assert text.count("End this one") == 1
    assert text.index("This one") < text.index("End this one")


def test_one_is_ended_and_its_browser_told(mine: Client, elsewhere: Client, alice: User) -> None:
    mine.post(f"/me/sessions/{row_of(alice, elsewhere).pk}/ending/")
    assert "this session was ended" in elsewhere.get("/me/", follow=True).content.decode()
    assert mine.get("/me/").status_code == 200


def test_all_others_are_ended(mine: Client, elsewhere: Client) -> None:
    assert "1 other session is ended" in mine.post("/me/sessions/others/ending/", follow=True).content.decode()
    assert elsewhere.get("/me/").status_code == 302
    assert mine.get("/me/").status_code == 200


def test_this_one_is_left_by_signing_out(mine: Client, alice: User) -> None:
    mine.post(f"/me/sessions/{row_of(alice, mine).pk}/ending/")
    assert mine.get("/me/").status_code == 200


def test_looking_ends_nothing(mine: Client, elsewhere: Client, alice: User) -> None:
    assert mine.get(f"/me/sessions/{row_of(alice, elsewhere).pk}/ending/").status_code == 405
    assert mine.get("/me/sessions/others/ending/").status_code == 405


def test_a_session_of_another_is_like_an_unknown_one(mine: Client, charlie: User) -> None:
    other = Client()
    other.force_login(charlie)
    theirs = mine.post(f"/me/sessions/{row_of(charlie, other).pk}/ending/")
    unknown = mine.post("/me/sessions/00000000-0000-4000-8000-000000000000/ending/")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content
    assert other.get("/me/").status_code == 200
