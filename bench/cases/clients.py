"""The first page of "my clients": how many queries, and whether it stays flat as the firm grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.cases.members import WAYS, actor
from bench.measuring import Count, Effort, Measured, calls, compare
from bench.world import World
from tallystick.partnerships.models import Partnership
from tallystick.web.paging import ROWS

QUERIES = 3
"""At most so many for the list."""

FLAT = 1.5
"""The largest firm's list takes at most so many times as long as the smallest's: what is measured wobbles by a fifth."""


def measure(world: World, effort: Effort) -> Iterator[Measured]:
    """The list for each way of reaching clients: the largest firm beside the smallest."""
    smallest, largest = world.measured[0], world.measured[-1]
    for way in WAYS:
        few, many = (_first_page(world.firm_of(clients), way) for clients in (smallest, largest))
        with CaptureQueriesContext(connection) as queries:
            many()
        yield Count(f"My clients, queries: {way}", "queries", len(queries), QUERIES)
        comparison = calls(
            f"My clients, {largest:,}: {way}",
            f"{smallest:,} clients",
            few,
            many,
            times=max(effort.calls // 5, 1),
            bound=FLAT,
        )
        yield compare(comparison, effort.rounds)


def _first_page(firm: int, way: str) -> Callable[[], list[Partnership]]:
    who = actor(firm, way)
    return lambda: list(Partnership.objects.visible_to(who).after(None)[: ROWS + 1])
