"""Where the world lives: a database of the bench's own, made once and used again until the world or the tables change."""

from __future__ import annotations

import hashlib
import inspect
import os
import time
from pathlib import Path

import psycopg

from bench import world as worlds
from bench.world import World

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "TALLYSTICK_BENCH_DATABASE_URL"
"""The address of an empty database that the bench may do with as it likes; absent: an embedded server of its own."""

PASSWORD = "a tally stick was split in two"

_MARK = "create table bench_world (made_of text not null)"
_TABLES = "select count(*) from pg_tables where schemaname = 'public'"


class Unfit(Exception):
    """The database given can't be used; the message says why and what to do."""


def choose(data_dir: Path) -> None:
    """Tell the settings, before they are read, where the data is and nothing else of what the environment says."""
    given = os.environ.get(VARIABLE, "")
    for name in [name for name in os.environ if name.startswith("TALLYSTICK_")]:
        del os.environ[name]
    os.environ["TALLYSTICK_DATA_DIR"] = str(data_dir)
    os.environ["TALLYSTICK_BASE_URL"] = "http://localhost:8000"
    if given:
        os.environ["TALLYSTICK_DATABASE_URL"] = os.environ["TALLYSTICK_DATABASE_OWNER_URL"] = given


def prepare(world: World) -> float:
    """Make the tables and the world unless they are there. The seconds it took, 0 when there was nothing to do."""
    from django.conf import settings

    url = settings.ENVIRONMENT.owner_url
    with psycopg.connect(url, autocommit=True) as connection:
        if _made_of(connection) == _recipe(world):
            return 0.0
        began = time.monotonic()
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
        _migrate()
        from django.contrib.auth.hashers import make_password

        worlds.fill(connection, world, make_password(PASSWORD))
        connection.execute(f"vacuum analyze {', '.join(worlds.TABLES)}")
        connection.execute(_MARK)
        connection.execute("insert into bench_world values (%s)", [_recipe(world)])
    return time.monotonic() - began


def sweep() -> None:
    """Forget what earlier runs left behind: sessions, codes, mails not sent, jobs."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "truncate accounts_session, accounts_attempt, accounts_allowance, outbox_delivery, procrastinate_jobs,"
            " invitations_invitation, invitations_clientconnectlink cascade"
        )


def _migrate() -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tallystick.config import roles

    call_command("migrate", interactive=False, verbosity=0)
    if settings.DATABASES["default"]["USER"] != settings.SERVING_ROLE:
        roles.equip(settings.SERVING_ROLE)


def _made_of(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    """What the world there was made of; empty for an empty database. Raises `Unfit` when it holds something else."""
    tables = connection.execute(_TABLES).fetchone()
    if not tables or not tables[0]:
        return ""
    marked = connection.execute("select to_regclass('public.bench_world') is not null").fetchone()
    if not marked or not marked[0]:
        raise Unfit(f"The database of {VARIABLE} has tables that the bench did not make. Give it an empty one.")
    row = connection.execute("select made_of from bench_world").fetchone()
    return str(row[0]) if row else ""


def _recipe(world: World) -> str:
    """A digest of all that the rows depend on: the sizes, how the world is made, every migration of ours."""
    parts = [repr(world), inspect.getsource(worlds)]
    parts += [path.read_text() for path in sorted((ROOT / "src" / "tallystick").glob("*/migrations/*.py"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
