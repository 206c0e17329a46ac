"""What keeps us from starting is refused with name, value and remedy."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tallystick.config import checks
from tallystick.config.environment import Environment, Misconfigured
from tests.support.serving import as_owner


def test_all_is_well_as_the_serving_role(serving: Environment) -> None:
    assert checks.before_start(serving) == []


def test_the_owner_may_not_serve(serving: Environment) -> None:
    with pytest.raises(Misconfigured, match=r"owns \d+ tables|is a superuser"):
        checks.before_start(as_owner(serving))


def test_a_serving_role_that_may_touch_the_ledger_is_refused(serving: Environment) -> None:
    role = sql.Identifier(serving.serving_role)
    with psycopg.connect(as_owner(serving).database_url, autocommit=True) as database:
        try:
            database.execute(sql.SQL("grant update on audit_fact to {}").format(role))
            with pytest.raises(Misconfigured, match="may change the ledger's table audit_fact"):
                checks.before_start(serving)
        finally:
            database.execute(sql.SQL("revoke update on audit_fact from {}").format(role))


@pytest.mark.parametrize(("limit", "value"), [("CLOCK_LIMIT", 0.0), ("CLOCK_WARNING", 0.0)])
def test_clocks_that_differ_are_told_of_or_refused(
    serving: Environment, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(checks, limit, value)
    if limit == "CLOCK_LIMIT":
        with pytest.raises(Misconfigured, match="Let both follow a time server"):
            list(checks.the_clocks_agree(serving))
    else:
        assert "time server" in next(checks.the_clocks_agree(serving))


def test_an_old_database_is_refused(serving: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "OLDEST_DATABASE", 990_000)
    with pytest.raises(Misconfigured, match="Tallystick needs 99 or later"):
        checks.before_start(serving)


def test_a_database_that_does_not_answer_is_named(serving: Environment, tmp_path: Path) -> None:
    gone = replace(serving, database_url="postgresql://tallystick:hunter2@127.0.0.1:1/books")
    with pytest.raises(Misconfigured, match="can't be reached") as no:
        checks.before_start(gone)
    assert "127.0.0.1/books" in str(no.value)
    assert "hunter2" not in str(no.value)


def test_an_empty_database_is_sent_to_migrate(serving: Environment) -> None:
    empty = replace(serving, database_url=serving.database_url.rpartition("/")[0] + "/template1")
    with pytest.raises(Misconfigured, match="tallystick migrate"):
        list(checks.migrations_are_applied(empty))


def test_a_role_that_was_granted_nothing_is_sent_to_migrate(serving: Environment) -> None:
    role = sql.Identifier(serving.serving_role)
    with psycopg.connect(as_owner(serving).database_url, autocommit=True) as database:
        try:
            database.execute(sql.SQL("revoke select on django_migrations from {}").format(role))
            with pytest.raises(Misconfigured, match="may not read the tables: run `tallystick migrate`") as no:
                checks.before_start(serving)
        finally:
            database.execute(sql.SQL("grant select on django_migrations to {}").format(role))
    assert no.value.value == serving.serving_role


def test_the_embedded_database_is_said_to_be_for_trying_out(tmp_path: Path) -> None:
    if not settings.ENVIRONMENT.is_embedded:
        pytest.skip("the tests run on another database")
    assert list(checks.the_database_answers(settings.ENVIRONMENT)) == [checks.EMBEDDED_WARNING]
