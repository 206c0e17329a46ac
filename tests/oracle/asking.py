"""The same questions put to the database, many at once, and to the oracle, one world after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection

from tallystick.core.access import SCOPES
from tallystick.core.decision import MAY, REASONS
from tests.oracle.evaluator import RULES, Knowledge, Rule, read_rules
from tests.oracle.worlds import NOW, World

Reached = tuple[UUID, str, datetime | None, UUID, UUID | None, str]
"""Member, scope, moment (None for now), organisation, partnership, and by what."""
Check = tuple[int, UUID, str, datetime | None, UUID]
"""World, member, scope, moment, organisation."""

THE_RULES = read_rules(RULES.read_text())
ASKED = (*SCOPES, "nothing")
"""Every scope, and one that there is not."""

_STAND_STILL = f"""
create or replace function tallystick_now() returns timestamptz language plpgsql stable parallel safe
as 'begin return timestamptz ''{NOW.isoformat()}''; end'
"""
# Thousands of questions in one statement: without these the planner computes each branch for everybody, again and again.
_MANY_QUESTIONS = "set local enable_seqscan = off; set local enable_material = off"


def stop_the_clock() -> None:
    """The one clock says `NOW` until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STAND_STILL)


def reached_by_the_rules(world: World, rules: list[Rule] = THE_RULES) -> Iterator[Reached]:
    """What the oracle says of every member, scope and organisation, now and at some moments."""
    for at in [None, *world.moments]:
        knowledge = Knowledge(rules, world.rows, at, NOW)
        for member in world.rows["Member"]:
            found: set[Any] = knowledge.ask("reaches", member, None, None, None, None)
            for _member, scope, organisation, partnership, via in found:
                yield member["id"], scope, at, organisation, partnership, via


def reached_by_the_list(worlds: list[World]) -> set[Reached]:
    """What the list says: the text that pages and the API use, asked for many members at once."""
    questions = [
        (member["id"], scope, at)
        for world in worlds
        for member in world.rows["Member"]
        for at in [None, *world.moments]
        for scope in ASKED
    ]
    found: set[Reached] = set()
    for those, moment in (("moment is null", "null"), ("moment is not null", "asked.moment")):
        found |= _ask(
            "select asked.*, reach.organisation_id, reach.partnership_id, reach.via"
            " from unnest(%s::uuid[], %s::text[], %s::timestamptz[]) asked(member, scope, moment)"
            f" cross join lateral ({REASONS % ('asked.member', 'asked.scope', moment)}) reach where {those}",
            questions,
        )
    return found


def checks(worlds: list[World]) -> list[Check]:
    """Every member, scope and moment with every organisation of the world."""
    return [
        (world.seed, member["id"], scope, at, organisation["id"])
        for world in worlds
        for member in world.rows["Member"]
        for at in [None, *world.moments]
        for scope in ASKED
        for organisation in world.rows["Organisation"]
    ]


def allowed_by_the_check(asked: list[Check]) -> set[Check]:
    """Those of them to which the check says yes."""
    text = MAY % ("asked.member", "asked.organisation", "asked.scope", "asked.moment")
    return _ask(
        "select asked.* from unnest(%s::int[], %s::uuid[], %s::text[], %s::timestamptz[], %s::uuid[])"
        f" asked(world, member, scope, moment, organisation) where ({text})",
        asked,
    )


def some_of(asked: list[Check], share: float) -> list[Check]:
    """A part of the questions, the same each time."""
    return Random(1).sample(asked, k=round(len(asked) * share))


def _ask(statement: str, questions: Iterable[tuple[Any, ...]]) -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(_MANY_QUESTIONS)
        cursor.execute(statement, [list(column) for column in zip(*questions, strict=True)])
        return set(cursor.fetchall())
