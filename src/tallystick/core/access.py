"""Names the one sentence about access, so that every room can filter by it.

The sentence itself is the SQL function `tallystick_reach` in `partnerships`: the organisations that a member reaches with a
scope at a moment. Checks ask `tallystick_may`, the same function for one organisation; lists ask it of each row they come by.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, DateTimeField, F, Func, TextField, UUIDField, Value
from django.db.models.expressions import RawSQL

from tallystick.core.actor import Actor
from tallystick.core.decision import HOLDS_MANY, MAY, NEAR, REACHED, REACHED_THROUGH

SCOPES = ("see", "connect", "ask", "disconnect", "data", "keys")
"""What may be done with an organisation: see it, connect and restore apps, ask its people, disconnect, read data, keys."""


def reached_by(actor: Actor, scope: str = "see", at: datetime | None = None) -> RawSQL:
    """The ids of all organisations the actor reaches, for `filter(pk__in=…)`. Nobody's member reaches nothing.

    For what needs all of them; `reaches` is quicker where something else narrows the rows down.
    """
    return RawSQL(  # noqa: S611 - constant text, values bound
        f"({REACHED})",
        (actor.member_id, scope, at),
    )


def reaches(actor: Actor, scope: str = "see", at: datetime | None = None, organisation: str = "pk") -> Func:
    """Whether the actor reaches the organisation named by this column of the row, for `filter(…)`."""
    return _asked("tallystick_may", actor, F(organisation), *_with(scope, at))


def works_for(actor: Actor, scope: str = "see", at: datetime | None = None, partnership: str = "pk") -> Func:
    """Whether the actor reaches any organisation through the partnership named by this column, for `filter(…)`."""
    return _asked("tallystick_works_for", actor, F(partnership), *_with(scope, at))


def reached_through(actor: Actor, partnership: str = "pk") -> Func:
    """The same, found out once for all that the actor reaches: for those who reach few.

    An array, because it is filled once whatever the planner thinks of its size; a sub-select may be asked for each row.
    """
    reached = RawSQL(f"array({REACHED_THROUGH})", (actor.member_id, "see", None))  # noqa: S611 - constant text, values bound
    equal_to_any = {"function": "", "template": "%(expressions)s", "arg_joiner": " = any"}
    return Func(F(partnership), reached, output_field=BooleanField(), **equal_to_any)


def was_given(actor: Actor, partnership: str = "pk") -> Func:
    """Whether any grant to the actor or a team of theirs is on this partnership. Quick, and not yet a yes."""
    return _asked("tallystick_was_given", actor, F(partnership))


def near_to(actor: Actor) -> RawSQL:
    """The ids of the businesses in which the actor could reach anything at all, for `filter(business_id__in=…)`."""
    return RawSQL(f"({NEAR})", (actor.member_id,))  # noqa: S611 - constant text, values bound


def may(member_id: UUID | None, organisation_id: UUID, scope: str, at: datetime | None = None) -> bool:
    """May this member do this on this organisation, now or at a past moment? Default no."""
    return _answer(MAY, member_id, organisation_id, scope, at)


def holds_many(actor: Actor) -> bool:
    """Does the actor hold so many grants that a list had better not start from them?"""
    return _answer(HOLDS_MANY, actor.member_id)


def _answer(question: str, *values: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    return row is not None and row[0] is True


def _asked(function: str, actor: Actor, *about: Any) -> Func:
    member = Value(actor.member_id, output_field=UUIDField())
    return Func(member, *about, function=function, output_field=BooleanField())


def _with(scope: str, at: datetime | None) -> tuple[Value, Value]:
    return Value(scope, output_field=TextField()), Value(at, output_field=DateTimeField())
