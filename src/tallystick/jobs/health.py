"""What the readiness page and the figures want to know of the queue."""

from datetime import datetime, timedelta

from django.db import connection


def worker_seen() -> datetime | None:
    """When a worker last gave a sign of life (they do so every ten seconds), or None when none is registered."""
    with connection.cursor() as cursor:
        cursor.execute("select max(last_heartbeat) from procrastinate_workers")
        (seen,) = cursor.fetchone() or (None,)
    return seen


def oldest_waiting() -> timedelta | None:
    """For how long the job that is due longest has been waiting, or None when nothing is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select max(now() - coalesce(job.scheduled_at, (
                select min(event.at) from procrastinate_events event where event.job_id = job.id)))
            from procrastinate_jobs job
            where job.status = 'todo' and (job.scheduled_at is null or job.scheduled_at <= now())
            """
        )
        (age,) = cursor.fetchone() or (None,)
    return age
