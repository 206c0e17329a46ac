"""Looking for what outlived that on which it hung. Every night the answer must be: nothing."""

from __future__ import annotations

from django.db import connection

# what hangs, the column by which it does, and on what
_HANGS = (
    ("organisations_memberrole", "member_id", "organisations_member"),
    ("organisations_membersuspension", "member_id", "organisations_member"),
    ("organisations_memberorganisation", "member_id", "organisations_member"),
    ("organisations_memberorganisation", "organisation_id", "organisations_organisation"),
    ("partnerships_terms", "partnership_id", "partnerships_partnership"),
    ("partnerships_coverage", "partnership_id", "partnerships_partnership"),
    ("partnerships_coverage", "organisation_id", "organisations_organisation"),
    ("partnerships_partnershipsuspension", "partnership_id", "partnerships_partnership"),
    ("partnerships_restriction", "partnership_id", "partnerships_partnership"),
    ("partnerships_exclusion", "partnership_id", "partnerships_partnership"),
    ("partnerships_exclusion", "member_id", "organisations_member"),
    ("partnerships_exclusion", "organisation_id", "organisations_organisation"),
    ("partnerships_teammember", "team_id", "partnerships_team"),
    ("partnerships_teammember", "member_id", "organisations_member"),
    ("partnerships_grant", "partnership_id", "partnerships_partnership"),
    ("partnerships_grant", "member_id", "organisations_member"),
    ("partnerships_grant", "team_id", "partnerships_team"),
)
_EACH = """
select '{table}', hanging.id::text from {table} hanging join {on} ended on ended.id = hanging.{column}
where hanging.closed_at is null and ended.closed_at is not null
"""
_QUERY = " union ".join(_EACH.format(table=table, column=column, on=on) for table, column, on in _HANGS)


def orphans() -> list[tuple[str, str]]:
    """Table and id of every open row that hangs on an ended one."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY)
        return sorted(cursor.fetchall())
