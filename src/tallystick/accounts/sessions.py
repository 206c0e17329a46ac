"""Django's session engine on our own table, and the middleware that carries the cookie.

Of the key only a digest is kept and the data is sealed, so a copy of the database signs nobody in. Ends are tested with the
database's clock at every load.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import SESSION_KEY as PERSON_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse

from tallystick.accounts.models.sessions import (
    Session,
    browser_named,
    digests_of,
    limit_for,
    register_limit,
)
from tallystick.accounts.sources import network_of
from tallystick.core.clock import Now
from tallystick.core.sealing import Unopenable, random_text, seal, unseal

__all__ = ["SessionMiddleware", "SessionStore", "register_limit"]

COARSE = timedelta(minutes=1)
"""How exactly we keep when a session was last seen."""


_BY_KEY = "select *, tallystick_now() as moment from accounts_session where key_digest = any(%s)"
"""Each request asks this once, as it asks for its person: the mapper takes longer to put such a question than the database to
answer it."""


class SessionStore(SessionBase):
    """One request's hold on its session."""

    row: Session | None = None
    over_because: str = ""
    network: str = ""
    browser: str = ""
    is_polled: bool = False  # a page that keeps itself up to date is no sign of a person

    def load(self) -> dict[str, Any]:
        """The data of a live session; of any other, nothing, and `over_because` says why."""
        key = self.session_key or ""
        row: Any = next(iter(Session.objects.raw(_BY_KEY, [digests_of(key)])), None)
        self.over_because = row.why_over(row.moment) if row else ""
        data = _opened(row) if row and not self.over_because else None
        if row is None or data is None:
            self._session_key = None
            return {}
        self.row = row
        if not self.is_polled and row.seen_at + COARSE <= row.moment:
            Session.objects.filter(pk=row.pk, ended_at=None).update(seen_at=Now())
        return data

    def exists(self, session_key: str | None = None) -> bool:
        """Is a session known by this key?"""
        return bool(session_key) and Session.objects.keyed(session_key or "").exists()

    def create(self) -> None:
        """Begin a session under a new key."""
        self._session_key = self._get_new_session_key()
        self.row = None
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's own signature
        """Write the data down. Raises `UpdateError` when the session was ended meanwhile."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if must_create or self.row is None:
            self._insert(data)
        else:
            self._update(self.row, data)

    def delete(self, session_key: str | None = None) -> None:
        """End the session of this key. It stays on the person's list of ended ones; its data goes."""
        key = session_key or self.session_key
        row = Session.objects.keyed(key).select_related("person").first() if key else None
        if row is None:
            return
        if row.person is None:
            row.delete()
        else:
            row.end(by=row.person.actor, reason="signed_out")

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing to do: the sweep of this room forgets sessions."""

    def is_fresh(self) -> bool:
        """Has the person proved themselves in this session in the last ten minutes?"""
        return self._session is not None and self.row is not None and self.row.is_fresh()  # type: ignore[attr-defined]

    def note_proof(self) -> None:
        """The person has just proved themselves here."""
        if self.row is not None:
            self.row.note_proof()

    def _get_new_session_key(self) -> str:
        return random_text(32)

    def _insert(self, data: dict[str, Any]) -> None:
        person_id = _person_in(data)
        limits = limit_for(person_id)
        row = Session(id=uuid4(), person_id=person_id, idle=limits.idle, browser=self.browser, network=self.network)
        row.key_digest = digests_of(self.session_key or "")[0]
        row.until = Now() + limits.most
        row.proved_at = Now() if person_id else None
        row.data = _sealed(row, data)
        row.save(force_insert=True)
        row.refresh_from_db()
        self.row = row

    def _update(self, row: Session, data: dict[str, Any]) -> None:
        person_id = _person_in(data)
        changes: dict[str, Any] = {"data": _sealed(row, data), "seen_at": Now()}
        if person_id != row.person_id:
            limits = limit_for(person_id)
            changes |= {"person_id": person_id, "idle": limits.idle, "until": Now() + limits.most, "proved_at": Now()}
        if not Session.objects.filter(pk=row.pk).live().update(**changes):
            raise UpdateError
        if "person_id" in changes:
            row.refresh_from_db()


class SessionMiddleware(DjangoSessionMiddleware):
    """Carries the session's cookie; keeps that of an ended session until a page has said what happened."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its session, and the session what it may remember of the browser."""
        super().process_request(request)
        session: SessionStore = request.session  # type: ignore[assignment]
        session.is_polled = request.headers.get("HX-Request") == "true"
        session.network = network_of(request)
        session.browser = browser_named(request.META.get("HTTP_USER_AGENT", ""))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save what changed. A session ended while its request ran is not revived: the cookie goes."""
        session: SessionStore = request.session  # type: ignore[assignment]
        if session.over_because and not session.modified and 300 <= response.status_code < 400:
            return response
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite="Lax")
            return response


def _person_in(data: dict[str, Any]) -> UUID | None:
    return UUID(data[PERSON_KEY]) if PERSON_KEY in data else None


def _place(row: Session) -> tuple[str, ...]:
    return ("accounts_session", "data", str(row.pk))


def _sealed(row: Session, data: dict[str, Any]) -> bytes:
    return seal(json.dumps(data, separators=(",", ":")).encode(), place=_place(row))


def _opened(row: Session) -> dict[str, Any] | None:
    try:
        data: dict[str, Any] = json.loads(unseal(bytes(row.data), place=_place(row)))
    except Unopenable:
        return None
    return data
