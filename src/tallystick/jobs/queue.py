"""Leaving work for later, in the transaction of whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tallystick.jobs.registry import HANDLERS

# One statement per job. `do nothing` keeps the job that already waits without an error, which would have ended the
# caller's transaction; so no savepoint is needed. The table's triggers wake the workers when the caller commits.
_LEAVE = """
insert into procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
select %s, %s, %s, %s, job.once, job.args, %s
from jsonb_to_recordset(%s::jsonb) as job(once text, args jsonb)
on conflict (queueing_lock) where status = 'todo' do nothing
"""

_SECRET_NAMES = {"code", "password", "secret", "token"}


def later(
    name: str,
    *,
    at: datetime | None = None,
    lock: str | None = None,
    once: str | None = None,
    priority: int = 0,
    **args: object,
) -> None:
    """Leave a job in the caller's transaction: rolled back with it, started when it commits.

    `at`: not before this moment. `lock`: jobs with the same lock run one after another. `once`: kept silently when a
    job with the same key waits already (one that is running does not count). `priority`: higher goes first. The other
    arguments reach the handler as keywords, UUIDs as text. Raises `LookupError` for a name nobody handles, `TypeError`
    for an argument that JSON can't hold, `ValueError` for one that is called like a secret: jobs are stored in clear.
    """
    _leave(name, [{"once": once, "args": args}], at=at, lock=lock, priority=priority)


def later_each(name: str, jobs: Mapping[str, Mapping[str, object]], *, priority: int = 0) -> None:
    """Leave many jobs of one name in one statement: the key of each is its `once`, the value its arguments."""
    _leave(name, [{"once": once, "args": args} for once, args in jobs.items()], priority=priority)


def _leave(
    name: str,
    jobs: Iterable[Mapping[str, Any]],
    *,
    at: datetime | None = None,
    lock: str | None = None,
    priority: int = 0,
) -> None:
    if name not in HANDLERS:
        raise LookupError(f"Nobody handles the job {name!r}. Register it in the room's handlers.py.")
    rows = [{"once": job["once"], "args": _storable(name, job["args"])} for job in jobs]
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [HANDLERS[name].queue, name, priority, lock, at, json.dumps(rows)])


def _storable(name: str, args: Mapping[str, object]) -> dict[str, Any]:
    for key in args:
        if key in _SECRET_NAMES:
            raise ValueError(f"Job {name!r}: {key!r} would be stored in clear. Seal it in a row and give the row's id.")
    return {key: _plain(value, f"Job {name!r}, argument {key!r}") for key, value in args.items()}


def _plain(value: object, where: str) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case UUID():
            return str(value)
        case list() | tuple():
            return [_plain(item, where) for item in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _plain(item, where) for key, item in value.items()}
    raise TypeError(f"{where} is a {type(value).__name__}: only JSON and UUIDs can be stored.")
