"""The jobs that the clock asks for, laid by their names and done as a worker does them."""

from __future__ import annotations

import pytest

from tallystick.audit.models import Fact
from tallystick.connections import attempts, leases, notices, spool
from tallystick.connections.models import Connection, Credential, Handshake, Notice, Revocation
from tallystick.connectors import catalogue
from tallystick.core.clock import now
from tallystick.jobs import later
from tallystick.jobs.registry import ROUTINES
from tests.conftest import Clock
from tests.support.cast import Cast
from tests.support.jobs import run_jobs
from tests.support.outside import Outside

pytestmark = pytest.mark.django_db


def do(name: str) -> list[str]:
    """What the clock asks for, and all that it leaves behind."""
    run_jobs()
    assert name in ROUTINES
    later(name)
    first, *left = run_jobs()
    assert first == name
    return left


def test_the_round_of_every_minute_renews_looks_takes_back_and_puts_back(outside: Outside, cast: Cast) -> None:
    due, unseen, ended, spooled = (outside.connected(cast.shop, app) for app in ("bank", "shop", "till", "ledger"))
    ended.disconnect(by=cast.as_bob)
    outside.switch("till", revoke={"fault": "503", "next": 1})
    _spool(spooled)
    run_jobs()
    Credential.objects.filter(pk=due.credential_id).update(renew_at=now())
    Connection.objects.filter(pk=unseen.pk).update(check_at=now())
    Revocation.objects.update(next_try_at=now())
    left = do("connections.lay")
    assert sorted(left) == ["connections.look", "connections.renew", "connections.revoke", "fact.recorded"]
    generations = Credential.objects.in_bulk([due.credential_id, spooled.credential_id])
    assert [each.generation for each in generations.values()] == [2, 2]
    unseen.refresh_from_db()
    assert unseen.good_read_at is not None
    assert Revocation.objects.get().outcome == "revoked"
    assert spool.waiting() == []


def _spool(connection: Connection) -> None:
    credential = Credential.objects.get(pk=connection.credential_id)
    lease = leases.take(credential.pk)
    assert lease is not None
    spool.keep(credential, lease)


def test_a_pasted_key_is_tried_by_the_job_that_the_attempt_left(outside: Outside, cast: Cast) -> None:
    key = {"key": "rk_sandbox_bob_reads_everything"}
    attempts.begin(cast.shop, catalogue.get("sandbox-payments"), key, by=cast.as_bob, browser="a laptop")
    assert "connections.finish" in run_jobs()
    assert Handshake.objects.get().state == "choosing"


def test_attempts_are_swept(outside: Outside, cast: Cast, clock: Clock) -> None:
    attempts.begin(cast.shop, catalogue.get("sandbox-bank"), {}, by=cast.as_bob, browser="a laptop")
    clock.shift(minutes=31)
    do("connections.sweep_attempts")
    assert Handshake.objects.get().because == "too_old"


def test_people_are_reminded(outside: Outside, cast: Cast, clock: Clock) -> None:
    connection = outside.connected(cast.shop, "bank")
    connection.note_trouble("grant_ended", place="token", code="", needs_client=True, next_check=None)
    clock.shift(days=3, hours=1)
    assert "outbox.send" in do("connections.remind")
    assert Fact.objects.get(kind="connection.still_broken").data["days"] == 3


def test_messages_are_forgotten_after_their_time(outside: Outside, clock: Clock) -> None:
    for number, worked_on in ((1, now()), (2, None)):
        Notice.objects.create(connector="sandbox-bank", notice_id=number, kind="revoked", worked_on_at=worked_on)
    clock.shift(days=notices.KEEP.days - 1)
    do("connections.forget_notices")
    assert Notice.objects.count() == 2
    clock.shift(days=1, hours=1)
    do("connections.forget_notices")
    assert Notice.objects.get().notice_id == "2"  # what nobody has worked on is not forgotten
