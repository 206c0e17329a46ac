"""The serving role gets what serving needs, and no more."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from tallystick.config import roles

pytestmark = pytest.mark.django_db

LEDGER = """
create table test_ledger (word text);
create function audit_refuse_change() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create trigger test_ledger_kept before update or delete on test_ledger for each row execute function audit_refuse_change();
"""


def execute(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


@pytest.fixture
def ledger(db: None) -> None:
    execute(LEDGER.replace("create function", "create or replace function"))
    roles.equip(settings.SERVING_ROLE)


def test_the_serving_role_reads_and_writes_rows(serving_role: Callable[[], AbstractContextManager[None]]) -> None:
    with serving_role():
        assert execute("select has_table_privilege('django_migrations', 'select, insert, update, delete')") == (True,)


@pytest.mark.parametrize(
    "statement",
    [
        "alter table django_migrations add column more text",
        "create table public.mine (word text)",
        "truncate django_migrations",
        "create or replace function tallystick_now() returns timestamptz language sql as 'select now()'",
    ],
)
def test_the_serving_role_changes_no_tables(
    statement: str, serving_role: Callable[[], AbstractContextManager[None]]
) -> None:
    with serving_role(), pytest.raises(ProgrammingError), transaction.atomic():
        execute(statement)


@pytest.mark.parametrize("statement", ["update test_ledger set word = 'b'", "delete from test_ledger"])
def test_the_serving_role_may_not_try_what_the_ledger_refuses(
    ledger: None, statement: str, serving_role: Callable[[], AbstractContextManager[None]]
) -> None:
    with serving_role():
        execute("insert into test_ledger values ('a')")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            execute(statement)
