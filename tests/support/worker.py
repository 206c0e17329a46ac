"""A real worker in a process of its own, on the test's database, that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import connection

from tests.support.gate import Gate

_ROOT = Path(__file__).resolve().parents[2]
SHARED = ("SECRET_KEYS", "VAULT_KEYS", "BASE_URL", "EMAIL_URL", "SANDBOX_URL")
"""Settings that the worker has as the test has them."""
QUICK = {"heartbeat": 0.2, "stale": 1.2, "poll": 0.2, "tick": 0.2, "grace": 0.8, "farewell": 20, "longest_pause": 0.5}
"""A pace at which a dead worker is missed after a second."""


class WorkerProcess:
    """A worker at a quick pace. `modules` are imported in it, to register handlers of tests; `values` are set in
    modules, by dotted name, to shorten waits. It reaches the database through the `gate`, if there is one."""

    at_work: ClassVar[set[WorkerProcess]] = set()
    """Those who were neither killed nor told to stop."""

    def __init__(self, *modules: str, values: dict[str, float] | None = None, gate: Gate | None = None) -> None:
        wanted = connection.settings_dict
        database = {key: wanted[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")}
        if gate is not None:
            database |= {"HOST": "127.0.0.1", "PORT": gate.port}
        shared = {name: getattr(settings, name) for name in SHARED} | {"DATA_DIR": str(settings.DATA_DIR)}
        orders = {"database": database, "settings": shared, "modules": modules, "pace": QUICK, "set": values or {}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.worker", json.dumps(orders)],
            cwd=_ROOT,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            # Set so that the settings look for no database of their own; the orders name the one to use.
            | {"TALLYSTICK_TEST_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        )
        self.at_work.add(self)

    def kill(self) -> None:
        """kill -9."""
        self.at_work.discard(self)
        self.process.kill()
        self.process.wait()

    def stop(self, patience: float = 25) -> int:
        """SIGTERM; the exit code."""
        self.at_work.discard(self)
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience)


@contextmanager
def working(*modules: str, values: dict[str, float] | None = None, gate: Gate | None = None) -> Iterator[WorkerProcess]:
    """A worker for the length of a block."""
    worker = WorkerProcess(*modules, values=values, gate=gate)
    try:
        yield worker
    finally:
        if worker.process.poll() is None:
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


def _main() -> None:
    import importlib

    import django

    orders = json.loads(sys.argv[1])
    settings.DATABASES["default"].update(orders["database"])
    settings.DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 40, "timeout": 5}
    for name, value in orders["settings"].items():
        setattr(settings, name, value)
    django.setup()
    for name, value in orders["set"].items():
        module, _, attribute = name.rpartition(".")
        setattr(importlib.import_module(module), attribute, value)
    for module in orders["modules"]:
        importlib.import_module(module)
    from tallystick.jobs.worker import Pace, run_worker

    run_worker(Pace(**orders["pace"]))


if __name__ == "__main__":
    _main()
