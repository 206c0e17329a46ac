"""In random worlds the list, the check and the oracle say the same, now and then, by whichever way they are asked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import psycopg
import pytest
from django.db import connection

from tallystick.core import decision
from tallystick.core.access import SCOPES, may, reached_by
from tallystick.core.actor import Actor
from tallystick.organisations.models import Organisation
from tallystick.organisations.roles import BUSINESS_ROLES, BUSINESS_SCOPES, LEADING
from tallystick.partnerships.models import Partnership
from tests.oracle.asking import (
    ASKED,
    THE_RULES,
    allowed_by_the_check,
    checks,
    reached_by_the_list,
    reached_by_the_rules,
    some_of,
    stop_the_clock,
)
from tests.oracle.evaluator import Knowledge, Row, Rule
from tests.oracle.worlds import NOW, World, write

pytestmark = pytest.mark.django_db
Rounds = Callable[[int, int], int]

BATCH = 40
HOLDS_MANY = """
create or replace function tallystick_holds_many(of_member uuid) returns boolean language sql stable as 'select %s'
"""


def written(count: int) -> Iterator[list[World]]:
    """So many worlds, some at a time, each time these and no others in the database."""
    stop_the_clock()
    for start in range(0, count, BATCH):
        worlds = [World(seed) for seed in range(start, min(start + BATCH, count))]
        write(worlds)
        yield worlds


@pytest.mark.timeout(7200)
def test_the_list_is_what_the_rules_say(rounds: Rounds) -> None:
    for worlds in written(rounds(60, 10_000)):
        by_rules = {answer for world in worlds for answer in reached_by_the_rules(world)}
        assert reached_by_the_list(worlds) ^ by_rules == set()


@pytest.mark.timeout(7200)
def test_the_check_is_what_the_rules_say(rounds: Rounds) -> None:
    for worlds in written(rounds(60, 10_000)):
        asked = some_of(checks(worlds), rounds(5, 100) / 100)
        by_rules = {answer[:4] for world in worlds for answer in reached_by_the_rules(world)}
        assert allowed_by_the_check(asked) ^ {check for check in asked if check[1:] in by_rules} == set()


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("holds_many", [False, True])
def test_pages_list_what_the_rules_say(rounds: Rounds, *, holds_many: bool) -> None:
    """However the list goes about it: from what somebody holds, or row by row for who holds many grants."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDS_MANY, [holds_many])
    for worlds in written(rounds(30, 10_000)):
        for world in worlds:
            knowledge = Knowledge(THE_RULES, world.rows, None, NOW)
            for member in Random(world.seed).sample(world.rows["Member"], k=2):
                reached = knowledge.ask("reaches", member, "see", None, None, None)
                actor = acting(knowledge, member)
                shown = Organisation.objects.visible_to(actor).values_list("pk", flat=True)
                assert set(shown) == {each[2] for each in reached}, (world.seed, member)
                assert clients_of(actor) == clients_by(reached, world, actor), (world.seed, member)


def acting(knowledge: Knowledge, member: Row) -> Actor:
    """The member as an actor, with the role that the member's row says now."""
    roles = [row["role"] for row in knowledge.live("MemberRole") if row["member"] == member["id"]]
    at_work = knowledge.ask("at_work", member)
    role = roles[0] if roles and at_work else ""
    tenant = member["firm"] or member["business"]
    return Actor(member["side"], member["person"], member["id"], tenant, role)


def clients_of(actor: Actor) -> set[object]:
    return set(Partnership.objects.visible_to(actor).values_list("pk", flat=True))


def clients_by(reached: set[tuple[object, ...]], world: World, actor: Actor) -> set[object]:
    """A firm's member: those through which they reach anything. A business's owners and admins: the business's."""
    if actor.side == "firm":
        return {each[3] for each in reached}
    leading = actor.role in LEADING
    return {row["id"] for row in world.rows["Partnership"] if leading and row["business"] == actor.business_id}


def test_one_question_gets_one_answer_by_django_and_by_plain_psycopg(rounds: Rounds) -> None:
    for worlds in written(rounds(20, 1_000)):
        by_rules = {answer[:4] for world in worlds for answer in reached_by_the_rules(world)}
        yes = [check for check in checks(worlds) if check[1:] in by_rules]
        for check in [*some_of(checks(worlds), 40 / len(checks(worlds))), *some_of(yes, 40 / len(yes))]:
            _world, member, scope, at, organisation = check
            said = check[1:] in by_rules
            assert may(member, organisation, scope, at) == said, check
            plain = psycopg.Cursor(connection.connection)
            assert plain.execute(decision.MAY, (member, organisation, scope, at)).fetchone() == (said,), check
            listed = {row[0] for row in plain.execute(decision.REACHED, (member, scope, at)).fetchall()}
            assert (organisation in listed) == said, check
            actor = Actor("firm", member_id=member)
            assert Organisation.objects.filter(pk=organisation, pk__in=reached_by(actor, scope, at)).exists() == said


def test_nobody_reaches_nothing() -> None:
    assert not may(None, World(1).rows["Organisation"][0]["id"], "see")
    assert not Organisation.objects.visible_to(Actor("person")).exists()


def test_every_line_of_the_rules_matters() -> None:
    worlds = [World(seed) for seed in range(200)]
    for number, rule in enumerate(THE_RULES):
        for place, line in enumerate(rule.lines):
            without = replace(rule, lines=rule.lines[:place] + rule.lines[place + 1 :])
            changed = [*THE_RULES[:number], without, *THE_RULES[number + 1 :]]
            assert any(differs(world, changed) for world in worlds), f"{rule.name}: {line}"


def differs(world: World, rules: list[Rule]) -> bool:
    try:
        return set(reached_by_the_rules(world, rules)) != set(reached_by_the_rules(world))
    except LookupError:  # it said what later lines speak of
        return True


def test_the_function_is_inlined_so_that_lists_use_its_indexes() -> None:
    actor = Actor("firm", member_id=World(1).rows["Member"][0]["id"])
    plan = Organisation.objects.filter(pk__in=reached_by(actor)).explain()
    assert "tallystick_reach" not in plan
    assert "Function Scan" not in plan
    assert "partnerships_grant" in plan


def test_the_check_asks_through_indexes_however_many_rows_there_are() -> None:
    for _worlds in written(BATCH):
        with connection.cursor() as cursor:
            cursor.execute("set local enable_seqscan = off")
            cursor.execute(f"explain {decision.REACHED}", [World(1).rows["Member"][0]["id"], "see", None])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan" not in plan


def test_the_texts_need_no_django() -> None:
    ask = "import sys, tallystick.core.decision as d; assert d.MAY and d.REACHED and 'django' not in sys.modules"
    source = Path(decision.__file__).parents[2]
    subprocess.run([sys.executable, "-c", ask], check=True, env={"PYTHONPATH": str(source)})


def test_the_table_of_the_business_is_what_the_decision_says() -> None:
    stop_the_clock()
    worlds = [World(seed) for seed in range(len(BUSINESS_ROLES))]
    seats = {role: one_seat(world, role) for role, world in zip(BUSINESS_ROLES, worlds, strict=True)}
    write(worlds)
    for role, world in zip(BUSINESS_ROLES, worlds, strict=True):
        member, organisation = seats[role]
        knowledge = Knowledge(THE_RULES, world.rows, None, NOW)
        for scope in ASKED:
            expected = scope in BUSINESS_SCOPES[role]
            assert may(member["id"], organisation["id"], scope) == expected, (role, scope)
            assert bool(knowledge.ask("reaches", member, scope, organisation, None, None)) == expected, (role, scope)


def one_seat(world: World, role: str) -> tuple[Row, Row]:
    """A business's member in this role, at work, with a place at one of its organisations."""
    always = {"since": NOW, "until": None, "closed_at": None}
    member = [row for row in world.rows["Member"] if row["business"]][-1]  # earlier ones may stand closed before it
    organisation = next(row for row in world.rows["Organisation"] if row["business"] == member["business"])
    member.update(always)
    organisation.update(always)
    for kind in ("MemberRole", "MemberSuspension", "MemberOrganisation"):
        world.rows[kind][:] = [row for row in world.rows[kind] if row["member"] != member["id"]]
    world.add("MemberRole", member=member["id"], side="business", role=role, **always)
    place = {"member": member["id"], "business": member["business"], "organisation": organisation["id"]}
    world.add("MemberOrganisation", **place, **always)
    return member, organisation


def test_every_scope_is_in_the_table_of_an_owner() -> None:
    assert set(BUSINESS_SCOPES["owner"]) == set(SCOPES)
    assert set(BUSINESS_SCOPES) == set(BUSINESS_ROLES)
