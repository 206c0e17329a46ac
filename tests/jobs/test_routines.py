"""Jobs that the clock asks for."""

from datetime import UTC, datetime, timedelta

import pytest

from tallystick.core.clock import now
from tallystick.jobs.models import Failure, Routine
from tallystick.jobs.registry import ROUTINES
from tallystick.jobs.routines import lay_due_routines, next_time
from tests.support.jobs import run_jobs, waiting_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_routine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(ROUTINES):
        monkeypatch.delitem(ROUTINES, name)
    monkeypatch.setitem(ROUTINES, "jobs.prune", "*/10 * * * *")


def test_a_new_routine_waits_for_its_time() -> None:
    assert lay_due_routines() == []
    assert Routine.objects.get().next_at > now()


def test_a_routine_is_laid_when_its_time_has_come_and_only_once() -> None:
    lay_due_routines()
    Routine.objects.update(next_at=now() - timedelta(days=400))
    assert lay_due_routines() == ["jobs.prune"]
    assert lay_due_routines() == []
    assert waiting_jobs() == [("jobs.prune", {})]


def test_a_moment_too_far_off_is_brought_nearer() -> None:
    Routine.objects.create(name="jobs.prune", next_at=now() + timedelta(days=400))
    lay_due_routines()
    assert Routine.objects.get().next_at <= now() + timedelta(minutes=10)


def test_moments_are_utc() -> None:
    assert next_time("17 3 * * *", datetime(2030, 1, 1, 3, 17, tzinfo=UTC)) == datetime(2030, 1, 2, 3, 17, tzinfo=UTC)


def test_old_failures_are_forgotten() -> None:
    for days in (1, 91):
        failure = Failure.objects.create(job_id=days, name="test.fail", error="x", attempts=1)
        Failure.objects.filter(pk=failure.pk).update(created_at=now() - timedelta(days=days))
    Routine.objects.create(name="jobs.prune", next_at=now())
    lay_due_routines()
    run_jobs()
    assert [failure.job_id for failure in Failure.objects.all()] == [1]
