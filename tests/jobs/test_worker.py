"""A real worker in a process of its own: it loses nothing, whatever ends it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction

from tallystick.jobs import later, oldest_waiting, worker_seen
from tallystick.jobs.models import Failure
from tests.jobs import work
from tests.support.worker import WorkerProcess, jobs_left, wait_until, working

pytestmark = pytest.mark.django_db(transaction=True)
WORK = "tests.jobs.work"


def run_sql(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    run_sql(work.MARKS)
    yield
    run_sql("drop table test_mark")
    run_sql("delete from procrastinate_jobs")
    run_sql("delete from procrastinate_workers")


def test_jobs_of_both_kinds_are_done_within_moments_of_the_commit() -> None:
    assert worker_seen() is None
    with working(WORK):
        wait_until(lambda: worker_seen() is not None)
        time.sleep(0.2)
        began = time.monotonic()
        with transaction.atomic():
            later("test.mark", number=1)
            later("test.mark_async", number=1)
        wait_until(lambda: work.marks("second") == work.marks("async") == [1])
        assert time.monotonic() - began < 1
    assert oldest_waiting() is None


def test_a_job_left_by_a_job_that_rolled_back_was_never_left() -> None:
    later("test.leave_and_fail")
    with working(WORK):
        wait_until(lambda: Failure.objects.exists() and not jobs_left())
    assert work.marks("second") == []


def test_what_gave_up_stands_in_the_list_with_its_error_and_can_be_repeated() -> None:
    later("test.fail", number=5)
    later("test.give_up")
    with working(WORK):
        wait_until(lambda: Failure.objects.count() == 2 and not jobs_left())
    failure = Failure.objects.get(name="test.fail")
    assert (failure.error, failure.text) == ("builtins.RuntimeError", "Number 5 does not work.")
    assert (failure.args, failure.attempts) == ({"number": 5}, 2)
    assert Failure.objects.get(name="test.give_up").attempts == 1
    assert failure.repeat()
    assert not failure.repeat()
    assert jobs_left() == 1


def test_a_job_that_fails_beside_a_waiting_twin_leaves_the_work_to_it() -> None:
    later("test.twin", once="twin")
    with working(WORK):
        wait_until(lambda: work.marks("twin") == [1, 2] and not jobs_left())


def test_a_job_of_a_newer_version_is_put_back() -> None:
    later("test.mark", number=1)
    run_sql("update procrastinate_jobs set task_name = 'test.of_the_future'")
    with working(WORK):
        wait_until(lambda: run_sql("select attempts from procrastinate_jobs where status = 'todo'") == [(1,)])


def test_told_to_stop_it_finishes_what_is_running() -> None:
    later("test.sleep", seconds=0.4)
    with working(WORK) as worker:
        wait_until(lambda: work.marks("asleep") == [0])
        assert worker.stop() == 0
    assert work.marks("awake") == [0]
    assert jobs_left() == 0
    assert worker_seen() is None


def test_an_async_job_that_outlasts_the_grace_is_done_by_the_next_worker() -> None:
    later("test.sleep_async", seconds=2)
    with working(WORK) as worker:
        wait_until(lambda: run_sql("select 1 from procrastinate_jobs where status = 'doing'") != [])
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


def test_a_job_that_kills_its_worker_is_given_up_at_last() -> None:
    later("test.sleep", seconds=30)
    run_sql("update procrastinate_jobs set attempts = 7, status = 'doing'")
    with working(WORK):
        wait_until(lambda: Failure.objects.exists() and not jobs_left())
    assert Failure.objects.get().error == "tallystick.jobs.rescue.WorkerDiedError"
    assert jobs_left() == 0


def test_a_stranded_job_whose_twin_waits_leaves_the_work_to_it() -> None:
    later("test.mark_again", once="m", number=1)
    run_sql("update procrastinate_jobs set status = 'doing'")
    later("test.mark_again", once="m", number=1)
    with working(WORK):
        wait_until(lambda: not jobs_left())
    assert work.marks("second") == [1]


def test_a_worker_comes_back_when_the_database_ended_its_connections() -> None:
    with working(WORK) as worker:
        wait_until(lambda: worker_seen() is not None)
        for number in range(3):
            run_sql(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            later("test.mark", number=number)
            wait_until(lambda number=number: number in work.marks("second"))  # type: ignore[misc]
        assert worker.process.poll() is None


def test_killed_at_any_moment_a_worker_loses_no_job(rounds: Callable[[int, int], int]) -> None:
    kills, number = rounds(3, 100), 0
    for _ in range(kills):
        with transaction.atomic():
            for _ in range(50):
                later("test.mark", number=number)
                number += 1
        worker = WorkerProcess(WORK)
        wait_until(lambda: worker_seen() is not None)
        time.sleep(random.uniform(0, 0.5))
        worker.kill()
    with working(WORK):
        wait_until(lambda: not jobs_left(), seconds=60)
    assert work.marks("first") == work.marks("second") == list(range(number))
    assert not Failure.objects.exists()
