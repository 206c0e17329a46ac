"""Names the one sentence about access, so that every room can filter by it.

The sentence itself is the SQL function `tallystick_reach` in `partnerships`: the organisations that a member reaches with a
scope at a moment. Lists filter through it, checks ask `tallystick_may` (the same function for one organisation).
"""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

from tallystick.core.actor import Actor
from tallystick.core.decision import MAY, REACHED

SCOPES = ("see", "connect", "ask", "disconnect", "data", "keys")
"""What may be done with an organisation: see it, connect and restore apps, ask its people, disconnect, read data, keys."""


def reached_by(actor: Actor, scope: str = "see", at: datetime | None = None) -> RawSQL:
    """The ids of the organisations the actor reaches, for `filter(pk__in=…)`. Nobody's member reaches nothing."""
    return RawSQL(  # noqa: S611 - constant text, values bound
        f"({REACHED})",
        (actor.member_id, scope, at),
    )


def may(member_id: UUID | None, organisation_id: UUID, scope: str, at: datetime | None = None) -> bool:
    """May this member do this on this organisation, now or at a past moment? Default no."""
    with connection.cursor() as cursor:
        cursor.execute(MAY, (member_id, organisation_id, scope, at))
        row = cursor.fetchone()
    return row is not None and row[0] is True
