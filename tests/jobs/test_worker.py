"""A real worker in a process of its own: what it does with the jobs it finds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from tallystick.core.clock import now
from tallystick.jobs import later, oldest_waiting, worker_seen
from tallystick.jobs.models import Failure
from tests.jobs import work
from tests.support.worker import jobs_left, wait_until, working

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("marks_table", "at_work")]


@pytest.fixture(scope="module")
def at_work(django_db_setup: None) -> Iterator[None]:
    """One worker for all these tests."""
    with working(work.__name__):
        yield


def test_jobs_of_both_kinds_are_done_within_moments_of_the_commit() -> None:
    later("test.mark", number=1)
    wait_until(lambda: work.marks("second") == [1])
    began = time.monotonic()
    with transaction.atomic():
        later("test.mark", number=2)
        later("test.mark_async", number=2)
    wait_until(lambda: work.marks("second") == [1, 2] and work.marks("async") == [2])
    assert time.monotonic() - began < 1
    wait_until(lambda: oldest_waiting() is None)
    seen = worker_seen()
    assert seen is not None
    assert now() - seen < timedelta(seconds=2)


def test_a_job_left_by_a_job_that_rolled_back_was_never_left() -> None:
    later("test.leave_and_fail")
    wait_until(lambda: Failure.objects.exists() and not jobs_left())
    assert work.marks("second") == []


def test_what_gave_up_stands_in_the_list_with_its_error_and_can_be_repeated() -> None:
    later("test.fail", number=5)
    later("test.give_up")
    wait_until(lambda: Failure.objects.count() == 2 and not jobs_left())
    failure = Failure.objects.get(name="test.fail")
    assert (failure.error, failure.text) == ("builtins.RuntimeError", "Number 5 does not work.")
    assert (failure.args, failure.attempts) == ({"number": 5}, 2)
    assert Failure.objects.get(name="test.give_up").attempts == 1
    assert failure.repeat()
    assert not failure.repeat()
    wait_until(lambda: Failure.objects.count() == 3)


def test_a_job_that_fails_beside_a_waiting_twin_leaves_the_work_to_it() -> None:
    later("test.twin", once="twin")
    wait_until(lambda: work.marks("twin") == [1, 2] and not jobs_left())


def test_a_job_of_a_newer_version_is_put_back() -> None:
    with transaction.atomic():
        later("test.mark", number=1)
        work.run_sql("update procrastinate_jobs set task_name = 'test.of_the_future'")
    wait_until(lambda: work.run_sql("select attempts from procrastinate_jobs where status = 'todo'") == [(1,)])


def test_a_job_that_kills_its_worker_is_given_up_at_last() -> None:
    with transaction.atomic():
        later("test.sleep", seconds=30)
        work.run_sql("update procrastinate_jobs set attempts = 7, status = 'doing'")
    wait_until(lambda: Failure.objects.exists() and not jobs_left())
    assert Failure.objects.get().error == "tallystick.jobs.rescue.WorkerDiedError"
    assert jobs_left() == 0


def test_a_stranded_job_whose_twin_waits_leaves_the_work_to_it() -> None:
    with transaction.atomic():
        later("test.mark_again", once="m", number=1)
        work.run_sql("update procrastinate_jobs set status = 'doing'")
        later("test.mark_again", once="m", number=1)
    wait_until(lambda: not jobs_left())
    assert work.marks("second") == [1]
