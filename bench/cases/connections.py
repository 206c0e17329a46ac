"""Fresh tokens: read beside one row by its key, and 300 that are over at once at an app that takes 200 ms; a worker's memory.

The app is the sandbox, in a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import httpx2
from django.conf import settings
from django.db import connection

from bench import database
from bench import world as worlds
from bench.measuring import Comparison, Count, Effort, Measured, compare
from bench.world import World
from tallystick.config import lifeline
from tallystick.connections import renewing
from tallystick.connections.models import Connection, Credential, Lease
from tallystick.connectors import catalogue, talking
from tallystick.core.clock import now

CONNECTOR = "sandbox-till"
CALLERS = (1, 16, 64)
EXPIRED = 300
SLOW = 0.2
"""Seconds that the app takes for a token."""
BESIDE_A_READ = 3.0
"""Times one indexed read, at most: reading a token opens a seal on top."""
BESIDE_THE_CALLS = 6.0
"""Times the bare calls to the app, at most: the lease, what is written before asking, saving and sealing come on top, which
is the work of a core for about 5 ms each."""
MEMORY = 200.0
"""Megabytes of a worker that holds 300 slow calls, at most."""

_READ = "select id, business_id, connector from connections_credential where id = %s"


def measure(world: World, effort: Effort) -> Iterator[Measured]:
    """Reads, renewals, memory."""
    with _sandbox() as address:
        settings.SANDBOX_URL = address
        # As in a process that serves: connections are given back after each piece of work, and taken from a pool.
        connection.close()
        connection.settings_dict["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 80, "timeout": 30}
        catalogue.shelf.cache_clear()
        _forget()
        try:
            made = _credentials(address, EXPIRED if effort.calls >= 50 else 8)
            yield from _reads(made[0], effort)
            yield from _renewals(address, made, effort)
            yield from _worker(address, made)
        finally:
            _forget()
            settings.SANDBOX_URL = ""
            connection.close()
            connection.close_pool()
            del connection.settings_dict["OPTIONS"]["pool"]
            catalogue.shelf.cache_clear()


@dataclass(frozen=True)
class Callers:
    """A side: so many callers at once, in threads, each calling so many times; microseconds for one call of all."""

    callers: int
    times: int
    function: Callable[[], object]

    def __call__(self) -> float:
        """The time from the first call to the last answer, a call."""

        ready = Barrier(self.callers + 1)

        def call() -> None:
            self.function()
            ready.wait()
            for _time in range(self.times):
                self.function()
            ready.wait()
            connection.close()

        with ThreadPoolExecutor(self.callers) as threads:
            done = [threads.submit(call) for _caller in range(self.callers)]
            ready.wait()
            began = time.perf_counter()
            ready.wait()
            taken = time.perf_counter() - began
            for each in done:
                each.result()
        return 1e6 * taken / (self.callers * self.times)


def _reads(credential_id: UUID, effort: Effort) -> Iterator[Measured]:
    def read() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_READ, [credential_id])
            cursor.fetchone()

    def fresh() -> None:
        renewing.fresh_now(credential_id)

    for callers in CALLERS:
        times = max(effort.calls // callers, 2)
        who = f"{callers} callers" if callers > 1 else "1 caller"
        name, floor = f"A fresh token, {who}", "one row by its key"
        sides = (Callers(callers, times, read), Callers(callers, times, fresh))
        yield compare(Comparison(name, floor, *sides, bound=BESIDE_A_READ), effort.rounds)


def _renewals(address: str, made: list[UUID], effort: Effort) -> Iterator[Measured]:
    _switch(address, token={"slow": SLOW})
    connector = catalogue.get(CONNECTOR)
    secrets = [credential.opened() for credential in Credential.objects.filter(pk__in=made)]

    def bare() -> float:
        async def ask() -> None:
            calls = [talking.refresh(connector, {}, each["refresh"], each["kept"]) for each in secrets]
            await asyncio.gather(*calls)

        return _seconds(ask)

    def fresh() -> float:
        async def ask() -> None:
            await asyncio.gather(*[renewing.fresh(each) for each in made])

        _expire()
        return _seconds(ask)

    name, floor = f"{len(made)} expired at once, 200 ms an answer", f"{len(made)} bare calls"
    comparison = Comparison(name, floor, bare, fresh, unit="s", bound=BESIDE_THE_CALLS)
    yield compare(comparison, min(effort.rounds, 3))


def _seconds(work: Callable[[], Coroutine[None, None, None]]) -> float:
    began = time.perf_counter()
    asyncio.run(work())
    return time.perf_counter() - began


def _worker(address: str, made: list[UUID]) -> Iterator[Measured]:
    """One worker with as many renewals under way as there are credentials, each waiting for two seconds."""
    _switch(address, token={"slow": 2.0})
    _expire()
    before = dict(Credential.objects.values_list("pk", "generation"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tallystick", "worker"],
        env=os.environ | {"TALLYSTICK_SANDBOX_URL": address, lifeline.VARIABLE: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=(database.ROOT / ".data" / "bench" / "worker.log").open("wb"),
    )
    try:
        renewing.lay_due()
        end = time.monotonic() + 60
        while any(Credential.objects.get(pk=each).generation == before[each] for each in made):
            if time.monotonic() > end or process.poll() is not None:
                raise AssertionError("The worker did not renew them. Read .data/bench/worker.log.")
            time.sleep(0.2)
        yield Count(f"A worker that holds {len(made)} slow apps: most memory", "MB", _most_memory(process.pid), MEMORY)
    finally:
        process.terminate()
        process.wait()


def _most_memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _credentials(address: str, many: int) -> list[UUID]:
    """Consents of as many people, as if they had been connected just now."""
    business = worlds.identity("business", 1)
    moment = now()
    made = []
    for number in range(1, many + 1):
        asked = {"person": f"owner-{number}"}
        said = httpx2.post(f"{address}/switches/till/actions/make-consent", json=asked).json()["tokens"]
        credential = Credential(business_id=business, connector=CONNECTOR, obtained_at=moment)
        kept = {"merchant_id": said["merchant_id"]}
        credential.seal({"access": said["access_token"], "refresh": said["refresh_token"], "kept": kept, "inputs": {}})
        credential.access_ends_at = credential.renew_at = moment + timedelta(hours=1)
        credential.save()
        made.append(credential.pk)
    return made


def _expire() -> None:
    over = datetime(2020, 1, 1, tzinfo=UTC)
    Credential.objects.update(access_ends_at=over, renew_at=over)


def _switch(address: str, **groups: object) -> None:
    httpx2.patch(f"{address}/switches/till", json=groups).raise_for_status()


def _forget() -> None:
    Lease.objects.all().delete()
    Connection.objects.all().delete()
    Credential.objects.all().delete()


@contextmanager
def _sandbox() -> Iterator[str]:
    """The sandbox's address, for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tallystick.config.lifeline", "tallystick_sandbox", "--port", "0"],
        env=os.environ | {lifeline.VARIABLE: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[2]
    finally:
        process.terminate()
        process.wait()
