"""Looking whether a connection works: what is found, and what becomes of what goes wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync

from tallystick.connections import looking
from tallystick.connections.models import Connection, Credential
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import Outside

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
