"""My account: who I am, how I am written to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from tallystick.accounts.models import User
from tallystick.accounts.models import choices as rules
from tallystick.accounts.models.choices import choice_of, choices_of, choose, register_notice
from tallystick.audit.models import Fact
from tallystick.core.refused import Refused

pytestmark = pytest.mark.django_db

PAGES = (
    "", "name/", "language/", "time-zone/", "notifications/", "contacts/", "contacts/new/", "contacts/mobile/", "password/",
    "password/removal/", "passkeys/", "authenticator-app/", "recovery-codes/", "sessions/",
)  # fmt: skip


@pytest.fixture
def mine(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def tunable() -> Iterator[None]:
    known = dict(rules._notices)
    rules._notices.clear()
    register_notice("connection_broke", "A connection broke")
    register_notice("invitation_answered", "An invitation was answered", choices=("on", "daily"))
    yield
    rules._notices.clear()
    rules._notices.update(known)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_itself_to_its_person(mine: Client, page: str) -> None:
    response = mine.get(f"/me/{page}")
    assert response.status_code == 200
    assert "<h1>" in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_sends_strangers_to_sign_in(client: Client, page: str) -> None:
    assert client.get(f"/me/{page}")["Location"].startswith("/sign-in/?next=")


def test_a_name_is_cleaned(mine: Client, alice: User) -> None:
    mine.post("/me/name/", {"name": " Alice\u202e <b>Ärmel</b>\n\n "})
    alice.refresh_from_db()
    assert alice.name == "Alice bÄrmel/b"
    assert alice.sort_name == "alice barmel/b"
    assert Fact.objects.filter(kind="person.renamed").count() == 2


@pytest.mark.parametrize(
    ("name", "said"), [("", "Type your name"), (" \u200b ", "Type your name"), ("a" * 500, "too long")]
)
def test_a_bad_name_gets_a_sentence_and_stays(mine: Client, alice: User, name: str, said: str) -> None:
    text = mine.post("/me/name/", {"name": name}).content.decode()
    assert said in text
    assert name.strip(" \u200b") in text
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_the_same_name_is_no_change(mine: Client) -> None:
    before = Fact.objects.count()
    mine.post("/me/name/", {"name": "Alice"})
    assert Fact.objects.count() == before


def test_a_language_is_chosen(mine: Client, alice: User) -> None:
    assert mine.post("/me/language/", {"language": "nl"}).status_code == 302
    alice.refresh_from_db()
    assert alice.language == "nl"
    assert 'lang="nl"' in mine.get("/me/").content.decode()


@pytest.mark.parametrize(("page", "field"), [("language/", "language"), ("time-zone/", "time_zone")])
@pytest.mark.parametrize("value", ["", "xx", "Mars/Olympus", "../../etc/passwd"])
def test_what_is_not_on_the_list_is_not_taken(mine: Client, alice: User, page: str, field: str, value: str) -> None:
    assert mine.post(f"/me/{page}", {field: value}).status_code == 200
    before = getattr(alice, field)
    alice.refresh_from_db()
    assert getattr(alice, field) == before


def test_the_verbs_refuse_it_too(alice: User, charlie: User) -> None:
    for verb, value in ((alice.choose_language, "xx"), (alice.choose_time_zone, "Mars/Olympus")):
        with pytest.raises(Refused) as no:
            verb(value, by=alice.actor)
        assert no.value.status == 422
        with pytest.raises(Refused) as no:
            verb(value, by=charlie.actor)
        assert no.value.code == "not_allowed"


def test_what_was_chosen_before_is_not_chosen_again(alice: User) -> None:
    alice.choose_language("nl", by=alice.actor)
    before = Fact.objects.count()
    alice.choose_language("nl", by=alice.actor)
    assert Fact.objects.count() == before


def test_a_time_zone_is_chosen(mine: Client, alice: User) -> None:
    mine.post("/me/time-zone/", {"time_zone": "America/New_York"})
    alice.refresh_from_db()
    assert str(alice.zone) == "America/New_York"
    assert "America/New York" in mine.get("/me/").content.decode()


def test_notices_are_tuned(mine: Client, alice: User, tunable: None) -> None:
    assert "A connection broke" in mine.get("/me/notifications/").content.decode()
    mine.post("/me/notifications/", {"connection_broke": "off", "invitation_answered": "daily"})
    assert choices_of(alice) == {"connection_broke": "off", "invitation_answered": "daily"}
    assert choice_of(alice, "connection_broke") == "off"
    before = Fact.objects.count()
    mine.post("/me/notifications/", {"connection_broke": "off", "invitation_answered": "daily"})
    assert Fact.objects.count() == before


def test_what_cannot_be_turned_off_stays_on(mine: Client, alice: User, tunable: None) -> None:
    mine.post("/me/notifications/", {"connection_broke": "on", "invitation_answered": "off"})
    assert choice_of(alice, "invitation_answered") == "on"
    assert choice_of(alice, "password_changed") == "on"
    for choices in ({"password_changed": "off"}, {"invitation_answered": "off"}):
        with pytest.raises(Refused):
            choose(alice, choices, by=alice.actor)


def test_people_see_their_own_account_and_operators_all(alice: User, charlie: User) -> None:
    from tallystick.core.actor import Actor

    assert list(User.objects.visible_to(alice.actor)) == [alice]
    assert User.objects.visible_to(Actor(side="operator", name="Olga")).count() == 2


def test_a_person_without_a_name_goes_by_a_number() -> None:
    person = User.objects.create()
    assert str(person) == str(person.pk)
