"""What must be right before we serve: asked of the database itself, and refused with name, value and remedy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg

from tallystick.config.environment import Environment, Misconfigured
from tallystick.config.roles import GUARDED

OLDEST_DATABASE = 150_000
"""PostgreSQL 15, as `server_version_num` writes it."""

CLOCK_WARNING, CLOCK_LIMIT = 60.0, 300.0
"""Seconds the database's clock may be off from this machine's before we say so, and before we refuse."""

EMBEDDED_WARNING = (
    "The database is the embedded one: fine for trying out, not for production. "
    "For real data set TALLYSTICK_DATABASE_URL to a PostgreSQL of yours (docs/operations.md)."
)

Connection = psycopg.Connection[tuple[object, ...]]

# Owning includes being a member of the role that owns.
_OWNED = """
select count(*) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm', 'S') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and pg_has_role(current_user, relowner, 'member')
"""


# Where there is no such table the second is null.
_TABLES = """
select kept is not null, has_table_privilege(kept, 'select') from (select to_regclass('public.django_migrations')) as _(kept)
"""


def before_start(environment: Environment) -> list[str]:
    """Refuse (`Misconfigured`) what would be unsafe; answer what the operator should know all the same."""
    return [said for check in CHECKS for said in check(environment)]


def the_database_answers(environment: Environment) -> Iterator[str]:
    """It can be reached, and it is new enough."""
    refuse_old_database(environment.serving_url)
    if environment.is_embedded:
        yield EMBEDDED_WARNING


def the_serving_role_owns_nothing(environment: Environment) -> Iterator[str]:
    """The role that serves is no superuser, owns no table, and may not touch what was put on record (quality bar 31)."""
    remedy = "Serve as a role of its own that owns nothing; `tallystick migrate` grants it what it needs (docs/operations.md)."
    with _connect(environment.serving_url) as connection:
        name, superuser, creates_roles, bypasses = _one(
            connection,
            "select rolname, rolsuper, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user",
        )
        fault = "is a superuser" if superuser else "may make roles" if creates_roles or bypasses else ""
        (owned,) = _one(connection, _OWNED)
        fault = fault or (f"owns {owned} tables" if owned else "")
        (makes_tables,) = _one(connection, "select has_schema_privilege(current_user, 'public', 'create')")
        fault = fault or ("may make tables" if makes_tables else "") or _fault_of_ledger(connection)
    if fault:
        raise Misconfigured("TALLYSTICK_DATABASE_URL", str(name), f"This role {fault}. {remedy}")
    yield from ()


def _fault_of_ledger(connection: Connection) -> str:
    for table, updates, deletions in connection.execute(GUARDED).fetchall():
        rights = ["truncate"] + ["update"] * bool(updates) + ["delete"] * bool(deletions)
        (allowed,) = _one(connection, "select has_table_privilege(%s::text, %s::text)", str(table), ", ".join(rights))
        if allowed:
            return f"may change the ledger's table {table}"
    return ""


def the_clocks_agree(environment: Environment) -> Iterator[str]:
    """The database's clock decides what is over; one far off would end things early or late."""
    with _connect(environment.serving_url) as connection:
        before = time.time()
        (there,) = _one(connection, "select extract(epoch from clock_timestamp())::float8")
        here = (before + time.time()) / 2
    off = abs(float(str(there)) - here)
    sentence = f"The clocks of this machine and the database differ by {off:.0f} s. Let both follow a time server."
    if off > CLOCK_LIMIT:
        raise Misconfigured("TALLYSTICK_DATABASE_URL", _where(environment.serving_url), sentence)
    if off > CLOCK_WARNING:
        yield sentence


def migrations_are_applied(environment: Environment) -> Iterator[str]:
    """The tables are there, and the role that serves was granted its rights."""
    with _connect(environment.serving_url) as connection:
        there, granted = _one(connection, _TABLES)
    if not there:
        raise Misconfigured(
            "TALLYSTICK_DATABASE_URL",
            _where(environment.serving_url),
            "It has no tables yet: run `tallystick migrate`.",
        )
    if not granted:
        raise Misconfigured(
            "TALLYSTICK_DATABASE_URL",
            environment.serving_role,
            "This role may not read the tables: run `tallystick migrate`, which grants it what it needs.",
        )
    yield from ()


def connectors_can_be_read(environment: Environment) -> Iterator[str]:
    """Definitions of apps with faults are left out, and settings may name no app; whoever wrote them should know."""
    from tallystick.connectors import catalogue

    yield from catalogue.faults()
    yield from (
        f"{name} belongs to no app that is known here: look for a slip." for name in catalogue.unused_settings()
    )


CHECKS: tuple[Callable[[Environment], Iterator[str]], ...] = (
    the_database_answers,
    the_serving_role_owns_nothing,
    the_clocks_agree,
    migrations_are_applied,
    connectors_can_be_read,
)
"""Each yields what the operator should know, and raises `Misconfigured` where a start would be unsafe."""


def refuse_old_database(url: str) -> None:
    """Raises `Misconfigured` when the database can't be reached or is older than PostgreSQL 15."""
    with _connect(url) as connection:
        version = connection.info.server_version
    if version < OLDEST_DATABASE:
        raise Misconfigured(
            "TALLYSTICK_DATABASE_URL",
            _where(url),
            f"It is PostgreSQL {version // 10_000}, and Tallystick needs {OLDEST_DATABASE // 10_000} or later.",
        )


def _connect(url: str) -> Connection:
    try:
        return psycopg.connect(url, connect_timeout=5, autocommit=True)
    except psycopg.OperationalError as trouble:
        said = " ".join(str(trouble).split())
        raise Misconfigured(
            "TALLYSTICK_DATABASE_URL", _where(url), f"The database can't be reached: {said}"
        ) from trouble


def _one(connection: Connection, query: str, *values: str) -> tuple[object, ...]:
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return row


def _where(url: str) -> str:
    """Host and database, for people; no role, no password."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"
