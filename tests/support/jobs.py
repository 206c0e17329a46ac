"""Does the jobs that wait, here and now: in the test's own thread and transaction."""

from __future__ import annotations

import inspect
import json

from asgiref.sync import async_to_sync
from django.db import connection

from tallystick.jobs.registry import HANDLERS

_TAKE = """
delete from procrastinate_jobs where id = (
    select id from procrastinate_jobs
    where status = 'todo' and (%s or scheduled_at is null or scheduled_at <= tallystick_now())
    order by priority desc, id limit 1
) returning task_name, args
"""


def run_jobs(*, even_later: bool = False, most: int = 1000) -> list[str]:
    """Do the jobs that are due, and those they leave, until none is; the names of what was done, in order.

    A job's exception reaches the test. With `even_later`, jobs that wait for a moment still to come are done as well.
    """
    done: list[str] = []
    while (row := _take(even_later)) is not None:
        name, args = row
        work = HANDLERS[name].work
        if inspect.iscoroutinefunction(work):
            async_to_sync(work)(**args)
        else:
            work(**args)
        done.append(name)
        assert len(done) < most, f"Jobs leave jobs without end: {done[-5:]}"
    return done


def waiting_jobs() -> list[tuple[str, dict[str, object]]]:
    """Name and arguments of the jobs that wait, in the order they would be done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select task_name, args from procrastinate_jobs where status = 'todo' order by priority desc, id"
        )
        return [(name, json.loads(args)) for name, args in cursor.fetchall()]


def _take(even_later: bool) -> tuple[str, dict[str, object]] | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [even_later])
        row = cursor.fetchone()
    return (row[0], json.loads(row[1])) if row else None
