"""Processes of ours that ask for fresh tokens and can be killed at any moment: forked from one that waits for orders.

Each does one order and says in one line what became of it. Where a fault can't be brought about from outside, an order can
arm one: the process then ends itself at a given step, as by `kill -9`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import queue
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connections

from tallystick.connections import leases, renewing
from tallystick.connectors import catalogue, network, talking
from tests.support.loaded import loaded, put_in_place, settle_in, surroundings

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
    """Has everything loaded and no connection open, and forks a child for each order."""

    def __init__(self, database: dict[str, Any] | None = None) -> None:
        orders, self.orders = loaded().Pipe(duplex=False)
        self.answers, answers = loaded().Pipe(duplex=False)
        self.process = loaded().Process(target=_wait, args=(surroundings(database), orders, answers), daemon=True)
        self.process.start()
        orders.close()
        answers.close()
        self.results: dict[int, dict[str, Any]] = {}
        self.begun: queue.Queue[int] = queue.Queue()
        self.changed = threading.Condition()
        self.number = 0
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def begin(self, credential_id: UUID, callers: int = 1, *, arm: str = "", rounds: int = 1, **more: Any) -> Child:
        """A process in which so many callers ask at once, `rounds` times after one another."""
        self.number += 1
        order = {"number": self.number, "credential": credential_id, "callers": callers, "arm": arm}
        self.orders.send(order | {"rounds": rounds} | more)
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
        self.process.join()
        self.listener.join()
        self.orders.close()
        self.answers.close()

    def _listen(self) -> None:
        with suppress(EOFError):  # until nobody is left who could say anything
            while True:
                said = self.answers.recv()
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


def _wait(around: dict[str, Any], orders: Pipe, answers: Pipe) -> None:
    """What the process does from which the children are forked."""
    settle_in(around)
    catalogue.shelf()
    network._certificates()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with suppress(EOFError):
        while True:
            order = orders.recv()
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                answers.send(_done(order))
                os._exit(0)
            answers.send({"pid": pid})


def _done(order: dict[str, Any]) -> dict[str, Any]:
    if order["arm"]:
        _arm(order["arm"])
    put_in_place(order.get("set", {}))
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    for _round in range(order["rounds"]):
        outcomes.update(asyncio.run(_ask(order["credential"], order["callers"])))
    connections.close_all()
    time.sleep(order.get("linger", 0))
    return {"number": order["number"], "outcomes": outcomes, "slowest": time.monotonic() - began}


async def _ask(credential_id: UUID, callers: int) -> list[str]:
    return await asyncio.gather(*[_one(credential_id) for _caller in range(callers)])


async def _one(credential_id: UUID) -> str:
    try:
        access = await renewing.fresh(credential_id)
    except Exception as trouble:  # noqa: BLE001 - it is what the test wants to know
        return " ".join(filter(None, (type(trouble).__name__, getattr(trouble, "kind", ""))))
    return hashlib.sha256(access.token.encode()).hexdigest()[:16]


def _arm(step: str) -> None:
    """End this process at a step, as kill -9 would."""

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
