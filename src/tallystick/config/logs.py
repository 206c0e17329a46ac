"""One line for each event and request, as text or JSON, with nothing in it that opens anything.

Addresses hold tokens, so a request is logged by its route's pattern, never by its path or query. Values under telling
names are struck out, and so is what PostgreSQL adds to an error, because it quotes the row.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

_SECRETIVE = re.compile(
    r"token|secret|passw|(^|_)code($|_)|(^|_)key($|_)|authori[sz]ation|cookie|credential|session|signature|query",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"'>]+")
_DETAIL = re.compile(r"^(DETAIL|CONTEXT|HINT|LINE \d+):.*(\n +\^.*)?$", re.MULTILINE)
_TOKEN_PATH = re.compile(r"(^|[\s\"'(=]|://[^/\s]+)/(i|c|s)/(?!<)[^\s/\"'>]+")

PROBES = ("/healthz", "/readyz")

_QUIET = {
    "django.security": logging.CRITICAL,
    "procrastinate": logging.WARNING,
    "httpx2": logging.WARNING,  # it would write down whole addresses
    "httpcore2": logging.WARNING,
}

_log = structlog.get_logger("tallystick.requests")


class StandardError(logging.Handler):
    """Writes to standard error, whatever that is at the moment: tests put their own in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - logging never fails the work it tells of
            self.handleError(record)


def configure(wanted: dict[str, str]) -> None:
    """Set logging up for this process. `wanted["format"]` is text or json."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        strike_out,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if wanted["format"] == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    handler = StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(["route"]), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, StandardError)]
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in ("django", "django.server"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    failures = logging.getLogger("django.request")
    failures.filters = [by_route]
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def strike_out(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Take secrets out of one event: by the names of its values, and by their shape in its texts."""
    for name, value in event.items():
        if _SECRETIVE.search(name):
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = without_secrets(value)
    return event


def without_secrets(text: str) -> str:
    """The text without query strings, link tokens and quoted rows."""
    return _DETAIL.sub(r"\1: …", _TOKEN_PATH.sub(r"\1/\2/…", _QUERY.sub("?…", text)))


def by_route(record: logging.LogRecord) -> bool:
    """Let Django's line about a failure through, with the route instead of the path and only for its trace's sake.

    While the database is away each request would fail the same way: our own line with status 503 is enough.
    """
    if not record.exc_info or isinstance(record.exc_info[1], OperationalError | InterfaceError):
        return False
    request = getattr(record, "request", None)
    record.msg, record.args = "failure", ()
    record.route = _route(request) if isinstance(request, HttpRequest) else "(unknown)"
    return True


class RequestLog:
    """Gives each request a number, which its answer and every line about it carry, and writes one line when it is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve, then log route, status and milliseconds."""
        began = time.perf_counter()
        number = secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = self.get_response(request)
            _log.log(
                _weight(request, response),
                "request",
                method=request.method,
                route=_route(request),
                status=response.status_code,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
            )
        response["X-Request-Id"] = number
        return response


def _weight(request: HttpRequest, response: HttpResponse) -> int:
    """A probe that is content would fill the log with itself."""
    if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.ERROR
    return logging.DEBUG if request.path in PROBES and response.status_code == HTTPStatus.OK else logging.INFO


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match else "(unknown)"
