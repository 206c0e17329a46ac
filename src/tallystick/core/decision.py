"""The decision as statements, free of Django: the same texts serve pages, the API and any plain psycopg connection.

`tallystick_reach` is the one sentence about access (its text: the migration `decision` of `partnerships`). A null
moment asks about now; any past moment asks the same sentence about then.
"""

REACHED = "select organisation_id from tallystick_reach(%s::uuid, %s::text, %s::timestamptz)"
"""The organisations a member reaches: member, scope, moment. One row per reason, so ids can repeat."""

REACHED_THROUGH = "select partnership_id from tallystick_reach(%s::uuid, %s::text, %s::timestamptz)"
"""The partnerships through which a firm's member reaches organisations, in the same way."""

REASONS = (
    "select organisation_id, partnership_id, via, through from tallystick_reach(%s::uuid, %s::text, %s::timestamptz)"
)
"""The same with why: via role, grant, team, seat or place, and the row it goes through."""

MAY = "select tallystick_may(%s::uuid, %s::uuid, %s::text, %s::timestamptz)"
"""Whether a member reaches one organisation: member, organisation, scope, moment. Plan kept per database session."""

HOLDS_MANY = "select tallystick_holds_many(%s::uuid)"
"""Whether a member holds many grants, which decides how a list is read, not what is in it."""

NEAR = "select business_id from tallystick_near(%s::uuid)"
"""The businesses in which a member could reach anything: their own, or those of their firm's partnerships."""
