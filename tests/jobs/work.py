"""Jobs for tests: they leave marks in a table, fail, wait, or fall asleep."""

import asyncio
import time
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import connection, transaction

from tallystick.core.clock import now
from tallystick.jobs import GiveUp, Retry, handler, later

MARKS = "create table if not exists test_mark (number int, by text, unique (number, by))"


def run_sql(sql: str) -> list[tuple[object, ...]]:
    """Run one statement; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def mark(number: int, by: str) -> None:
    """Leave a mark, once."""
    with connection.cursor() as cursor:
        cursor.execute("insert into test_mark values (%s, %s) on conflict do nothing", [number, by])


def marks(by: str) -> list[int]:
    """The marks left by one kind of job."""
    with connection.cursor() as cursor:
        cursor.execute("select number from test_mark where by = %s order by number", [by])
        return [row[0] for row in cursor.fetchall()]


@handler("test.mark")
def leave_a_mark(number: int) -> None:
    """Mark, and leave a second job in the same transaction."""
    with transaction.atomic():
        mark(number, "first")
        later("test.mark_again", number=number)


@handler("test.mark_again")
def leave_another_mark(number: int) -> None:
    """The second."""
    mark(number, "second")


@handler("test.mark_async")
async def leave_a_mark_later(number: int) -> None:
    """Wait a little, as for an outside app, then mark."""
    await asyncio.sleep(0.01)
    await sync_to_async(mark)(number, "async")


@handler("test.fail", retry=Retry(attempts=2, first=0.01, cap=0.02))
def fail(number: int) -> None:
    """Always fails."""
    mark(number, "tried")
    raise RuntimeError(f"Number {number} does not work.\nDETAIL: a line that quotes a row")


@handler("test.give_up")
def give_up() -> None:
    """Can never succeed."""
    raise GiveUp("There is no such thing.")


@handler("test.leave_and_fail", retry=Retry(attempts=1))
def leave_and_fail() -> None:
    """Leaves a job in a transaction that rolls back."""
    with transaction.atomic():
        later("test.mark_again", number=99)
        raise RuntimeError("rolled back")


@handler("test.sleep", retry=Retry(attempts=3, first=0.01, cap=0.02))
def sleep(seconds: float, number: int = 0) -> None:
    """Sleeps, then marks."""
    mark(number, "asleep")
    time.sleep(seconds)
    mark(number, "awake")


@handler("test.sleep_async")
async def sleep_async(seconds: float) -> None:
    """Sleeps on the loop, then marks."""
    await asyncio.sleep(seconds)
    await sync_to_async(mark)(1, "slept")


@handler("test.twin", retry=Retry(attempts=5, first=0.01, cap=0.02))
def fail_beside_a_twin() -> None:
    """While it runs, a job with the same key is left; then it fails, the first time."""
    if not marks("twin"):
        mark(1, "twin")
        later("test.twin", once="twin", at=now() + timedelta(seconds=1))
        raise RuntimeError("the first one fails")
    mark(2, "twin")
