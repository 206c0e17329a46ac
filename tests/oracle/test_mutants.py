"""The worlds are searching enough: a decision with one operator changed is found out."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
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


def mutants() -> Iterator[tuple[str, str]]:
    """Each text with one operator changed, and where."""
    body = TEXT.index("$$")
    for before, after in CHANGES.items():
        for found in re.finditer(re.escape(before), TEXT):
            if found.start() > body:
                changed = TEXT[: found.start()] + after + TEXT[found.end() :]
                yield changed, f"{before!r} at {found.start()}: …{TEXT[found.start() - 60 : found.end() + 60]}…"


@pytest.mark.timeout(7200)
def test_nine_in_ten_changed_operators_are_found_out(rounds: Callable[[int, int], int]) -> None:
    every = list(mutants())
    chosen = Random(1).sample(every, k=rounds(2, len(every)))
    stop_the_clock()
    worlds = [World(seed) for seed in range(rounds(20, 60))]
    write(worlds)
    by_rules = {answer for world in worlds for answer in reached_by_the_rules(world)}
    survivors = [where for text, where in chosen if is_unnoticed(text, worlds, by_rules)]
    assert len(survivors) <= len(chosen) / 10, survivors


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
