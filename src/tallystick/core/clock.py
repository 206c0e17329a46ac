"""The one clock: the database's, so that every process agrees on what is over."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class Now(Func):
    """The moment by the one clock, as an expression: `filter(until__gt=Now())`, `save(since=Now())`."""

    function = "tallystick_now"
    template = "%(function)s()"
    output_field = DateTimeField()
    arity = 0


def now() -> datetime:
    """The moment by the one clock, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("select tallystick_now()")
        row = cursor.fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
