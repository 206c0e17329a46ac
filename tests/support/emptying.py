"""After a test that commits: empties what it filled. Django empties every table, and then writes its own rows anew: that takes
twice as long as most tests.
"""

from __future__ import annotations

from django.db import connection

_OF_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}
"""What migrations leave behind, and no test changes."""

_TABLES = """
select relation.oid, relation.relname from pg_class relation
where relation.relkind = 'r' and relation.relnamespace = 'public'::regnamespace and relation.relname not like 'procrastinate%'
"""
_POINTED_AT = "select confrelid, conrelid from pg_constraint where contype = 'f'"
"""Foreign keys: the table that is pointed at, and the one that points."""


def empty_tables() -> None:
    """Empty the tables that hold anything, and with them those that point at them, as PostgreSQL asks."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        names = {oid: name for oid, name in cursor.fetchall() if name not in _OF_DJANGO}
        cursor.execute(" union all ".join(f'select {oid} where exists (select from "{names[oid]}")' for oid in names))
        filled = {oid for (oid,) in cursor.fetchall()}
        cursor.execute(_POINTED_AT)
        links = cursor.fetchall()
        while more := {points for pointed, points in links if pointed in filled} - filled:
            filled |= more
        if filled:
            cursor.execute("truncate " + ", ".join(f'"{names[oid]}"' for oid in sorted(filled)))
