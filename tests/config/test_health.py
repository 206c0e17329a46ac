"""Alive, able to work, and what pages say while the database is away."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tallystick.config import health
from tallystick.config.database.base import DatabaseWrapper
from tallystick.config.database.outage import outage


@pytest.fixture(autouse=True)
def no_outage() -> Iterator[None]:
    yield
    outage.forget()


def heartbeat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (tallystick_now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def request(path: str, **extra: str) -> WSGIRequest:
    return RequestFactory().get(path, **extra)  # type: ignore[arg-type]


def failing_with(trouble: Exception, cause: psycopg.Error, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks the database gets this error, for this cause."""

    def fail() -> bool:
        raise trouble from cause

    monkeypatch.setattr(health._migrations, "are_pending", fail)


def test_alive_asks_nobody(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_ready_with_a_worker_at_work(client: Client) -> None:
    heartbeat(seconds_ago=5)
    assert client.get("/readyz").json() == {"ready": True, "missing": []}


@pytest.mark.django_db
def test_not_ready_without_a_word_from_a_worker(client: Client) -> None:
    heartbeat(seconds_ago=health.WORKER_SILENCE + 5)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "tallystick worker" in answer.json()["missing"][0]


@pytest.mark.django_db
def test_not_ready_before_the_tables_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrations", health._Migrations())
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'core'")
    assert "tallystick migrate" in health.missing_for_work()[0]


def test_not_ready_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    failing_with(OperationalError(), psycopg.OperationalError(), monkeypatch)
    answer = health.ready(request("/readyz"))
    assert answer.status_code == 503
    assert json.loads(answer.content)["missing"] == ["The database can't be reached."]


def test_a_role_that_may_not_read_is_sent_to_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    failing_with(ProgrammingError(), psycopg.errors.InsufficientPrivilege(), monkeypatch)
    answer = health.ready(request("/readyz"))
    assert answer.status_code == 503
    assert json.loads(answer.content)["missing"] == ["The role that serves lacks its rights: run `tallystick migrate`."]


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (OperationalError(), psycopg.errors.DeadlockDetected()),
        (ProgrammingError(), psycopg.errors.UndefinedColumn()),
    ],
    ids=["deadlock", "unknown column"],
)
def test_an_error_that_is_no_outage_is_not_told_as_one(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception, cause: psycopg.Error
) -> None:
    failing_with(trouble, cause, monkeypatch)
    with pytest.raises(type(trouble)):
        health.ready(request("/readyz"))


@pytest.mark.parametrize(
    ("cause", "away"),
    [
        (psycopg.OperationalError(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.QueryCanceled(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_trouble_with_the_connection_means_away(cause: psycopg.Error, away: bool) -> None:
    trouble = OperationalError()
    trouble.__cause__ = cause
    assert health.is_away(trouble) is away


def failing(trouble: Exception) -> tuple[int, str]:
    try:
        raise trouble  # noqa: TRY301 - so that it is the one at hand
    except Exception:  # noqa: BLE001 - as Django calls a handler of failures
        answer = health.failure(request("/"))
    return answer.status_code, answer.content.decode()


def test_a_page_without_database_apologises_and_the_next_ones_at_once() -> None:
    status, page = failing(InterfaceError())
    assert status == 503
    assert "We are away for a moment" in page
    gate = health.Health(lambda _request: pytest.fail("the page was asked"))
    answer = gate(request("/f/alice/"))
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")


def a_database(where: str) -> DatabaseWrapper:
    """A connection to somewhere else, as Django makes it; not yet open."""
    return DatabaseWrapper(connection.settings_dict | {"HOST": where, "PORT": "1"})


def test_a_database_that_does_not_answer_is_remembered_for_a_breath(tmp_path: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        a_database(str(tmp_path)).get_new_connection({"host": str(tmp_path)})
    assert outage.is_fresh()


def test_whoever_asks_again_at_once_is_told_at_once(tmp_path: Path) -> None:
    outage.notice()
    with pytest.raises(psycopg.OperationalError, match="did not answer a moment ago"):
        a_database(str(tmp_path)).get_new_connection({"host": str(tmp_path)})


def test_a_failure_of_ours_is_no_outage() -> None:
    status, _page = failing(ValueError())
    assert status == 500
    assert not outage.is_fresh()


def test_who_comes_by_number_is_led_to_the_name() -> None:
    def page(_request: HttpRequest) -> None:
        pytest.fail("the page was asked")

    answer = health.Health(page)(request("/sign-in/?next=/me/", HTTP_HOST="127.0.0.1:8000"))  # type: ignore[arg-type]
    assert (answer.status_code, answer["Location"]) == (302, "http://localhost:8000/sign-in/?next=/me/")
