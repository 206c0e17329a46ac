"""Sessions: kept as digests, sealed, ended by the database's clock or by their person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tallystick.accounts.models import Session, User
from tallystick.accounts.models import sessions as rules
from tallystick.accounts.models.sessions import STAFF, Limits, browser_named, forget_sessions
from tallystick.accounts.sessions import SessionMiddleware, SessionStore
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.refused import Refused
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def staff() -> Iterator[None]:
    """As the room of firms says it of its people."""
    known = list(rules._classifiers)
    rules.register_limit(lambda _person_id: None)
    rules.register_limit(lambda _person_id: STAFF)
    yield
    rules._classifiers[:] = known


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def test_a_copy_of_the_database_signs_nobody_in(browser: Client, alice: User) -> None:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(s)::text from accounts_session s")
        (row,) = cursor.fetchone()
    assert key not in row
    assert Session.objects.get().key_digest in row
    assert not SessionStore(Session.objects.get().key_digest).get("_auth_user_id")
    assert str(alice.pk).encode() not in bytes(Session.objects.get().data)


def test_a_sealed_session_moved_to_another_row_opens_nothing(browser: Client, charlie: User) -> None:
    other = Client()
    other.force_login(charlie)
    mine, theirs = Session.objects.filter(person__name="Alice").get(), Session.objects.get(person=charlie)
    Session.objects.filter(pk=theirs.pk).update(data=mine.data)
    assert not is_in(other)


def test_a_key_has_256_random_bits(browser: Client) -> None:
    assert len(browser.cookies[settings.SESSION_COOKIE_NAME].value) == 43


def test_a_client_is_signed_out_after_half_an_hour_of_nothing(browser: Client, clock: Clock) -> None:
    clock.shift(minutes=29)
    assert is_in(browser)
    clock.shift(minutes=29)
    assert is_in(browser)
    clock.shift(minutes=30)
    assert not is_in(browser)


def test_staff_are_signed_out_after_an_hour_of_nothing(client: Client, alice: User, clock: Clock, staff: None) -> None:
    client.force_login(alice)
    clock.shift(minutes=59)
    assert is_in(client)
    clock.shift(minutes=60)
    assert not is_in(client)


def test_nobody_stays_longer_than_twelve_hours(browser: Client, clock: Clock) -> None:
    for _time in range(28):
        clock.shift(minutes=25)
        assert is_in(browser)
    clock.shift(minutes=25)
    assert not is_in(browser)


def test_a_clock_that_goes_back_revives_nothing(browser: Client, alice: User, clock: Clock) -> None:
    Session.end_all(alice.pk)
    clock.shift(days=-1)
    assert not is_in(browser)


def test_looking_changes_the_time_of_last_sight_once_a_minute_at_most(browser: Client, clock: Clock) -> None:
    seen = Session.objects.get().seen_at
    clock.shift(seconds=30)
    is_in(browser)
    assert Session.objects.get().seen_at == seen
    clock.shift(seconds=31)
    is_in(browser)
    assert Session.objects.get().seen_at > seen


@pytest.mark.parametrize(
    ("end", "said"),
    [("idle", "nothing happened for a while"), ("elsewhere", "this session was ended"), ("old", "signed in long ago")],
)
def test_who_was_signed_out_is_told_why(browser: Client, alice: User, clock: Clock, end: str, said: str) -> None:
    if end == "idle":
        clock.shift(minutes=31)
    elif end == "old":
        Session.objects.update(idle=timedelta(days=3))
        clock.shift(hours=13)
    else:
        Session.end_all(alice.pk, by=alice.actor)
    response = browser.get("/me/", follow=True)
    assert said in response.content.decode()
    assert said not in browser.get("/sign-in/").content.decode()


def test_a_made_up_key_opens_nothing_and_is_told_nothing(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up-key-of-some-length"
    response = client.get("/sign-in/")
    assert "signed out" not in response.content.decode()
    assert response.cookies[settings.SESSION_COOKIE_NAME].value == ""


def test_a_session_ended_while_its_request_runs_is_not_revived(browser: Client, alice: User) -> None:
    store = SessionStore(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    store["more"] = "data"
    Session.end_all(alice.pk)
    with pytest.raises(UpdateError):
        store.save()
    assert not is_in(browser)


def test_what_a_request_still_wants_to_keep_of_an_ended_session_is_not_kept(
    browser: Client, alice: User, rf: RequestFactory
) -> None:
    def ends_it_meanwhile(request: HttpRequest) -> HttpResponse:
        request.session["more"] = "data"
        Session.end_all(alice.pk)
        return HttpResponse("done")

    request = rf.get("/me/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    answer = SessionMiddleware(ends_it_meanwhile)(request)
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"done"
    assert answer.cookies[settings.SESSION_COOKIE_NAME].value == ""
    assert not is_in(browser)


def test_a_session_is_known_by_its_key_alone(browser: Client) -> None:
    store = SessionStore()
    assert store.exists(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert not store.exists(Session.objects.get().key_digest)
    assert not store.exists("")


def test_a_session_that_never_began_is_never_fresh() -> None:
    store = SessionStore()
    store.note_proof()
    assert not store.is_fresh()
    assert not Session.objects.exists()


def test_ending_is_on_record_once(browser: Client, alice: User) -> None:
    from tallystick.audit.models import Fact

    session = Session.objects.get()
    session.end(by=alice.actor)
    session.end(by=alice.actor)
    assert Fact.objects.filter(kind="session.ended").count() == 1
    assert bytes(Session.objects.get().data) == b""


def test_nobody_ends_sessions_of_another(browser: Client, alice: User, charlie: User) -> None:
    with pytest.raises(Refused):
        Session.objects.get(person=alice).end(by=charlie.actor)
    with pytest.raises(Refused):
        Session.end_all(alice.pk, by=charlie.actor)
    assert is_in(browser)


def test_the_house_and_its_operators_may_end_anybodys(browser: Client, alice: User) -> None:
    Session.objects.get().end(by=Actor(side="operator", name="Olga"))
    assert not is_in(browser)
    assert Session.end_all(alice.pk, by=HOUSE) == 0


def test_a_closed_account_is_out_at_once(browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not is_in(browser)


def test_an_operator_sees_everybodys(browser: Client, alice: User, charlie: User) -> None:
    assert Session.objects.visible_to(Actor(side="operator", name="Olga")).count() == 1
    assert not Session.objects.visible_to(charlie.actor).exists()
    assert not Session.objects.visible_to(HOUSE).exists()


def test_sessions_are_forgotten_in_time(browser: Client, clock: Clock) -> None:
    store = SessionStore()
    store["anything"] = 1
    store.save()
    assert forget_sessions() == 0
    clock.shift(days=2)
    assert forget_sessions() == 1
    clock.shift(days=90)
    assert forget_sessions() == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Linux"),
        ("curl/8.0", ""),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, name: str) -> None:
    assert browser_named(agent) == name


def test_the_first_room_that_knows_says_the_limits(staff: None, alice: User) -> None:
    assert rules.limit_for(alice.pk) == STAFF
    assert rules.limit_for(None) == rules.ANONYMOUS
    assert isinstance(rules.CLIENT, Limits)
    assert isinstance(alice.pk, UUID)
