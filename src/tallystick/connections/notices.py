"""What apps tell us by webhook: proved, stored, and worked on later by a job. Nothing that is told is believed: it makes us
look, and the look decides. So duplicates, wrong order and lies of a stolen secret change nothing that is not so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tallystick.connections.models import Connection, Credential, Notice
from tallystick.connections.models.credentials import marks_of
from tallystick.connectors import hearing
from tallystick.connectors.definition import Connector
from tallystick.connectors.values import Notice as Told
from tallystick.core.clock import Now, now
from tallystick.jobs import later

logger = structlog.get_logger("tallystick.connections")

LARGEST = hearing.LARGEST_MESSAGE
"""Bytes that a message may have."""
KEEP = timedelta(days=90)
"""For so long messages are remembered: much longer than any app's signature is taken."""


def address_of(connector: Connector) -> str:
    """Where this app sends its messages; what operators register there. Some apps sign it along."""
    return f"{settings.BASE_URL}/hooks/{connector.slug}/"


def hear(connector: Connector, headers: Mapping[str, str], body: bytes) -> int:
    """Take a message: the signature is proved over the bytes as they came, then what it tells is stored, and a job left.

    How much was new. Raises `MessageRefused`.
    """
    secret = hearing.secret_of(connector)
    told = hearing.read_webhook(connector, headers, body, secret, now(), address=address_of(connector))
    return sum(_store(connector, each) for each in told)


def work_on(notice_id: UUID) -> None:
    """Work on one message: a consent's end is written down, for anything else the connections concerned are looked at now.

    Twice does no harm.
    """
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(pk=notice_id, worked_on_at=None).first()
        if notice is None:
            return
        concerned = list(connections_of(notice.connector, notice.about))
        for connection in concerned:
            if notice.kind == "expiring" and notice.ends_at:
                _note_end(connection, notice.ends_at)
            later("connections.look", once=f"look:{connection.pk}", connection_id=connection.pk)
        Notice.objects.filter(pk=notice.pk).update(worked_on_at=Now(), concerned=len(concerned))
    logger.info("message worked on", connector=notice.connector, kind=notice.kind, concerned=len(concerned))


def connections_of(connector: str, about: Mapping[str, str]) -> list[Connection]:
    """The connections a message concerns: those on which all it names is so. A message that names nothing concerns none."""
    if not about:
        return []
    wanted = Connection.objects.alive().filter(connector=connector)
    for name, value in about.items():
        if name == "account":
            wanted = wanted.filter(account_id=value)
        elif name == "holder":
            wanted = wanted.filter(Q(account__holder_id=value) | Q(account_id=value))
        else:
            wanted = wanted.filter(_by_mark(connector, name, value) | Q(**{f"account__details__{name}": value}))
    return list(wanted.order_by("pk"))


def forget_old() -> int:
    """Messages are forgotten after their time; how many."""
    old = Notice.objects.filter(created_at__lt=Now() - KEEP, worked_on_at__isnull=False)
    return int(old.delete()[0])


def _store(connector: Connector, told: Told) -> bool:
    """Whether it is new: of one id there is one row, whoever sends it how often."""
    notice = Notice(
        connector=connector.slug,
        notice_id=_identity(told),
        kind=told.kind,
        about=dict(told.about),
        happened_at=told.moment,
        ends_at=told.ends,
    )
    with transaction.atomic():
        Notice.objects.bulk_create([notice], ignore_conflicts=True)
        is_new = Notice.objects.filter(pk=notice.pk).exists()
        if is_new:
            later("connections.notice", notice_id=notice.pk)
    return is_new


def _identity(told: Told) -> str:
    """One message may tell of several accounts under one id."""
    about = "\x1f".join(f"{name}={value}" for name, value in sorted(told.about.items()))
    return f"{told.id}/{hashlib.sha256(f'{told.kind}{about}'.encode()).hexdigest()[:16]}"[-300:]


def _by_mark(connector: str, name: str, value: str) -> Q:
    marks = marks_of(connector, name, value)
    return reduce(or_, (Q(credential__marks__contains=[mark]) for mark in marks))


def _note_end(connection: Connection, ends_at: datetime) -> None:
    """Only nearer or further in the future: an end that is over is a matter of looking."""
    if ends_at > now():
        Credential.objects.filter(pk=connection.credential_id, dead_at=None).update(consent_ends_at=ends_at)
