"""What a copy of the database would show to whoever gets hold of one."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import psycopg
from psycopg import sql

_BINARY = re.compile(r"\\x([0-9a-f]{8,})")


def tables_in_clear(database: psycopg.Connection) -> dict[str, str]:
    """Every row of every table as text, by the table's name; what is binary also as the characters it may hold."""
    shown = {}
    for (table,) in database.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
        rows = database.execute(sql.SQL("select {0}::text from {0}").format(sql.Identifier(table))).fetchall()
        text = "\n".join(row for (row,) in rows)
        binary = (bytes.fromhex(each[: len(each) // 2 * 2]).decode("latin-1") for each in _BINARY.findall(text))
        shown[table] = "\n".join((text, *binary))
    return shown


def stored_in_clear() -> str:
    """The same of the database that Django is on, in one piece."""
    from django.db import connection

    connection.ensure_connection()
    return "\n".join(f"{table}:\n{text}" for table, text in tables_in_clear(connection.connection).items())


def disguises(secret: str) -> Iterator[str]:
    """The ways in which a value lies in a dump when nobody sealed it."""
    yield secret
    yield secret.encode().hex()
    yield base64.b64encode(secret.encode()).decode().rstrip("=")[:-2]
