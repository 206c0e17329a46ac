"""What each process is made of: its role and connections, the database brought up or left alone, the pages' server."""

from __future__ import annotations

import multiprocessing
import os
import runpy
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import django
import pytest
from django.conf import settings as djangos
from pytest_django import Settings

from tallystick.config import checks, cli, embedded, lifeline, processes
from tallystick.config import settings as ours
from tallystick.config.environment import Environment


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process is made of is put back after each test."""
    monkeypatch.setattr(ours, "DATABASES", ours.DATABASES)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", os.environ["DJANGO_SETTINGS_MODULE"])


def role(url: str) -> str | None:
    return urlsplit(url).username


def test_a_process_serves_as_the_role_that_owns_nothing() -> None:
    environment = processes.set_up()
    assert ours.DATABASES["default"]["USER"] == environment.serving_role
    assert "pool" not in ours.DATABASES["default"]["OPTIONS"]


def test_threads_share_a_pool_with_a_connection_for_each() -> None:
    processes.set_up(threads=3)
    assert ours.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] == 3


def test_a_command_of_djangos_runs_as_the_role_that_owns_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["django", "version"]) == 0
    assert capsys.readouterr().out.strip() == django.get_version()
    assert ours.DATABASES["default"]["USER"] == role(ours.ENVIRONMENT.owner_url)


def test_writing_migrations_starts_no_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = replace(ours.ENVIRONMENT, data_dir=tmp_path / "new", database_url="", database_owner_url="")
    monkeypatch.setattr(ours, "ENVIRONMENT", new)
    with pytest.raises(SystemExit) as end:
        cli.main(["django", "makemigrations", "--help"])
    assert end.value.code == 0
    assert "tallystick django makemigrations" in capsys.readouterr().out
    assert not embedded.at(new.data_dir).home.folder.exists()


@pytest.mark.django_db
def test_the_role_that_owns_the_tables_is_refused_as_the_one_that_serves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = ours.ENVIRONMENT.owner_url
    same = replace(ours.ENVIRONMENT, database_url=owner, database_owner_url=owner)
    monkeypatch.setattr(processes, "set_up", lambda **_: same)
    assert cli.main(["migrate"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"tallystick: TALLYSTICK_DATABASE_URL is '{role(owner)}'. This role owns the tables.")


Serve = Callable[..., dict[str, Any]]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, serving: Environment, settings: Settings, tmp_path: Path) -> Serve:
    """`serve(…)` is what the pages' server was made of, at the moment when it would begin to listen."""
    settings.STATIC_ROOT = tmp_path / "static"
    told: dict[str, Any] = {}

    class Listening:
        def __init__(self, target: str, **made_of: Any) -> None:
            told.update(made_of, target=target)

        def serve(self) -> None:
            told["collected"] = sorted(path.name for path in (tmp_path / "static").glob("*.css"))

    def begin(*words: str) -> dict[str, Any]:
        assert cli.main(["serve", *words]) == 0
        return told

    def set_up(*, threads: int) -> Environment:
        told["threads"] = threads
        return serving

    monkeypatch.setattr(processes, "set_up", set_up)
    monkeypatch.setattr("granian.server.Server", Listening)
    return begin


def test_pages_are_served_by_as_many_threads_as_have_a_connection(serve: Serve) -> None:
    made = serve("--port", "8123", "--workers", "2", "--prepared")
    assert made["target"] == djangos.WSGI_APPLICATION.replace(".application", ":application")
    assert (made["address"], made["port"], made["workers"]) == ("127.0.0.1", 8123, 2)
    assert made["blocking_threads"] == made["threads"] == processes.THREADS


@pytest.mark.parametrize(("words", "collects"), [(["--prepared"], False), ([], True)])
def test_styles_are_collected_before_pages_are_served_unless_they_are_there(
    serve: Serve, words: list[str], collects: bool
) -> None:
    assert bool(serve(*words)["collected"]) is collects


def test_pages_are_not_served_where_that_would_be_unsafe(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "CLOCK_LIMIT", 0.0)
    assert cli.main(["serve", "--prepared"]) == 1
    assert "Let both follow a time server" in capsys.readouterr().err


@pytest.fixture
def tied_to(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """To whom this process would have been tied; for real it would end with them."""
    tied: list[int] = []
    monkeypatch.setattr(lifeline, "tie_to", tied.append)
    return tied


def entry() -> Any:
    return runpy.run_module("tallystick.config.wsgi")["application"]


@pytest.mark.django_db  # Django looks after its connections around each request, though this one asks nothing of them
def test_the_entry_for_a_server_answers(tied_to: list[int]) -> None:
    heard: list[str] = []
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/healthz", "SERVER_NAME": "localhost", "SERVER_PORT": "8000"}
    said = entry()({**asked, "wsgi.input": BytesIO()}, lambda status, _headers: heard.append(status))
    assert (heard, b"".join(said)) == (["200 OK"], b"alive\n")
    assert tied_to == []


def test_a_serving_process_is_tied_to_the_server_that_made_it(
    tied_to: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=4711))
    entry()
    assert tied_to == [4711]
