"""The worlds are searching enough: a decision with one operator changed is found out."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from random import Random

import pytest
from django.db import OperationalError, connection, transaction

from tests.oracle.asking import Reached, reached_by_the_list, reached_by_the_rules, stop_the_clock
from tests.oracle.worlds import World, write

pytestmark = pytest.mark.django_db

REACH: str = importlib.import_module("tallystick.partnerships.migrations.0003_decision").REACH
TEXT = REACH[: REACH.index("create function tallystick_may")].replace("create function", "create or replace function")
CHANGES = {
    " <= ": " < ",
    " > ": " >= ",
    " is null": " is not null",
    "not exists": "exists",
    " not t.": " t.",
    "= any(": "<> all(",
    " and ": " or ",
    " or ": " and ",
    "role in (": "role not in (",
}


Mutant = tuple[str, str]
"""A text with one operator changed, and where."""
BATCHES = (5, 15, 20, 20, 60, 60)
"""How many worlds a mutant meets at a time: the few that live on after the first meet the next."""


def mutants() -> Iterator[list[Mutant]]:
    """Every operator changed, one in each text; those that stood for the same operator together."""
    body = TEXT.index("$$")
    for before, after in CHANGES.items():
        yield [
            (
                TEXT[: found.start()] + after + TEXT[found.end() :],
                f"{before!r} at {found.start()}: …{TEXT[found.start() - 60 : found.end() + 60]}…",
            )
            for found in re.finditer(re.escape(before), TEXT)
            if found.start() > body
        ]


@pytest.mark.timeout(7200)
def test_nine_in_ten_changed_operators_are_found_out(rounds: Callable[[int, int], int]) -> None:
    """In short, a few of each operator meet the first forty worlds, and two in three must be found out there."""
    dice = Random(1)
    chosen = [each for like in mutants() for each in dice.sample(like, k=min(len(like), rounds(3, len(like))))]
    survivors = survivors_of(chosen, BATCHES[: rounds(3, len(BATCHES))])
    assert len(survivors) <= len(chosen) / rounds(3, 10), [where for _text, where in survivors]


def survivors_of(chosen: list[Mutant], batches: Iterable[int]) -> list[Mutant]:
    """Those that answer like the rules in all these worlds."""
    stop_the_clock()
    first = 0
    for size in batches:
        worlds = [World(seed) for seed in range(first, first + size)]
        first += size
        write(worlds)
        by_rules = {answer for world in worlds for answer in reached_by_the_rules(world)}
        chosen = [mutant for mutant in chosen if is_unnoticed(mutant[0], worlds, by_rules)]
    return chosen


def is_unnoticed(text: str, worlds: list[World], by_rules: set[Reached]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = '2s'")
            cursor.execute(text)
            answer = reached_by_the_list(worlds)
            transaction.set_rollback(True)
    except OperationalError:  # it joins everything with everything
        return False
    return answer == by_rules
