"""Whether the time of an answer tells known addresses from unknown ones (quality bar 14)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from django.test import Client

from bench import world as worlds
from bench.measuring import Count, Effort
from bench.world import World

BOUND = 5.0
"""Milliseconds between the medians at most."""

_PASSWORD_TRIES = 5  # hashing is slow on purpose: a fifth of the tries


def measure(world: World, effort: Effort) -> Iterator[Count]:
    """Asking for a code, and trying a password: known and unknown addresses by turns.

    By the clock, as somebody outside would measure, and in processor time, which a busy machine disturbs less.
    """
    known = min(worlds.WITH_ADDRESS, world.businesses)
    for name, path, tries, fields in (
        ("code", "/sign-in/", effort.tries, {}),
        ("password", "/sign-in/password/", max(effort.tries // _PASSWORD_TRIES, 2), {"password": "not the one at all"}),
    ):
        answers: dict[bool, list[_Answer]] = {True: [], False: []}
        for number in range(tries):
            for is_known in (True, False) if number % 2 else (False, True):
                address = worlds.address(number % known + 1) if is_known else f"owner-{10**6 + number}@business.example"
                answers[is_known].append(_try(path, {"address": address, **fields}))
        statuses = {answer.status for each in answers.values() for answer in each}
        if len(statuses) != 1:
            raise AssertionError(f"{path} answers known and unknown addresses differently: {statuses}")
        said = f"Sign-in by {name}: known or unknown,"
        yield Count(f"{said} {tries:,} tries each", "ms apart", _apart(answers, lambda one: one.taken), BOUND)
        yield Count(f"{said} processor time", "ms apart", _apart(answers, lambda one: one.worked), BOUND)
        yield Count(f"Sign-in by {name}: one try", "ms", median(one.taken for one in answers[True]))


@dataclass(frozen=True)
class _Answer:
    """One try's answer: how long it took and how much work it was, in milliseconds, and its status."""

    taken: float
    worked: float
    status: int


def _apart(answers: dict[bool, list[_Answer]], figure: Callable[[_Answer], float]) -> float:
    """The difference of the medians."""
    return abs(median(map(figure, answers[True])) - median(map(figure, answers[False])))


def _try(path: str, fields: dict[str, str]) -> _Answer:
    """One try from a browser and a network of its own."""
    source = ".".join(str(random.randint(1, 250)) for _part in range(4))
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR=source)
    began, began_to_work = time.perf_counter(), time.process_time()
    status = client.post(path, fields).status_code
    return _Answer((time.perf_counter() - began) * 1000, (time.process_time() - began_to_work) * 1000, status)
