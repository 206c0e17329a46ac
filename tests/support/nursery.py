"""Processes of ours that ask for fresh tokens and can be killed at any moment: forked from one that has everything loaded.

Each does one order and says in one line what became of it. Where a fault can't be brought about from outside, an order can
arm one: the process then ends itself at a given step, as by `kill -9`.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from tests.support.worker import SHARED

_ROOT = Path(__file__).resolve().parents[2]
STEPS = ("after_taking", "after_sending", "before_saving", "after_saving")
"""Where a process can be told to end itself."""


@dataclass
class Child:
    """A process that does one order."""

    number: int
    pid: int
    nursery: Nursery

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)

    def result(self, seconds: float = 90) -> dict[str, Any] | None:
        """What became of its order: `outcomes` (how often each token, by digest, or each exception), `slowest`. None when
        it was killed before it could say.
        """
        return self.nursery.result_of(self, seconds)


class Nursery:
    """Has Django loaded and no connection open, and forks a child for each order."""

    def __init__(self, database: dict[str, Any] | None = None) -> None:
        wanted = {**connection.settings_dict, **(database or {})}
        shared = {name: getattr(settings, name) for name in SHARED} | {"DATA_DIR": str(settings.DATA_DIR)}
        orders = {
            "database": {key: wanted[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")},
            "settings": shared,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery", json.dumps(orders)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            | {"TALLYSTICK_TEST_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        )
        self.results: dict[int, dict[str, Any]] = {}
        self.begun: queue.Queue[int] = queue.Queue()
        self.changed = threading.Condition()
        self.number = 0
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def begin(self, credential_id: UUID, callers: int = 1, *, arm: str = "", rounds: int = 1, **more: Any) -> Child:
        """A process in which so many callers ask at once, `rounds` times after one another."""
        self.number += 1
        order = {"number": self.number, "credential": str(credential_id), "callers": callers, "arm": arm}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order | {"rounds": rounds} | more).encode() + b"\n")
        self.process.stdin.flush()
        return Child(self.number, self.begun.get(timeout=60), self)

    def result_of(self, child: Child, seconds: float) -> dict[str, Any] | None:
        end = time.monotonic() + seconds
        with self.changed:
            while child.number not in self.results:
                assert time.monotonic() < end, f"No word of a caller within {seconds} s."
                if not Path(f"/proc/{child.pid}").exists():
                    self.changed.wait(0.3)
                    return self.results.get(child.number)
                self.changed.wait(0.05)
            return self.results[child.number]

    def end(self) -> None:
        """All of them."""
        self.process.kill()
        self.process.wait()
        self.listener.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = json.loads(line)
            if "pid" in said:
                self.begun.put(said["pid"])
                continue
            with self.changed:
                self.results[said["number"]] = said
                self.changed.notify_all()


@contextmanager
def nursery(database: dict[str, Any] | None = None) -> Iterator[Nursery]:
    """A nursery for the length of a block."""
    made = Nursery(database)
    try:
        yield made
    finally:
        made.end()


def _main() -> None:
    import django

    orders = json.loads(sys.argv[1])
    settings.DATABASES["default"].update(orders["database"])
    for name, value in orders["settings"].items():
        setattr(settings, name, value)
    django.setup()
    from tallystick.connections import renewing  # noqa: F401 - loaded before the forks
    from tallystick.connectors import catalogue, network

    catalogue.shelf()
    network._certificates()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _do(order)
            os._exit(0)
        _say({"pid": pid})


def _do(order: dict[str, Any]) -> None:
    import asyncio

    from django.db import connections

    if order["arm"]:
        _arm(order["arm"])
    for dotted, value in order.get("set", {}).items():
        module, _, attribute = dotted.rpartition(".")
        setattr(sys.modules[module], attribute, value)
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    for _round in range(order["rounds"]):
        outcomes.update(asyncio.run(_ask(UUID(order["credential"]), order["callers"])))
    connections.close_all()
    time.sleep(order.get("linger", 0))
    _say({"number": order["number"], "outcomes": outcomes, "slowest": time.monotonic() - began})


async def _ask(credential_id: UUID, callers: int) -> list[str]:
    import asyncio

    return await asyncio.gather(*[_one(credential_id) for _caller in range(callers)])


async def _one(credential_id: UUID) -> str:
    import hashlib

    from tallystick.connections import renewing

    try:
        access = await renewing.fresh(credential_id)
    except Exception as trouble:  # noqa: BLE001 - it is what the test wants to know
        return " ".join(filter(None, (type(trouble).__name__, getattr(trouble, "kind", ""))))
    return hashlib.sha256(access.token.encode()).hexdigest()[:16]


def _arm(step: str) -> None:
    """End this process at a step, as kill -9 would."""
    from tallystick.connections import leases
    from tallystick.connectors import talking

    def end(*_args: Any, **_kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    async def end_asking(*_args: Any, **_kwargs: Any) -> None:
        end()

    def then_end(work: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: end(work(*args, **kwargs))

    place, name, instead = {
        "after_taking": (leases, "take", then_end(leases.take)),
        "after_sending": (talking, "refresh", end_asking),
        "before_saving": (leases, "save", end),
        "after_saving": (leases, "save", then_end(leases.save)),
    }[step]
    setattr(place, name, instead)


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    _main()
