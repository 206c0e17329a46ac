"""`tallystick doctor`: one line for each thing it looked at, on to the next after a failure, and what is to mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection

from tallystick.config import checks, cli, processes
from tallystick.config.environment import Environment
from tests.support.serving import as_owner

pytestmark = pytest.mark.django_db

LOOKED_AT = ["settings", *(check.__name__.replace("_", " ") for check in checks.CHECKS), "able to work"]

Examine = Callable[[Environment], tuple[int, list[str], str]]


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Examine:
    """`examine(environment)` is the doctor's end, its lines, and its last word; a worker was heard of just now."""
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (tallystick_now())")

    def run(environment: Environment) -> tuple[int, list[str], str]:
        monkeypatch.setattr(processes, "set_up", lambda: environment)
        end = cli.main(["doctor"])
        said = capsys.readouterr()
        return end, said.out.splitlines(), said.err

    return run


def test_a_doctor_says_yes_to_each_thing_that_is_well(examine: Examine, serving: Environment) -> None:
    assert examine(serving) == (0, [f"yes   {name}" for name in LOOKED_AT], "")


def test_a_doctor_names_what_is_to_mend_and_looks_on(examine: Examine, serving: Environment) -> None:
    end, lines, last = examine(as_owner(serving))
    assert end == 1
    assert [line[6:].partition(":")[0] for line in lines] == LOOKED_AT
    (no,) = [line for line in lines if not line.startswith("yes   ")]
    assert no.startswith("NO    the serving role owns nothing: TALLYSTICK_DATABASE_URL is ")
    assert last == "tallystick: 1 to mend: the serving role owns nothing.\n"


def test_a_doctor_counts_all_that_a_database_out_of_reach_keeps_it_from(examine: Examine, serving: Environment) -> None:
    gone = replace(serving, database_url="postgresql://tallystick:hunter2@127.0.0.1:1/books")
    end, lines, last = examine(gone)
    noes = [line[6:].partition(":")[0] for line in lines if line.startswith("NO")]
    assert noes == LOOKED_AT[1:5]
    assert (end, last) == (1, f"tallystick: 4 to mend: {', '.join(noes)}.\n")
    assert "hunter2" not in "".join(lines) + last


def test_what_the_operator_should_know_stands_under_its_yes(
    examine: Examine, serving: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CLOCK_WARNING", 0.0)
    end, lines, _last = examine(serving)
    remark = lines[lines.index("yes   the clocks agree") + 1]
    assert end == 0
    assert remark.startswith("      The clocks of this machine and the database differ by ")


def test_a_doctor_misses_the_worker(examine: Examine, serving: Environment) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_workers")
    end, lines, last = examine(serving)
    assert lines[-1] == "NO    able to work: No worker was heard of in 60 s: run `tallystick worker`."
    assert (end, last) == (1, "tallystick: 1 to mend: able to work.\n")
