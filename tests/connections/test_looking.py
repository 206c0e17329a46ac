"""Looking whether a connection works: what is found, and what becomes of what goes wrong."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest
from asgiref.sync import async_to_sync

from tallystick.connections import looking, renewing
from tallystick.connections.models import Breaker, Connection, Credential
from tallystick.connectors import network
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.ledger import no_fact
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db


def look(connection: Connection) -> Connection:
    async_to_sync(looking.look)(connection.pk)
    connection.refresh_from_db()
    return connection


@pytest.mark.parametrize("app", ["shop", "till", "bank", "ledger", "payments"])
def test_what_works_shows_its_name_and_its_latest_records(outside: Outside, cast: Cast, app: str) -> None:
    connection = outside.connected(cast.shop, app, **({} if app != "payments" else {"kind": "rk"}))
    Connection.objects.update(state="connecting")
    look(connection)
    read = connection.what_was_read()
    assert connection.state == "working"
    assert read["name"] == connection.account_name
    assert len(read["records"]) == 3
    assert read["records"][0]["moment"] >= read["records"][1]["moment"]
    assert connection.good_read_at is not None
    assert connection.check_at is not None
    assert timedelta(hours=21) < connection.check_at - now() < timedelta(hours=27)


def test_a_token_that_is_refused_is_renewed_once_and_read_with(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "ledger")
    outside.act("ledger", "expire-access", consent="all")
    assert look(connection).state == "working"
    assert outside.counted("ledger", "token_requests") == 1


def test_a_consent_taken_back_needs_the_client(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.act("bank", "revoke", consent="all")
    look(connection)
    assert (connection.state, connection.trouble_kind) == ("needs_client", "grant_ended")
    assert connection.check_at is None


def test_a_key_that_is_gone_needs_the_client(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "payments")
    outside.act("payments", "revoke", consent="all")
    look(connection)
    assert (connection.state, connection.trouble_kind) == ("needs_client", "key_wrong")


def test_an_app_that_is_down_is_trouble_and_nobodys_turn(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "shop")
    outside.switch("shop", api={"fault": "503", "retry_after": 600})
    look(connection)
    assert (connection.state, connection.trouble_kind, connection.trouble_place) == ("trouble", "app_busy", "identity")
    assert connection.check_at is not None
    assert connection.check_at > now() + timedelta(minutes=9)
    outside.as_it_comes("shop")
    assert look(connection).state == "working"
    assert connection.trouble_kind == ""


def test_a_permission_that_is_missing_is_looked_at_twice(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "shop")
    outside.switch("shop", api={"fault": "403"})
    assert look(connection).state == "trouble"
    assert look(connection).state == "needs_client"
    outside.as_it_comes("shop")
    assert look(connection).state == "working"


def test_an_account_that_is_gone_needs_the_client(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "ledger")
    Connection.objects.update(account_id="company-of-somebody-else")
    connection.refresh_from_db()
    look(connection)
    assert (connection.state, connection.trouble_kind) == ("needs_client", "account_gone")


def test_a_banks_reads_are_spared(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    for _ in range(6):
        assert look(connection).state == "working"
    reads = [each for each in outside.log("bank")["requests"] if each["path"].endswith("/transactions")]
    assert len(reads) == 2
    assert outside.counted("bank", "reads_over_the_limit") == 0
    assert len(connection.what_was_read()["records"]) == 3


def test_what_took_its_place_is_not_blamed(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.act("bank", "revoke", consent="all")
    other = outside.connected(cast.cafe, "bank", "dana")
    seen = Connection.objects.get(pk=connection.pk)
    Connection.objects.filter(pk=connection.pk).update(credential_id=other.credential_id)
    seen.note_trouble(
        "grant_ended", place="token", code="", needs_client=True, next_check=None, through=seen.credential_id
    )
    connection.refresh_from_db()
    assert connection.state == "working"


def test_looks_are_laid_when_their_time_has_come_and_once(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "shop")
    run_jobs()
    Connection.objects.update(check_at=now() - timedelta(minutes=1))
    assert looking.lay_due() == 1
    assert looking.lay_due() == 0
    assert waiting_jobs() == [("connections.look", {"connection_id": str(connection.pk)})]


def test_a_secret_that_does_not_open_is_our_fault(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "shop")
    other = outside.connected(cast.cafe, "shop", "dana")
    stolen = Credential.objects.get(pk=other.credential_id)
    Credential.objects.filter(pk=connection.credential_id).update(secret=stolen.secret, data_key=stolen.data_key)
    look(connection)
    assert (connection.state, connection.trouble_kind) == ("trouble", "our_fault")


def test_while_no_token_is_to_be_had_it_is_nobodys_turn(
    outside: Outside, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "BLIP", 0.0)
    connection = outside.connected(cast.shop, "bank")
    outside.switch("bank", token={"fault": "503", "retry_after": 1800})
    expire(connection)
    look(connection)
    assert (connection.state, connection.trouble_kind, connection.trouble_place) == ("trouble", "app_busy", "token")
    assert connection.check_at is not None
    assert connection.check_at > now() + timedelta(minutes=29)


def busy_at_reads(connection: Connection) -> httpx2.MockTransport:
    """The app says who the account is, and to reads that it is busy."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        name, account_id = connection.account_name, connection.account_id
        known = {
            "/bank/v1/whoami": {"customer": {"id": "c", "name": "Bob"}},
            "/bank/v1/accounts": {"accounts": [{"id": account_id, "name": name}]},
            "/till/v1/merchants/me": {"merchant": {"id": "m", "name": "Bob"}},
            "/till/v1/locations": {"locations": [{"id": account_id, "name": name, "status": "ACTIVE"}]},
        }
        said = known.get(request.url.path)
        body = b"{}" if said is None else httpx2.Response(200, json=said).content
        return httpx2.Response(429 if said is None else 200, stream=httpx2.ByteStream(body))

    return httpx2.MockTransport(answer)


@pytest.mark.parametrize(("app", "state"), [("bank", "working"), ("till", "trouble")])
def test_used_up_reads_are_no_trouble_where_reads_are_counted(
    outside: Outside, cast: Cast, app: str, state: str
) -> None:
    """A bank that counts them has shown that it lets us in; another that says it is busy has some other reason."""
    connection = outside.connected(cast.shop, app)
    look(connection)
    records = connection.what_was_read()["records"]
    with network.through(busy_at_reads(connection)):
        look(connection)
    assert connection.state == state
    assert connection.what_was_read()["records"] == records


def test_a_credential_that_was_taken_away_says_nothing_of_the_connection(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    Credential.objects.update(dead_at=now(), dead_because="retired")
    with no_fact():
        assert look(connection).state == "working"


def test_an_app_that_is_not_set_up_here_any_more_is_ours_to_mend(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    for model in (Connection, Credential):
        model._default_manager.update(connector="xero")
    look(connection)
    assert (connection.state, connection.trouble_kind) == ("trouble", "not_set_up")
    assert Breaker.objects.get(connector="xero").refused_since is not None


def test_what_is_disconnected_is_not_looked_at(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    connection.disconnect(by=cast.as_bob)
    requests = len(outside.log("bank")["requests"])
    assert look(connection).state == "disconnected"
    assert len(outside.log("bank")["requests"]) == requests


def test_looks_are_laid_in_several_goes_where_there_are_many(
    outside: Outside, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "AT_ONCE", 1)
    for app in ("shop", "till"):
        outside.connected(cast.shop, app)
    Connection.objects.update(check_at=now())
    assert looking.lay_due() == 2
    assert looking.lay_due() == 0
