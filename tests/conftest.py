"""What every test may ask for: the database, the clock, the number of rounds. Nothing but this machine is reachable."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import psycopg
import pytest
import pytest_django
from django.conf import settings
from django.db import connection
from django.dispatch import receiver
from django.test import TestCase, TransactionTestCase
from django.test.signals import setting_changed
from psycopg import sql
from xdist.scheduler import LoadFileScheduling

from tallystick.config import embedded, roles
from tests.support.browser import CHROMIUM, MISSING
from tests.support.cast import Cast
from tests.support.chains import chains_in_order
from tests.support.emptying import empty_tables
from tests.support.scenes import scenes
from tests.support.worker import WorkerProcess

__all__ = ["chains_in_order"]
collect_ignore = ["settings.py"]

JOURNEYS = "tests/journeys/"
WAITING = (
    "tests/jobs/test_worker_ends.py",
    "tests/connections/test_faults.py",
    "tests/connections/test_worker.py",
    "tests/config/test_supervisor.py",
    "tests/connections/test_fresh.py",
    "tests/config/test_embedded.py",
    "tests/web/demo/test_mailbox_browser.py",
    "tests/connectors/test_journeys.py",
    "tests/jobs/test_worker.py",
    "tests/connections/test_no_secret.py",
)
"""Tests that wait for most of their time: for workers to end, for servers to come back, for apps that are slow."""

AT_WORK = (
    "tests/house/test_access_table.py",
    "tests/web/test_frame_browser.py",
    "tests/endings/test_races.py",
    "tests/outbox/test_faults.py",
    "tests/connections/test_one_call.py",
)
"""Tests that keep a processor busy for long."""

FIRST = (JOURNEYS, *WAITING, *AT_WORK)


def pytest_sessionstart() -> None:
    """Where everything is set up by itself, a missing browser is a fault of the set-up, not a reason to skip."""
    _least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # hundreds of callers at once are some tests' subject
    if os.environ.get("CI") == "true" and not CHROMIUM:
        pytest.exit(f"CI=true. {MISSING}", returncode=1)


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Each file of tests goes to one process. All journeys go to the same one: they share a house and a browser. So do the
    files that wait: beside them the others have work for two processors."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return JOURNEYS if file.startswith(JOURNEYS) else "waiting" if file in WAITING else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """How the processes share the tests."""
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that processes that share the tests end together; the journeys come in one go,
    since they share a house and a browser. Within that, the order is any."""
    items.sort(key=lambda item: next((place for place, name in enumerate(FIRST) if name in item.nodeid), len(FIRST)))


def pytest_runtest_setup() -> None:
    """Only loopback and Unix sockets: a test that reaches for the network fails at once."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before Django connects: the server runs, and both roles are there."""
    environment = settings.ENVIRONMENT
    if environment.is_embedded:
        server = embedded.use(environment.data_dir, passing=True)
        with psycopg.connect(server.superuser_url, autocommit=True) as superuser:
            superuser.execute("alter role tallystick_owner createdb")
            superuser.execute("grant tallystick to tallystick_owner")
        return
    with psycopg.connect(environment.owner_url, autocommit=True) as owner:
        role = settings.SERVING_ROLE
        if not owner.execute("select from pg_roles where rolname = %s", [role]).rowcount:
            owner.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
            owner.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """After the migrations: the serving role gets what `tallystick migrate` gives it."""
    with django_db_blocker.unblock():
        roles.equip(settings.SERVING_ROLE)


@pytest.fixture(scope="session", autouse=True)
def around_tests() -> Iterator[None]:
    """Takes the place of what Django does around a test: one that commits is cleared up after, others share scenes."""
    rolling_back: Any = TestCase
    committing: Any = TransactionTestCase
    enter, undo = rolling_back._enter_atomics.__func__, rolling_back._rollback_atomics.__func__
    ready = committing._fixture_setup.__func__

    def begin(case: type[TestCase]) -> object:
        scenes.before_test()
        blocks = enter(case)
        scenes.begin()
        return blocks

    def end(case: type[TestCase], blocks: object) -> None:
        scenes.end()
        undo(case, blocks)
        scenes.after_test()

    def begin_to_commit(case: type[TransactionTestCase]) -> None:
        scenes.strike()
        ready(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rolling_back, "_enter_atomics", classmethod(begin))
        patch.setattr(rolling_back, "_rollback_atomics", classmethod(end))
        patch.setattr(committing, "_fixture_setup", classmethod(begin_to_commit))
        patch.setattr(committing, "_fixture_teardown", lambda _case: empty_tables())
        yield


@pytest.fixture(scope="module", autouse=True)
def scenes_of_this_file(django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """What stands for the tests of one file is gone for the next."""
    yield
    with django_db_blocker.unblock():
        scenes.strike()


@receiver(setting_changed)
def _read_definitions_again(setting: str, **_more: object) -> None:
    """Apps are read once per process: a test that changes a setting of theirs, and the next, read them anew."""
    if setting in {"SANDBOX_URL", "CONNECTORS_DIR", "CONNECTOR_SETTINGS"}:
        from tallystick.connectors import catalogue

        catalogue.shelf.cache_clear()


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that commits, the tables of models are emptied (`tests/support/emptying.py`); the queue's here."""
    marked = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marked and marked.kwargs.get("transaction"))
    if not commits:
        yield
        return
    request.getfixturevalue("transactional_db")  # taken down after this one
    yield
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
        if not WorkerProcess.at_work:  # a worker whose row is gone can take no job
            cursor.execute("delete from procrastinate_workers")


@pytest.fixture
def serving_role(db: None) -> Callable[[], AbstractContextManager[None]]:
    """`with serving_role(): …` asks the database as the role that serves, instead of the tables' owner."""

    @contextmanager
    def as_serving_role() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute(f"set role {connection.ops.quote_name(settings.SERVING_ROLE)}")
            try:
                yield
            finally:
                if not connection.needs_rollback:
                    cursor.execute("reset role")

    return as_serving_role


@cache
def _definition_of_now() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_functiondef('tallystick_now'::regproc)")
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])


class Clock:
    """The one clock, shifted: `tallystick_now()` is replaced inside the test's transaction, or put back after the test."""

    def __init__(self) -> None:
        self._shift = timedelta(0)
        self.definition = _definition_of_now()

    def shift(self, **by: float) -> None:
        """Go on (or back) by so many days, hours, …, on top of earlier shifts."""
        self._shift += timedelta(**by)
        moved = f"(clock_timestamp() + interval '{self._shift.total_seconds()} seconds')"
        self._replace(self.definition.replace("clock_timestamp()", moved.replace("'", self._quote)))

    def restore(self) -> None:
        """Back to the machine's own time."""
        self._replace(self.definition)

    @property
    def _quote(self) -> str:
        """Inside a body that pg_get_functiondef quoted with dollars, a quote is a quote."""
        return "'" if "$function$" in self.definition else "''"

    def _replace(self, definition: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(definition)


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    """Shifts the one clock for this test: `clock.shift(days=3)`. With `transactional_db` other connections see it too."""
    if "transactional_db" not in request.fixturenames:
        request.getfixturevalue("db")
    clock = Clock()
    yield clock
    if not connection.in_atomic_block:
        clock.restore()


@pytest.fixture
def rounds() -> Callable[[int, int], int]:
    """`rounds(short, full)`: how often to repeat; `make prove` takes the full count."""
    proving = os.environ.get("TALLYSTICK_PROVE") == "1"
    return lambda short, full: full if proving else short


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob, Charlie and theirs; see `tests/support/cast.py`. With `transactional_db` other connections see them."""
    return Cast()
