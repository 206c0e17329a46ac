"""A real worker in a process of its own, on the test's database, that can be killed."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import reduction
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection

from tests.support.gate import Gate
from tests.support.loaded import loaded, put_in_place, settle_in, surroundings

QUICK = {"heartbeat": 0.2, "stale": 1.2, "poll": 0.2, "tick": 0.2, "grace": 0.8, "farewell": 20, "longest_pause": 0.5}
"""A pace at which a dead worker is missed after a second."""


class WorkerProcess:
    """A worker at a quick pace. `modules` are imported in it, to register handlers of tests; `values` are set in
    modules, by dotted name, to shorten waits. It reaches the database through the `gate`, if there is one."""

    at_work: ClassVar[set[WorkerProcess]] = set()
    """Those who were neither killed nor told to stop."""

    def __init__(self, *modules: str, values: dict[str, float] | None = None, gate: Gate | None = None) -> None:
        around = surroundings({} if gate is None else {"HOST": "127.0.0.1", "PORT": gate.port})
        orders = {**around, "modules": modules, "set": values or {}}
        self.process = loaded().Process(target=_work, args=(orders, _Output(1), _Output(2)), daemon=True)
        self.process.start()
        self.at_work.add(self)

    @property
    def pid(self) -> int:
        """Its number."""
        assert self.process.pid is not None
        return self.process.pid

    def is_there(self) -> bool:
        """Does it still run?"""
        return self.process.is_alive()

    def kill(self) -> None:
        """kill -9."""
        self.at_work.discard(self)
        self.process.kill()
        self.process.join()

    def stop(self, patience: float = 25) -> int:
        """SIGTERM; the exit code."""
        self.at_work.discard(self)
        self.process.terminate()
        self.process.join(patience)
        assert self.process.exitcode is not None, f"The worker has not stopped within {patience} s."
        return self.process.exitcode


@contextmanager
def working(*modules: str, values: dict[str, float] | None = None, gate: Gate | None = None) -> Iterator[WorkerProcess]:
    """A worker for the length of a block."""
    worker = WorkerProcess(*modules, values=values, gate=gate)
    try:
        yield worker
    finally:
        if worker.is_there():
            worker.stop()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so; fail when it isn't in time."""
    began = time.monotonic()
    while not true():
        waited = time.monotonic() - began
        assert waited < seconds, f"Not so within {seconds} s."
        time.sleep(min(max(0.02, waited / 50), 1))  # whoever waits long does not ask all the time


def jobs_left() -> int:
    """How many jobs are waiting or being done."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where status in ('todo', 'doing')")
        (count,) = cursor.fetchone() or (0,)
    return int(count)


class _Output:
    """Where we write, for the other process to write there too: what a test catches is of the moment when it began."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Callable[[Any], int], tuple[Any]]:
        return _received, (reduction.DupFd(self.number),)


def _received(output: Any) -> int:
    number: int = output.detach()
    return number


def _work(orders: dict[str, Any], *outputs: int) -> None:
    """What such a process does."""
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
    settle_in(orders)
    settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 40, "timeout": 5}
    put_in_place(orders["set"])
    for module in orders["modules"]:
        importlib.import_module(module)
    from tallystick.jobs.worker import Pace, run_worker

    run_worker(Pace(**QUICK))
