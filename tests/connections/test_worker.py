"""Connections kept alive by a real worker: hundreds of slow apps at once, few connections, killed at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection as database

from tallystick.connections import renewing
from tallystick.connections.models import Connection, Credential
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.outside import Outside
from tests.support.worker import wait_until, working

pytestmark = pytest.mark.django_db(transaction=True)
Rounds = Callable[[int, int], int]


def due(outside: Outside, cast: Cast, many: int, app: str = "bank") -> list[Connection]:
    """So many connections whose token is to be renewed now."""
    made = [outside.connected(cast.shop, app, f"owner-{number}") for number in range(1, many + 1)]
    Credential.objects.update(renew_at=now() - timedelta(seconds=1))
    return made


def renewed() -> int:
    return Credential.objects.filter(generation=2).count()


def sessions() -> int:
    with database.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where datname = current_database()")
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def test_one_worker_waits_for_many_slow_apps_at_once(outside: Outside, cast: Cast, rounds: Rounds) -> None:
    many, slow = rounds(30, 300), 4.0
    due(outside, cast, many)
    outside.switch("bank", token={"slow": slow})
    with working() as worker:
        assert renewing.lay_due() == many
        began = time.monotonic()
        time.sleep(slow / 2)
        held = sessions()
        wait_until(lambda: renewed() == many, seconds=60)
        took = time.monotonic() - began
        memory = _resident(worker.pid)
    assert took < slow + 30, f"{many} in {took:.1f} s"
    assert held < 30, f"{held} sessions while {many} wait"
    assert memory < 200, f"{memory} MB"
    assert outside.log("bank")["most_at_once"]["token"] > many // 2


def test_killed_while_apps_are_asked_nothing_is_lost_where_they_allow_it(
    outside: Outside, cast: Cast, rounds: Rounds
) -> None:
    many = 8
    made = due(outside, cast, many, "ledger")
    outside.switch("ledger", token={"slow_after": 0.3})
    quick = {"tallystick.connections.leases.LIFE": 3.0, "tallystick.connections.renewing.BEHIND": 1.0}
    for _ in range(rounds(2, 20)):
        with working(values=quick) as worker:
            renewing.lay_due()
            time.sleep(2.5)
            worker.kill()
        Credential.objects.filter(generation=1).update(renew_at=now())
    outside.as_it_comes("ledger")
    with working(values=quick):
        wait_until(lambda: not Credential.objects.filter(generation=1).exists() or not _lay(), seconds=60)
        wait_until(lambda: Credential.objects.filter(generation__gt=1).count() == many, seconds=60)
    assert outside.counted("ledger", "reuse_detected") == 0
    assert Connection.objects.filter(state="working").count() == len(made)


def _lay() -> int:
    Credential.objects.filter(generation=1).update(renew_at=now())
    return renewing.lay_due()


def _resident(pid: int) -> int:
    """Megabytes that a process has in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    return 0
