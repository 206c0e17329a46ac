"""An attempt from its beginning to what became of it, asked of the verbs: who may, once only, in time, and nothing left over."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection as database
from pytest_django import Settings

from tallystick.audit.models import Fact
from tallystick.connections import attempts
from tallystick.connections.models import Connection, Credential, Handshake, Revocation
from tallystick.connectors import catalogue, network
from tallystick.connectors.failures import Unreachable
from tallystick.connectors.returning import state_in
from tallystick.core.actor import Actor
from tallystick.organisations.models import Organisation
from tests.conftest import Clock
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.ledger import no_fact, refused
from tests.support.outside import SLUGS, Outside

pytestmark = pytest.mark.django_db
BROWSER = "a laptop"
KEY = "rk_sandbox_bob_reads_everything"


def begin(
    organisation: Organisation, app: str, by: Actor, restoring: Connection | None = None, *, key: str = ""
) -> tuple[Handshake, str]:
    connector, inputs = catalogue.get(SLUGS.get(app, app)), {"key": key} if key else {}
    return attempts.begin(organisation, connector, inputs, by=by, browser=BROWSER, restoring=restoring)


def returned(
    outside: Outside, organisation: Organisation, app: str, by: Actor, restoring: Connection | None = None
) -> Handshake:
    """An attempt whose visitor has said yes at the app and come back."""
    _, address = begin(organisation, app, by, restoring)
    outside.switch(app, consents={"answer_as": "bob"})
    query = urlsplit(outside.browse(address).headers["Location"]).query
    return Handshake.claim(catalogue.get(SLUGS[app]), state_in(query), BROWSER, query)


def finish(handshake: Handshake) -> Handshake:
    """The job that the return left."""
    async_to_sync(attempts.finish)(str(handshake.pk))
    handshake.refresh_from_db()
    return handshake


def choosing(outside: Outside, cast: Cast, app: str = "bank", by: Actor | None = None) -> Handshake:
    return finish(returned(outside, cast.shop, app, by or cast.as_bob))


def first_of(handshake: Handshake) -> list[str]:
    return [handshake.accounts[0]["id"]]


def outcome(handshake: Handshake) -> tuple[str, str]:
    handshake.refresh_from_db()
    return handshake.state, handshake.because


@pytest.mark.parametrize("who", ["as_bob", "as_emma", "as_connie", "as_stella"])
def test_whoever_may_connect_begins(cast: Cast, outside: Outside, who: str) -> None:
    cast.also("partnership", "stella_grant")
    handshake, address = begin(cast.shop, "bank", getattr(cast, who))
    assert address.startswith(outside.address)
    assert handshake.state == "open"


def test_whoever_may_not_connect_begins_nothing(cast: Cast, outside: Outside) -> None:
    """Emma and Connie are of the shop, not of the café; Stella has no grant; Charlie is of elsewhere."""
    cast.also("partnership", "other_partnership", "as_emma", "as_connie", "as_stella")
    for who in (cast.as_emma, cast.as_connie, cast.as_stella, cast.as_other_business, cast.as_other_firm):
        with refused("not_allowed", status=403):
            begin(cast.cafe, "bank", who)
    assert not Handshake.objects.exists()


def test_an_app_that_nobody_set_up_is_not_begun(cast: Cast, outside: Outside) -> None:
    cast.also("as_bob")
    with refused("app_not_set_up", status=409):
        begin(cast.shop, "xero", cast.as_bob)


def test_what_was_disconnected_is_not_restored(cast: Cast, outside: Outside) -> None:
    connection = outside.connected(cast.shop, "bank")
    connection.disconnect(by=cast.as_bob)
    with refused("connection_ended", status=409):
        begin(cast.shop, "bank", cast.as_bob, connection)


def test_attempts_are_seen_by_whoever_may_connect_there(cast: Cast, outside: Outside) -> None:
    handshake, _ = begin(cast.shop, "bank", cast.as_bob)
    for who in (cast.as_bob, cast.as_emma, cast.as_connie):
        assert list(Handshake.objects.visible_to(who)) == [handshake]
    assert not Handshake.objects.visible_to(cast.as_other_business).exists()
    assert not Handshake.objects.of_browser("").exists()


def test_what_was_surely_not_received_is_tried_again_for_half_a_minute(
    cast: Cast, outside: Outside, settings: Settings, clock: Clock
) -> None:
    handshake, _ = begin(cast.shop, "payments", cast.as_bob, key=KEY)
    settings.SANDBOX_URL = "http://127.0.0.1:9"  # nobody listens there
    for _try in range(2):
        with pytest.raises(Unreachable):
            finish(handshake)
        assert outcome(handshake) == ("returned", "")
    clock.shift(seconds=31)
    assert finish(handshake).because == "app_down"
    assert Fact.objects.get(kind="attempt.failed").data["because"] == "app_down"


def test_a_key_that_is_none_leaves_a_fact_only_when_more_than_a_link_was_needed_to_paste_it(
    cast: Cast, outside: Outside
) -> None:
    standing = outside.connected(cast.shop, "payments")
    somebody, bob = Actor("guest", name="Somebody"), Actor("guest", person_id=cast.bob.pk, name="Bob")
    for number, (by, restoring) in enumerate([(somebody, None), (bob, None), (somebody, standing)]):
        handshake, _ = begin(cast.shop, "payments", by, restoring, key="rk_sandbox_nobody_reads_a_thing")
        assert finish(handshake).because == "key_wrong"
        assert Fact.objects.filter(kind="attempt.failed").count() == number


def test_once_the_app_is_back_the_try_after_it_goes_through(cast: Cast, outside: Outside, settings: Settings) -> None:
    handshake, _ = begin(cast.shop, "payments", cast.as_bob, key=KEY)
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    with pytest.raises(Unreachable):
        finish(handshake)
    settings.SANDBOX_URL = outside.address
    assert finish(handshake).state == "choosing"


def test_what_a_worker_died_over_is_taken_up_again_after_the_longest_talk(
    cast: Cast, outside: Outside, clock: Clock
) -> None:
    handshake = returned(outside, cast.shop, "bank", cast.as_bob)
    assert Handshake.take_to_talk(handshake.pk)  # and its worker dies
    assert "connections.finish" in run_jobs()
    assert outcome(handshake) == ("returned", "")
    assert finish(handshake).state == "returned"
    assert waiting_jobs() == [("connections.finish", {"handshake_id": str(handshake.pk)})]
    clock.shift(seconds=89)
    assert run_jobs() == []
    clock.shift(seconds=2)
    assert run_jobs() == ["connections.finish"]
    assert outcome(handshake) == ("choosing", "")


def test_who_looks_again_once_all_is_done_leaves_nothing(cast: Cast, outside: Outside) -> None:
    handshake = choosing(outside, cast)
    run_jobs()
    assert finish(handshake).state == "choosing"
    assert waiting_jobs() == []


def ledger_of(*companies: dict[str, str], meanwhile: Callable[[], object] = lambda: None) -> httpx2.MockTransport:
    """A ledger whose every yes reaches these companies. What happens `meanwhile` happens before it names them."""

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return said({"access_token": "sandbox_at", "expires_in": 60})
        await sync_to_async(meanwhile)()
        return said(companies)

    def said(what: object) -> httpx2.Response:
        return httpx2.Response(200, stream=httpx2.ByteStream(json.dumps(what).encode()))

    return httpx2.MockTransport(answer)


def test_a_consent_that_reaches_no_account_comes_to_nothing_and_is_taken_back(cast: Cast, outside: Outside) -> None:
    handshake = returned(outside, cast.shop, "ledger", cast.as_bob)
    with network.through(ledger_of()):
        finish(handshake)
    assert outcome(handshake) == ("failed", "no_account")
    assert Revocation.objects.get().credential == handshake.credential


def test_an_answer_that_comes_after_the_attempt_is_over_is_not_kept(cast: Cast, outside: Outside) -> None:
    handshake = returned(outside, cast.shop, "ledger", cast.as_bob)
    company = {"company_id": "1", "company_name": "Bob's", "id": "c"}
    with network.through(ledger_of(company, meanwhile=lambda: handshake.fail("too_old"))):
        finish(handshake)
    assert outcome(handshake) == ("failed", "too_old")
    assert not Credential.objects.exists()


def test_choosing_twice_is_choosing_once(cast: Cast, outside: Outside) -> None:
    handshake = choosing(outside, cast)
    made = attempts.choose(handshake, first_of(handshake), by=cast.as_bob)
    with no_fact():
        assert attempts.choose(handshake, first_of(handshake), by=cast.as_bob) == made
    assert Connection.objects.count() == 1


def test_what_was_dismissed_cannot_be_chosen(cast: Cast, outside: Outside) -> None:
    handshake = choosing(outside, cast)
    attempts.dismiss(handshake)
    with refused("attempt_used", status=409):
        attempts.choose(handshake, first_of(handshake), by=cast.as_bob)
    assert not Connection.objects.exists()


def test_before_the_app_has_answered_nothing_can_be_chosen(cast: Cast, outside: Outside) -> None:
    handshake = returned(outside, cast.shop, "bank", cast.as_bob)
    with refused("attempt_used", status=409):
        attempts.choose(handshake, ["any"], by=cast.as_bob)


def test_where_one_is_asked_for_two_are_too_many(cast: Cast, outside: Outside) -> None:
    handshake = choosing(outside, cast, "till")
    two = [each["id"] for each in handshake.accounts[:2]]
    with refused("account_missing", field="account", status=422):
        attempts.choose(handshake, two, by=cast.as_bob)
    assert outcome(handshake) == ("choosing", "")


def test_whoever_lost_the_right_on_the_way_chooses_nothing(cast: Cast, outside: Outside) -> None:
    handshake = choosing(outside, cast, by=cast.as_emma)
    cast.emma_seat.choose_organisations([cast.cafe], by=cast.as_bob)
    with refused("not_allowed", status=403):
        attempts.choose(handshake, first_of(handshake), by=cast.as_emma)
    assert outcome(handshake) == ("choosing", "")


def test_dismissing_twice_takes_back_once_and_what_is_connected_stays(cast: Cast, outside: Outside) -> None:
    first, second = choosing(outside, cast), choosing(outside, cast)
    for _ in range(2):
        attempts.dismiss(first)
    assert outcome(first) == ("failed", "dismissed")
    assert Revocation.objects.get().credential == first.credential
    attempts.choose(second, first_of(second), by=cast.as_bob)
    attempts.dismiss(second)
    assert outcome(second) == ("done", "")
    assert Connection.objects.get().state == "connecting"


def test_restoring_mends_by_itself_when_it_is_the_same_account(cast: Cast, outside: Outside) -> None:
    connection = outside.connected(cast.shop, "bank")
    handshake = finish(returned(outside, cast.shop, "bank", cast.as_bob, connection))
    assert outcome(handshake) == ("done", "")
    assert handshake.connection == connection
    assert handshake.credential_id == Connection.objects.get().credential_id


@pytest.mark.parametrize("because", ["not_allowed", "connection_ended"])
def test_what_may_not_be_restored_any_more_is_let_go_and_taken_back(cast: Cast, outside: Outside, because: str) -> None:
    connection = outside.connected(cast.shop, "bank")
    handshake = returned(outside, cast.shop, "bank", cast.as_emma, connection)
    if because == "not_allowed":
        cast.emma_seat.choose_organisations([cast.cafe], by=cast.as_bob)
    else:
        connection.disconnect(by=cast.as_bob)
    finish(handshake)
    assert outcome(handshake) == ("failed", because)
    assert Revocation.objects.filter(credential=handshake.credential).exists()
    assert Connection.objects.get().credential_id != handshake.credential_id


def test_attempts_that_nobody_finished_are_over_and_their_consents_taken_back(
    cast: Cast, outside: Outside, clock: Clock
) -> None:
    left = [begin(cast.shop, "bank", cast.as_bob)[0], choosing(outside, cast)]
    done = choosing(outside, cast)
    attempts.choose(done, first_of(done), by=cast.as_bob)
    clock.shift(minutes=29)
    assert attempts.sweep() == 0
    clock.shift(minutes=2)
    assert attempts.sweep() == 2
    assert attempts.sweep() == 0
    assert [outcome(each) for each in left] == [("failed", "too_old")] * 2
    assert outcome(done) == ("done", "")
    assert Revocation.objects.get().credential == left[1].credential


@pytest.mark.django_db(transaction=True)
def test_an_attempt_that_is_being_finished_is_not_swept_away(cast: Cast, outside: Outside, clock: Clock) -> None:
    """Else what its end brings, a consent at the app, would be overlooked and never be taken back."""
    handshake = choosing(outside, cast)
    clock.shift(minutes=31)
    with psycopg.connect(address_of_database()) as finishing:
        finishing.execute("select from connections_handshake where id = %s for update", [handshake.pk])
        assert attempts.sweep() == 0
        assert outcome(handshake) == ("choosing", "")
        finishing.rollback()
        assert attempts.sweep() == 1
    assert Revocation.objects.get().credential == handshake.credential


def address_of_database() -> str:
    wanted = database.get_connection_params()
    return psycopg.conninfo.make_conninfo(
        **{key: wanted[key] for key in ("dbname", "host", "port", "user", "password") if key in wanted}
    )
