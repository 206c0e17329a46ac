"""The two roles of the database: one owns the tables and migrates, the other serves and gets what serving needs.

The serving role reads and writes rows. It owns nothing, empties no table, and where a table's own trigger refuses a
change (`audit_refuse_change`) it has no right to try.
"""

from django.db import connection, transaction
from psycopg import sql

_DEFAULTS = """
alter default privileges in schema public grant select, insert, update, delete on tables to {role};
alter default privileges in schema public grant usage, select on sequences to {role};
alter default privileges in schema public grant execute on functions to {role};
grant usage on schema public to {role};
"""

_EXISTING = """
grant select, insert, update, delete on all tables in schema public to {role};
grant usage, select on all sequences in schema public to {role};
grant execute on all functions in schema public to {role};
"""

# pg_trigger.tgtype is a set of bits: 8 for delete, 16 for update.
GUARDED = """
select guarded.relname, bool_or(tgtype & 16 > 0), bool_or(tgtype & 8 > 0)
from pg_trigger
join pg_proc on pg_proc.oid = tgfoid and proname = 'audit_refuse_change'
join pg_class guarded on guarded.oid = tgrelid
group by guarded.relname
"""
"""Tables whose trigger refuses a change: name, whether updates, whether deletions. What it guards the serving role may not."""


def equip(role: str) -> None:
    """Grant the serving role what serving needs, and take back what the ledger refuses. As the owner, after migrating."""
    name = sql.Identifier(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL(_DEFAULTS + _EXISTING).format(role=name))
        cursor.execute(GUARDED)
        for table, updates, deletions in cursor.fetchall():
            refused = ["truncate"] + ["update"] * updates + ["delete"] * deletions
            cursor.execute(
                sql.SQL("revoke {} on {} from {}").format(sql.SQL(", ".join(refused)), sql.Identifier(table), name)
            )
