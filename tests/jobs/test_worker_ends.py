"""A real worker in a process of its own: it loses nothing, whatever ends it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from django.db import transaction

from tallystick.jobs import later, worker_seen
from tallystick.jobs.models import Failure
from tests.jobs import work
from tests.support.gate import Gate
from tests.support.worker import WorkerProcess, jobs_left, wait_until, working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("marks_table")]
WORK = work.__name__


def test_it_finds_the_database_at_the_first_try(capfd: pytest.CaptureFixture[str]) -> None:
    with working(WORK) as worker:
        wait_until(lambda: worker_seen() is not None)
        assert worker.stop() == 0
    assert "the database is away" not in capfd.readouterr().err


def test_told_to_stop_it_finishes_what_is_running() -> None:
    later("test.sleep", seconds=0.4)
    with working(WORK) as worker:
        wait_until(lambda: work.marks("asleep") == [0])
        assert worker.stop() == 0
    assert work.marks("awake") == [0]
    assert jobs_left() == 0


def test_an_async_job_that_outlasts_the_grace_is_done_by_the_next_worker() -> None:
    later("test.sleep_async", seconds=2)
    with working(WORK) as worker:
        wait_until(lambda: work.run_sql("select 1 from procrastinate_jobs where status = 'doing'") != [])
        assert worker.stop() == 0
    assert jobs_left() == 1
    with working(WORK):
        wait_until(lambda: work.marks("slept") == [1])


def test_a_job_whose_worker_was_killed_is_done_by_another() -> None:
    later("test.sleep", seconds=1, number=1)
    with working(WORK) as worker:
        wait_until(lambda: work.marks("asleep") == [1])
        worker.kill()
    assert jobs_left() == 1
    with working(WORK):
        wait_until(lambda: work.marks("awake") == [1] and not jobs_left())


def test_a_worker_comes_back_when_the_database_ended_its_connections() -> None:
    with working(WORK) as worker:
        wait_until(lambda: worker_seen() is not None)
        for number in range(3):
            work.run_sql(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            later("test.mark", number=number)
            wait_until(lambda number=number: number in work.marks("second"))  # type: ignore[misc]
        assert worker.is_there()


def test_while_the_database_is_away_it_waits_and_then_goes_on() -> None:
    with Gate() as gate, working(WORK, gate=gate) as worker:
        later("test.sleep", seconds=0.5, number=1)
        wait_until(lambda: work.marks("asleep") == [1])
        gate.close()
        later("test.mark", number=7)
        time.sleep(1.5)
        assert worker.is_there()
        assert work.marks("second") == []
        gate.open()
        wait_until(lambda: work.marks("second") == [7] and work.marks("awake") == [1] and not jobs_left())


def test_started_before_the_database_it_waits_for_it() -> None:
    later("test.mark", number=1)
    with Gate() as gate:
        gate.close()
        with working(WORK, gate=gate) as worker:
            time.sleep(1.5)
            assert worker.is_there()
            gate.open()
            wait_until(lambda: work.marks("second") == [1])


def test_it_can_be_told_to_stop_while_the_database_is_away() -> None:
    later("test.mark", number=1)
    with Gate() as gate, working(WORK, gate=gate) as worker:
        wait_until(lambda: work.marks("second") == [1])
        gate.close()
        time.sleep(1)
        assert worker.stop(patience=25) in (0, 1)  # 1: it left with threads still waiting


def test_killed_at_any_moment_a_worker_loses_no_job(rounds: Callable[[int, int], int]) -> None:
    kills, number = rounds(2, 100), 0
    for _ in range(kills):
        with transaction.atomic():
            for _ in range(50):
                later("test.mark", number=number)
                number += 1
        before, worker = number - 50, WorkerProcess(WORK)
        wait_until(lambda before=before: any(mark >= before for mark in work.marks("first")))  # type: ignore[misc]
        time.sleep(random.uniform(0, 0.3))
        worker.kill()
    with working(WORK):
        wait_until(lambda: not jobs_left(), seconds=60)
    assert work.marks("first") == work.marks("second") == list(range(number))
    assert not Failure.objects.exists()
