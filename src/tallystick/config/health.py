"""Is it alive, is it able to work, and what a page says while the database is away."""

from __future__ import annotations

import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import translation
from psycopg.errors import InsufficientPrivilege

from tallystick.config.database.outage import outage
from tallystick.core.clock import now as database_now
from tallystick.jobs import worker_seen
from tallystick.web.errors import server_error, unavailable

WORKER_SILENCE = 60
"""Seconds without a word from any worker until the house is not able to work. A worker speaks every 10."""

_RETRY_AFTER = "5"

_AWAY_STATES = ("08", "57P", "53300")
"""Connection trouble, shutting down or starting, too many connections (PostgreSQL's documentation, appendix A)."""


def alive(_request: HttpRequest) -> HttpResponse:
    """`/healthz`: this process answers. It asks nobody else."""
    return HttpResponse("alive\n", content_type="text/plain")


def ready(_request: HttpRequest) -> HttpResponse:
    """`/readyz`: database reachable, migrations applied, a worker heard of. 503 names what is missing."""
    missing = missing_for_work()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def missing_for_work() -> list[str]:
    """What keeps us from working, in plain words; empty when nothing does."""
    try:
        if _migrations.are_pending():
            return ["Migrations are not applied: run `tallystick migrate`."]
        return [] if _worker_is_heard() else [f"No worker was heard of in {WORKER_SILENCE} s: run `tallystick worker`."]
    except (OperationalError, InterfaceError) as trouble:
        if not is_away(trouble):
            raise
        return ["The database can't be reached."]
    except ProgrammingError as trouble:
        if not isinstance(trouble.__cause__, InsufficientPrivilege):
            raise
        return ["The role that serves lacks its rights: run `tallystick migrate`."]


class _Migrations:
    """Asks whether migrations are applied until they are: what was applied stays so while this process runs."""

    def __init__(self) -> None:
        self._applied = False

    def are_pending(self) -> bool:
        if not self._applied:
            executor = MigrationExecutor(connection)
            self._applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        else:
            connection.ensure_connection()
        return not self._applied


_migrations = _Migrations()


def _worker_is_heard() -> bool:
    seen = worker_seen()
    return seen is not None and abs((database_now() - seen).total_seconds()) < WORKER_SILENCE


class Health:
    """Answers the two questions before anything else could fail, and spares pages from waiting for a database that is away.

    The probes ask by number, which no other page answers to; people who do are led to the name.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._answers = {"/healthz": alive, "/readyz": ready}
        self._port = urlsplit(settings.BASE_URL).port

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The probe's answer, a way to the right name, the apology, or the page."""
        answer = self._answers.get(request.path)
        if answer and request.method in {"GET", "HEAD"}:
            return answer(request)
        if request.META.get("HTTP_HOST") == f"127.0.0.1:{self._port}" and "localhost" in settings.ALLOWED_HOSTS:
            return HttpResponseRedirect(f"{settings.BASE_URL}{request.get_full_path()}")
        if outage.is_fresh():
            return away(request)
        return self.get_response(request)


def failure(request: HttpRequest) -> HttpResponse:
    """The page for a failure of ours (`handler500`): while the database is away it says so, with 503."""
    if is_away(sys.exception()):
        outage.notice()
        return away(request)
    request.user = AnonymousUser()  # what failed may be the very asking who they are
    return server_error(request)


def is_away(trouble: BaseException | None) -> bool:
    """Does this error mean that the database can't be talked to? A deadlock has the same class, and is none of this."""
    if not isinstance(trouble, OperationalError | InterfaceError):
        return False
    state: str | None = getattr(trouble.__cause__, "sqlstate", None)
    return state is None or state.startswith(_AWAY_STATES)


def away(request: HttpRequest) -> HttpResponse:
    """The apology while the database is away: no row is read for it, not even who is signed in."""
    request.user = AnonymousUser()
    with translation.override(translation.get_language_from_request(request)):
        response = unavailable(request)
    response["Retry-After"] = _RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response
