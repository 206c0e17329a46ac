"""A session: one browser signed in as one person, or not signed in yet. The key is kept as a digest, the data sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from tallystick.accounts.models.people import User
from tallystick.audit import hold, record
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import Now, now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.sealing import keyed_digests

FRESH = timedelta(minutes=10)
"""How long a proof counts as fresh before dangerous pages (quality bar 16)."""

KEPT = timedelta(days=90)
"""How long an ended session is remembered, where it came from included (quality bar 67)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: without a request, and in all."""

    idle: timedelta
    most: timedelta


ANONYMOUS = Limits(idle=timedelta(minutes=30), most=timedelta(hours=2))
CLIENT = Limits(idle=timedelta(minutes=30), most=timedelta(hours=12))
STAFF = Limits(idle=timedelta(hours=1), most=timedelta(hours=12))
"""Quality bar 17."""

_classifiers: list[Callable[[UUID], Limits | None]] = []


def register_limit(classify: Callable[[UUID], Limits | None]) -> Callable[[UUID], Limits | None]:
    """Let a room above say which limits a person's sessions have; None leaves it to others. The first answer counts."""
    _classifiers.append(classify)
    return classify


def limit_for(person_id: UUID | None) -> Limits:
    """The limits of a new session of this person; of a client when no room knows better."""
    if person_id is None:
        return ANONYMOUS
    answers = (classify(person_id) for classify in _classifiers)
    return next((limits for limits in answers if limits), CLIENT)


class SessionQuerySet(models.QuerySet["Session"]):
    """Questions over sessions."""

    def visible_to(self, actor: Actor) -> Self:
        """A person's own; all, for an operator."""
        if actor.side == "operator":
            return self.filter(person__isnull=False)
        return self.filter(person_id=actor.person_id) if actor.person_id else self.none()

    def live(self) -> Self:
        """Those that still open something."""
        return self.filter(ended_at=None, until__gt=Now(), seen_at__gt=Now() - F("idle"))

    def keyed(self, key: str) -> Self:
        """The session of this key."""
        return self.filter(key_digest__in=digests_of(key))

    def end(self, *, reason: str, by: Actor) -> int:
        """End all of them that are not ended; how many people's sessions that were."""
        ended = 0
        with transaction.atomic():
            open_ones = list(self.filter(ended_at=None).order_by("pk").select_for_update())
            hold(person_ids={by.person_id, *(session.person_id for session in open_ones)})
            for session in open_ones:
                ended += session._end(reason, by)
        return ended


class Session(Row):
    """One browser's session."""

    key_digest = models.CharField(max_length=64, unique=True)
    data = models.BinaryField()
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    seen_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField()
    idle = models.DurationField()
    proved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, blank=True)
    browser = models.CharField(max_length=80, blank=True)
    network = models.CharField(max_length=50, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ended_at=None) | ~Q(ended_because=""), name="session_end_has_reason"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-seen_at"], name="sessions_of_person"),
            models.Index(fields=["seen_at"], name="session_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.browser} {self.network}"

    def why_over(self, moment: datetime) -> str:
        """Why this session opens nothing at the moment given: the reason it was ended, `idle`, `old`; empty if it does."""
        if self.ended_at is not None:
            return self.ended_because
        if self.until <= moment:
            return "old"
        return "idle" if self.seen_at + self.idle <= moment else ""

    def is_fresh(self) -> bool:
        """Has the person proved themselves here in the last ten minutes?"""
        return self.proved_at is not None and now() < self.proved_at + FRESH

    def note_proof(self) -> None:
        """The person has just proved themselves here."""
        Session.objects.filter(pk=self.pk, ended_at=None).update(proved_at=Now())
        self.refresh_from_db(fields=["proved_at"])

    def end(self, *, by: Actor, reason: str = "ended_elsewhere") -> None:
        """End it. Its next request finds itself signed out. Ended is ended; twice is once."""
        if self.person is not None and by.side not in ("house", "operator"):
            self.person.demand_own(by)
        with transaction.atomic():
            self._end(reason, by)

    @classmethod
    def end_all(
        cls, person_id: UUID, *, by: Actor = HOUSE, reason: str = "ended_elsewhere", but: UUID | None = None
    ) -> int:
        """End every session of a person, but one if it is named. How many were ended."""
        if by.side not in ("house", "operator") and by.person_id != person_id:
            raise Refused("not_allowed", _("This is somebody else's account."))
        return cls.objects.filter(person_id=person_id).exclude(pk__in=[but] if but else []).end(reason=reason, by=by)

    def _end(self, reason: str, by: Actor) -> int:
        ended = Session.objects.filter(pk=self.pk, ended_at=None).update(
            ended_at=Least(Now(), F("until")), ended_because=reason, data=b""
        )
        if ended and self.person_id:
            record("session.ended", self, by=by, person_ids=[self.person_id], data={"because": reason})
            return 1
        return 0


def forget_sessions() -> int:
    """Delete sessions of nobody a day after they went quiet, and everybody's after 90 days. How many went."""
    nobodys = Q(person=None, seen_at__lt=Now() - timedelta(days=1))
    return Session.objects.filter(nobodys | Q(seen_at__lt=Now() - KEPT)).delete()[0]


def digests_of(key: str) -> list[str]:
    """The digests under which a session key may be stored, newest application key first."""
    return keyed_digests(key, purpose="session")


_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_named(user_agent: str) -> str:
    """What a person would call it: `Firefox, Windows`. Empty when it says nothing we know."""
    found = (next((name for mark, name in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS))
    return ", ".join(name for name in found if name)
