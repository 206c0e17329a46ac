"""Logs say what happened, and nothing that opens anything."""

import errno
import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from django.db import IntegrityError, OperationalError
from django.test import Client, RequestFactory

from tallystick.config import logs


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What is logged as JSON during the test, on standard error."""
    before = structlog.get_config()
    logs.configure({"format": "json"})
    yield capsys
    logs.configure({"format": "text"})
    structlog.configure(**before)


def last(written: pytest.CaptureFixture[str]) -> dict[str, object]:
    said: dict[str, object] = json.loads(written.readouterr().err.strip().splitlines()[-1])
    return said


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("GET /i/abc.def-123/ HTTP/1.1", "GET /i/…/ HTTP/1.1"),
        ("https://books.example.com/c/abc/shops", "https://books.example.com/c/…/shops"),
        ("/connect/shop/return/?code=1&state=2", "/connect/shop/return/?…"),
        ("no\nDETAIL:  Key (value)=(bob@example.com) already exists.\nmore", "no\nDETAIL: …\nmore"),
        ("/i/<str:token>/", "/i/<str:token>/"),
        ("Is it well? Yes", "Is it well? Yes"),
    ],
)
def test_secrets_are_struck_out_of_texts(text: str, struck: str) -> None:
    assert logs.without_secrets(text) == struck


def test_secrets_are_struck_out_by_name() -> None:
    said = logs.strike_out(None, "info", {"password": "a", "api_key": "b", "code": "c", "encoded": "d", "status": 200})
    assert said == {"password": "…", "api_key": "…", "code": "…", "encoded": "d", "status": 200}


def test_a_request_is_named_by_its_route_and_numbered(client: Client, written: pytest.CaptureFixture[str]) -> None:
    answer = client.get("/no/such/secret-token/?code=secret-code")
    said = last(written)
    assert said["route"] == "(unknown)"
    assert said["request_id"] == answer["X-Request-Id"]
    assert "secret" not in json.dumps(said)


def test_a_contented_probe_is_no_news(client: Client, written: pytest.CaptureFixture[str]) -> None:
    client.get("/healthz")
    assert "healthz" not in written.readouterr().err


def failure(trouble: Exception) -> logging.LogRecord:
    request = RequestFactory().get("/i/secret-token/")
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Failed: %s", (request.path,), None)
    record.request = request
    record.exc_info = (type(trouble), trouble, None)
    return record


def test_a_failure_keeps_its_trace_and_loses_its_path(written: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("django.request").handle(
        failure(IntegrityError("twice\nDETAIL:  Key (value)=(bob@x.org) exists."))
    )
    said = last(written)
    assert (said["event"], said["route"]) == ("failure", "(unknown)")
    assert "IntegrityError" in str(said["exception"])
    assert "bob@x.org" not in json.dumps(said)
    assert "secret-token" not in json.dumps(said)


def test_an_outage_is_not_told_by_every_request() -> None:
    assert not logs.by_route(failure(OperationalError()))


class FullDisk(io.StringIO):
    """Standard error where nothing can be written any more."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.usefixtures("written")
def test_work_goes_on_where_no_log_can_be_written(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    assert client.get("/no/such/page/").status_code == 404
