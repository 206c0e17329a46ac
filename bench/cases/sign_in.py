"""Whether the time of an answer tells known addresses from unknown ones (quality bar 14)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from statistics import median

from django.test import Client

from bench import world as worlds
from bench.measuring import Count, Effort, duration
from bench.world import World

BOUND = 5.0
"""Milliseconds between the medians at most."""

_PASSWORD_TRIES = 5  # hashing is slow on purpose: a fifth of the tries


def measure(world: World, effort: Effort) -> Iterator[Count]:
    """Asking for a code, and trying a password: known and unknown addresses by turns."""
    known = min(worlds.WITH_ADDRESS, world.businesses)
    for name, path, tries, fields in (
        ("code", "/sign-in/", effort.tries, {}),
        ("password", "/sign-in/password/", max(effort.tries // _PASSWORD_TRIES, 2), {"password": "not the one at all"}),
    ):
        times: dict[bool, list[float]] = {True: [], False: []}
        statuses = set()
        for number in range(tries):
            for is_known in (True, False) if number % 2 else (False, True):
                address = worlds.address(number % known + 1) if is_known else f"owner-{10**6 + number}@business.example"
                taken, status = _try(path, {"address": address, **fields})
                times[is_known].append(taken)
                statuses.add((is_known, status))
        if len({status for _known, status in statuses}) != 1:
            raise AssertionError(f"{path} answers known and unknown addresses differently: {statuses}")
        apart = abs(median(times[True]) - median(times[False])) / 1000
        yield Count(f"Sign-in by {name}: known or unknown, medians of {tries:,} tries apart", "ms", apart, BOUND)
        yield Count(f"Sign-in by {name}: one try", "ms", median(times[True]) / 1000)


def _try(path: str, fields: dict[str, str]) -> tuple[float, int]:
    """One try from a browser and a network of its own: how long it took, in microseconds, and the status."""
    source = ".".join(str(random.randint(1, 250)) for _part in range(4))
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR=source)
    answers = []
    taken = duration(lambda: answers.append(client.post(path, fields).status_code))
    return taken, answers[0]
