"""Registering what does a job."""

import asyncio

import pytest
from procrastinate.jobs import Job

from tallystick.jobs import GiveUp, Retry, handler, periodic
from tests.jobs import work


def job(attempts: int) -> Job:
    return Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="test.mark", attempts=attempts)


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match=r"Job 'test.mark' is already done by leave_a_mark"):
        handler("test.mark")(work.mark)


def test_a_lane_must_exist() -> None:
    with pytest.raises(ValueError, match="no lane 'fast'"):
        handler("test.other", queue="fast")


@pytest.mark.parametrize("cron", ["often", "* * * * * *", "61 * * * *"])
def test_a_routine_needs_a_cron_expression_of_five_fields(cron: str) -> None:
    with pytest.raises(ValueError, match="no cron expression"):
        periodic(cron)


def test_a_routine_must_be_a_handler() -> None:
    with pytest.raises(ValueError, match="put @periodic above @handler"):
        periodic("* * * * *")(work.mark)


def test_waits_grow_up_to_the_cap_and_are_spread() -> None:
    retry = Retry(first=1, cap=60)
    waits = [[retry.wait(tried) for _ in range(200)] for tried in (0, 3, 50)]
    assert max(waits[0]) <= 1
    assert 4 < max(waits[1]) <= 8
    assert 30 < max(waits[2]) <= 60
    assert min(waits[2]) < 10


def test_the_last_attempt_is_the_last() -> None:
    retry = Retry(attempts=3)
    assert retry.get_retry_decision(exception=OSError(), job=job(1)) is not None
    assert retry.get_retry_decision(exception=OSError(), job=job(2)) is None


def test_giving_up_is_final() -> None:
    assert Retry().get_retry_decision(exception=GiveUp(), job=job(0)) is None


def test_a_worker_told_to_stop_does_not_count_against_the_job() -> None:
    assert Retry(attempts=1).get_retry_decision(exception=asyncio.CancelledError(), job=job(9)) is not None
