"""Taking a consent back at the app: for as long as it takes, and without ending what took its place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from tallystick.audit.models import Fact
from tallystick.connections import leases, renewing, revoking, spool
from tallystick.connections.access import Ended
from tallystick.connections.models import Connection, Credential, Handshake, Revocation
from tallystick.connectors import talking
from tallystick.core.actor import HOUSE
from tallystick.core.clock import Now, now
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db


def consents(outside: Outside, app: str) -> dict[str, str]:
    """The state of each consent at the app."""
    found: list[dict[str, Any]] = outside.client.get(f"/switches/{app}").json()["consents"]
    return {each["id"]: each["state"] for each in found}


def outcome(connection: Connection) -> str:
    return Revocation.objects.get(credential_id=connection.credential_id).outcome


@pytest.mark.parametrize("app", ["shop", "till", "bank", "ledger"])
def test_what_is_disconnected_is_taken_back_at_the_app_and_its_secret_erased(
    outside: Outside, cast: Cast, app: str
) -> None:
    connection = outside.connected(cast.shop, app)
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert consents(outside, app)[outside.consent_of(connection)] != "active"
    assert outcome(connection) == "revoked"
    credential = Credential.objects.get(pk=connection.credential_id)
    assert (bytes(credential.secret), bytes(credential.data_key), credential.marks) == (b"", b"", [])
    assert Fact.objects.get(kind="credential.revoked").data == {"connector": connection.connector, "outcome": "revoked"}
    with pytest.raises(Ended):
        async_to_sync(renewing.fresh)(connection.credential_id)


def test_where_the_app_has_no_way_a_person_is_asked(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "payments")
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == "by_hand"


def test_an_app_that_is_down_is_asked_again_until_it_is_done(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.switch("bank", revoke={"fault": "503"}, api={"fault": "503"})
    connection.disconnect(by=cast.as_bob)
    for tries in range(1, 15):
        run_jobs()
        revocation = Revocation.objects.get()
        assert (revocation.tries, revocation.outcome, revocation.last_answer) == (tries, "", "app_busy switched_on")
        assert revocation.next_try_at is not None
        assert now() < revocation.next_try_at < now() + timedelta(days=1, minutes=1)
        assert revoking.lay_due() == 0
        Revocation.objects.update(next_try_at=now())
        assert revoking.lay_due() == 1
    outside.as_it_comes("bank")
    run_jobs()
    assert outcome(connection) == "revoked"
    assert revoking.lay_due() == 0


def test_a_token_too_old_to_say_so_is_renewed_for_it(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.act("bank", "expire-access", consent="all")
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == "revoked"
    assert consents(outside, "bank")[outside.consent_of(connection)] != "active"


def test_a_consent_that_had_ended_is_done_with(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.act("bank", "revoke", consent="all")
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == "ended_before"


def test_one_that_was_dead_before_is_taken_back_all_the_same(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    Credential.objects.update(dead_at=now(), dead_because="answer_lost")
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == "revoked"


@pytest.mark.parametrize(("app", "kept"), [("shop", "replaced"), ("bank", "revoked")])
def test_a_newer_consent_of_the_same_account_is_not_ended_along(
    outside: Outside, cast: Cast, app: str, kept: str
) -> None:
    connection = outside.connected(cast.shop, app)
    old = connection.credential
    newer = outside.connected(cast.cafe, app)
    handshake = {"organisation": cast.shop, "business": cast.business, "connector": connection.connector}
    for name, each in (("old", old), ("new", newer.credential)):
        Handshake.objects.create(
            **handshake,
            credential=each,
            accounts=[connection.account],
            state_digest=name,
            browser_digest=name,
            by_side="house",
            data_key=b"",
            secret=b"",
            until=now(),
        )
    connection.restore(newer.credential, connection.account, by=cast.as_bob, missing=[])
    run_jobs()
    assert Revocation.objects.get(credential=old).outcome == kept
    connection.refresh_from_db()
    assert connection.state == "working"


def test_a_consent_that_serves_another_connection_stays(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "till")
    other = outside.connected(cast.cafe, "till", "charlie")
    Connection.objects.filter(pk=other.pk).update(credential=connection.credential)
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert not Revocation.objects.exists()
    other.refresh_from_db()
    other.disconnect(by=HOUSE)
    assert Revocation.objects.count() == 1


def test_while_it_is_being_renewed_it_waits_and_takes_the_new_pair_back(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    lease = leases.take(connection.credential_id)
    assert lease is not None
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == ""
    assert [name for name, _ in waiting_jobs()] == ["connections.revoke"]
    credential = Credential.objects.get(pk=connection.credential_id)
    saved = leases.save(credential, lease)
    assert saved is not None
    assert saved.became == "retired"
    run_jobs(even_later=True)
    assert outcome(connection) == "revoked"


def test_a_pair_that_comes_after_the_end_is_taken_back_too(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    credential = Credential.objects.get(pk=connection.credential_id)
    lease = leases.take(credential.pk)
    assert lease is not None
    leases.release(lease)
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    spool.keep(credential, lease)
    assert spool.replay() == 1
    assert Revocation.objects.get().done_at is None
    run_jobs()
    assert outcome(connection) == "ended_before"
    assert bytes(Credential.objects.get().secret) == b""


def test_what_is_not_retired_is_never_taken_back(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    expire(connection)
    async_to_sync(revoking.revoke)(connection.credential_id)
    assert async_to_sync(renewing.fresh)(connection.credential_id).token


def test_a_secret_that_does_not_open_any_more_has_nothing_to_take_back_with(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    connection.disconnect(by=cast.as_bob)
    Credential.objects.update(ring_key="gone", data_key=b"of a ring that is lost")
    run_jobs()
    assert outcome(connection) == "ended_before"


def test_a_token_too_old_to_say_so_without_another_to_renew_it_has_ended(outside: Outside, cast: Cast) -> None:
    outside.switch("bank", answer={"refresh_token": False})
    connection = outside.connected(cast.shop, "bank")
    outside.act("bank", "expire-access", consent="all")
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == "ended_before"
    assert outside.counted("bank", "token_requests") == 0


def test_where_the_app_takes_no_token_for_it_not_even_a_new_one_a_person_is_asked(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    outside.switch("bank", api={"fault": "401"})
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert outcome(connection) == "by_hand"
    assert outside.counted("bank", "token_requests") == 1


def test_what_another_has_written_down_meanwhile_stands(
    outside: Outside, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked stood still for longer than the lease; the next one was done before."""
    connection = outside.connected(cast.shop, "bank")
    connection.disconnect(by=cast.as_bob)
    ask = talking.revoke

    async def after_the_other(*asked: Any) -> None:
        await ask(*asked)
        await Revocation.objects.aupdate(done_at=Now(), outcome="by_hand")

    monkeypatch.setattr(talking, "revoke", after_the_other)
    run_jobs()
    assert outcome(connection) == "by_hand"
    assert not Fact.objects.filter(kind="credential.revoked").exists()
