"""Leaving work for later."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from tallystick.core.clock import now
from tallystick.jobs import later, later_each
from tests.jobs import work
from tests.support.jobs import run_jobs, waiting_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _marks() -> None:
    with connection.cursor() as cursor:
        cursor.execute(work.MARKS)


def test_a_job_rolled_back_with_its_transaction_was_never_left() -> None:
    def change_and_fail() -> None:
        with transaction.atomic():
            later("test.mark", number=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert waiting_jobs() == []


def test_a_job_is_done_with_its_arguments_and_so_is_what_it_leaves() -> None:
    later("test.mark", number=7)
    assert run_jobs() == ["test.mark", "test.mark_again"]
    assert work.marks("second") == [7]


def test_an_async_job_is_drained_as_well() -> None:
    later("test.mark_async", number=3)
    run_jobs()
    assert work.marks("async") == [3]


def test_once_keeps_the_job_that_waits_and_the_transaction_stays_usable() -> None:
    with transaction.atomic():
        later("test.mark", once="one", number=1)
        later("test.mark", once="one", number=2)
        later("test.mark", once="two", number=3)
    assert [args["number"] for _, args in waiting_jobs()] == [1, 3]


def test_many_jobs_are_left_in_one_statement(django_assert_num_queries: object) -> None:
    later("test.mark", once="n:1", number=0)
    with django_assert_num_queries(1):  # type: ignore[operator]
        later_each("test.mark", {f"n:{number}": {"number": number} for number in range(3)})
    assert [args["number"] for _, args in waiting_jobs()] == [0, 0, 2]


def test_a_job_for_tomorrow_waits() -> None:
    later("test.mark", at=now() + timedelta(days=1), number=1)
    assert run_jobs() == []
    assert run_jobs(even_later=True)[0] == "test.mark"


def test_what_is_urgent_goes_first() -> None:
    later("test.mark_again", number=1)
    later("test.mark_again", priority=10, number=2)
    assert [args["number"] for _, args in waiting_jobs()] == [2, 1]


def test_a_uuid_travels_as_text() -> None:
    later("test.mark", number=1, ids=[UUID(int=1)], more={"a": None, "b": True})
    assert waiting_jobs()[0][1]["ids"] == ["00000000-0000-0000-0000-000000000001"]


def test_what_json_cannot_hold_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"Job 'test.mark', argument 'number' is a datetime"):
        later("test.mark", number=now())


def test_a_secret_is_refused_as_an_argument() -> None:
    with pytest.raises(ValueError, match="'token' would be stored in clear"):
        later("test.mark", token="x")


def test_a_name_nobody_handles_is_refused() -> None:
    with pytest.raises(LookupError, match=r"Nobody handles the job 'test.unknown'"):
        later("test.unknown")
