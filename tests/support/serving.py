"""The tests' database as the role that serves would see it. A conftest takes the fixture in by importing it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from tallystick.config import roles
from tallystick.config.environment import Environment


@pytest.fixture(scope="module")
def serving(django_db_setup: None, django_db_blocker: Any) -> Iterator[Environment]:
    """The tests' database as the role that serves would see it, reached by that role itself."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    owner = urlsplit(settings.ENVIRONMENT.owner_url)
    role = f"tallystick_checks_test{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    with psycopg.connect(urlunsplit(owner._replace(path=f"/{name}")), autocommit=True) as database:
        yes = database.execute("select rolcreaterole or rolsuper from pg_roles where rolname = current_user").fetchone()
        if settings.ENVIRONMENT.is_embedded:
            role = "tallystick"
        elif yes and yes[0] and not database.execute("select from pg_roles where rolname = %s", [role]).rowcount:
            database.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
    with django_db_blocker.unblock():
        roles.equip(role)
    place = owner.netloc.rpartition("@")[2]
    yield replace(settings.ENVIRONMENT, database_url=f"postgresql://{role}@{place}/{name}")
    if role != "tallystick":
        with psycopg.connect(urlunsplit(owner._replace(path=f"/{name}")), autocommit=True) as database:
            database.execute(sql.SQL("drop owned by {}; drop role {}").format(*[sql.Identifier(role)] * 2))


def as_owner(serving: Environment) -> Environment:
    """The same database, served by the role that owns its tables."""
    owner = urlsplit(settings.ENVIRONMENT.owner_url)
    return replace(serving, database_url=urlunsplit(owner._replace(path=urlsplit(serving.database_url).path)))
