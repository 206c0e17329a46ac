"""Comparing: a floor and a product, by turns in one run, over several rounds. What counts is their ratio."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Protocol

WARM_UP = 20
"""Calls before the first one that counts: connections, caches, plans kept for a session."""


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` says how many times as long the product takes as the floor, the median of the rounds;
    `lowest` and `highest` are those of single rounds. `bound` is what it may be at most, None where nothing was promised."""

    name: str
    floor_name: str
    unit: str
    floor: float
    product: float
    ratio: float
    lowest: float
    highest: float
    bound: float | None = None

    @property
    def holds(self) -> bool:
        """Is it within its bound?"""
        return self.bound is None or self.ratio <= self.bound


@dataclass(frozen=True)
class Count:
    """One line that is no ratio: a plain figure and what it may be at most."""

    name: str
    unit: str
    figure: float
    bound: float | None = None

    @property
    def holds(self) -> bool:
        """Is it within its bound?"""
        return self.bound is None or self.figure <= self.bound


class Side(Protocol):
    """One side of a comparison: measured once a round."""

    def __call__(self) -> float:
        """The time of one answer, in the unit of its row."""


@dataclass(frozen=True)
class Comparison:
    """A floor and a product, to be measured by turns."""

    name: str
    floor_name: str
    floor: Side
    product: Side
    unit: str = "µs"
    bound: float | None = None


@dataclass(frozen=True)
class Calls:
    """A side that calls a function so many times and takes the median, in microseconds."""

    function: Callable[[], object]
    times: int = 200

    def __call__(self) -> float:
        """The median time of a call."""
        return median(duration(self.function) for _call in range(self.times))


def duration(function: Callable[[], object]) -> float:
    """How long one call takes, in microseconds."""
    began = time.perf_counter_ns()
    function()
    return (time.perf_counter_ns() - began) / 1000


def compare(comparison: Comparison, rounds: int) -> Row:
    """Measure floor and product by turns, the first of a round changing from round to round."""
    floors: list[float] = []
    products: list[float] = []
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        sides = [(comparison.floor, floors), (comparison.product, products)]
        for side, figures in sides if number % 2 == 0 else reversed(sides):
            figures.append(side())
    ratios = [product / floor for floor, product in zip(floors, products, strict=True)]
    return Row(
        comparison.name,
        comparison.floor_name,
        comparison.unit,
        median(floors),
        median(products),
        median(ratios),
        min(ratios),
        max(ratios),
        comparison.bound,
    )


def calls(
    name: str,
    floor_name: str,
    floor: Callable[[], object],
    product: Callable[[], object],
    *,
    times: int,
    bound: float | None = None,
) -> Comparison:
    """A comparison of two functions, warmed up."""
    for function in (floor, product):
        for _call in range(min(WARM_UP, times)):
            function()
    return Comparison(name, floor_name, Calls(floor, times), Calls(product, times), bound=bound)


Measured = Row | Count
Case = Callable[["Effort"], Iterator[Measured]]
"""A part of the bench: yields its lines as they are measured."""


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds, calls a round, seconds of load a round, tries at signing in."""

    rounds: int
    calls: int
    seconds: float
    tries: int


FULL = Effort(rounds=7, calls=200, seconds=1.5, tries=1_000)
QUICK = Effort(rounds=3, calls=50, seconds=0.5, tries=100)
SANITY = Effort(rounds=1, calls=2, seconds=0.05, tries=4)
