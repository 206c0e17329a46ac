"""Gives work back whose worker died: procrastinate leaves it marked as being done, for ever."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from tallystick.jobs.models import Failure
from tallystick.jobs.registry import HANDLERS, Retry

_BEYOND = 5  # deaths of the worker that a job may see on top of its own attempts

_STRANDED = """
select job.id, job.task_name, job.args, job.attempts
from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
where job.status = 'doing' and (worker.id is null or worker.last_heartbeat < now() - make_interval(secs => %s))
order by job.id
for update of job skip locked
"""


class WorkerDiedError(Exception):
    """The worker died whenever it did this job, so it isn't done again."""


def rescue(stale: timedelta) -> int:
    """Give back the jobs of workers that gave no sign of life for `stale`; how many there were.

    Each waits a little longer every time, so that a job that kills its worker parts from those that merely stood
    beside it; past its attempts and five more it is failed and noted.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STRANDED, [stale.total_seconds()])
        stranded = cursor.fetchall()
        for job_id, name, args, attempts in stranded:
            _give_back(cursor, job_id, name, args, attempts)
        cursor.execute("select procrastinate_prune_stalled_workers_v1(%s)", [stale.total_seconds()])
    return len(stranded)


def _give_back(cursor: Any, job_id: int, name: str, args: Any, attempts: int) -> None:
    retry = HANDLERS[name].retry if name in HANDLERS else Retry()
    if attempts + 1 >= retry.attempts + _BEYOND:
        error = WorkerDiedError("Its worker died each time.")
        Failure.note(job_id=job_id, name=name, args=_read(args), error=error, attempts=attempts + 1)
        cursor.execute("select procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
        return
    try:
        with transaction.atomic():
            at = _after(cursor, retry.wait(attempts))
            cursor.execute("select procrastinate_retry_job_v2(%s, %s, null, null, null)", [job_id, at])
    except IntegrityError:
        # A job with the same key was left meanwhile and waits: it does the same work.
        cursor.execute("delete from procrastinate_jobs where id = %s", [job_id])


def _after(cursor: Any, seconds: float) -> datetime:
    cursor.execute("select now() + make_interval(secs => %s)", [seconds])
    moment: datetime = cursor.fetchone()[0]
    return moment


def _read(args: Any) -> dict[str, Any]:
    """Django's connection gives JSON back as text."""
    read: dict[str, Any] = json.loads(args) if isinstance(args, str) else args
    return read
