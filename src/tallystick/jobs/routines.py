"""Lays the jobs that the clock asks for.

By the database's clock and one row per routine, not by each worker's own clock: a machine whose clock jumps neither
floods the queue with what it believes it missed nor falls silent until its clock is reached again.
"""

from datetime import UTC, datetime, timedelta

from croniter import croniter
from django.db import connection, transaction

from tallystick.core.clock import now
from tallystick.jobs.models import Failure, Routine
from tallystick.jobs.queue import later
from tallystick.jobs.registry import ROUTINES, handler, periodic

KEEP_FAILURES = timedelta(days=90)


def next_time(cron: str, after: datetime) -> datetime:
    """The first moment after `after` that the expression names, in UTC."""
    found: datetime = croniter(cron, after.astimezone(UTC)).get_next(datetime)
    return found


def lay_due_routines() -> list[str]:
    """Leave one job for each routine whose time has come, and name them. What was missed is caught up with one run.

    Any number of workers may ask at once: a conditional UPDATE lets one win. A moment further off than the expression
    allows is brought nearer: the database's clock has been set back.
    """
    moment = now()
    laid = []
    known = dict(Routine.objects.values_list("name", "next_at"))
    for name, cron in ROUTINES.items():
        following = next_time(cron, moment)
        due = known.get(name)
        if due is None:
            Routine.objects.bulk_create([Routine(name=name, next_at=following)], ignore_conflicts=True)
        elif due > following:
            Routine.objects.filter(name=name, next_at=due).update(next_at=following)
        elif due <= moment and _lay(name, due, following):
            laid.append(name)
    return laid


def _lay(name: str, due: datetime, following: datetime) -> bool:
    with transaction.atomic():
        won = Routine.objects.filter(name=name, next_at=due).update(next_at=following)
        if won:
            later(name, once=f"routine:{name}")
    return bool(won)


@periodic("17 3 * * *")
@handler("jobs.prune")
def prune() -> None:
    """Forget jobs that ended without success a month ago, and failures after their period."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            delete from procrastinate_jobs job
            where job.status in ('succeeded', 'failed', 'cancelled', 'aborted')
            and not exists (
                select 1 from procrastinate_events event
                where event.job_id = job.id and event.at > tallystick_now() - interval '30 days'
            )
            """
        )
    Failure.objects.filter(created_at__lt=now() - KEEP_FAILURES).delete()
