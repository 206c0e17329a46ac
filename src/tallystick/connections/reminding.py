"""What time brings: consents that end, connections that still need somebody, trouble that lasts.

Each step is a conditional UPDATE that one worker wins, with its fact in the same transaction; the facts' readers tell
people. What works again is not in any of these lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from tallystick.connections.models import Connection
from tallystick.core.actor import HOUSE
from tallystick.core.clock import Now
from tallystick.jobs import later

BEFORE_THE_END = (30, 14, 7, 1)
"""Days before a consent ends on which people are told."""
STILL_BROKEN = (3, 7)
"""Days after which those who were asked to restore a connection are asked again."""
LASTING = timedelta(days=1)
"""Trouble of this length is told to the firm, once."""
OURS = ("our_fault", "not_set_up")
"""Kinds of trouble that are ours to mend: operators know, nobody else is told."""
AT_ONCE = 200
_ENDED = len(BEFORE_THE_END) + 1


def remind() -> int:
    """All that is due now; how many steps were taken."""
    return warn_of_ends() + ask_again() + tell_of_lasting_trouble() + look_at_what_ended()


def warn_of_ends() -> int:
    """Consents that end in 30, 14, 7 and 1 days: one fact for each of these, the latest only when several have passed."""
    taken = 0
    for stage, days in reversed(list(enumerate(BEFORE_THE_END, start=1))):
        ahead = timedelta(days=days)
        due = Connection.objects.alive().filter(
            consent_stage__lt=stage,
            credential__dead_at=None,
            credential__consent_ends_at__gt=Now(),
            credential__consent_ends_at__lte=Now() + ahead,
        )
        if days > 1:  # of a yes said today, nobody needs to hear today
            due = due.filter(credential__created_at__lt=Now() - timedelta(days=1))
        for connection in due.select_related("credential", "organisation")[:AT_ONCE]:
            unchanged = Q(consent_stage=connection.consent_stage, credential_id=connection.credential_id)
            ends = connection.credential.consent_ends_at
            data = {"days": days, "ends": ends.isoformat() if ends else None}
            taken += _step(connection, unchanged, {"consent_stage": stage}, "connection.expiring", data)
    return taken


def ask_again() -> int:
    """Connections that needed somebody 3 and 7 days ago, and still do."""
    taken = 0
    for stage, days in reversed(list(enumerate(STILL_BROKEN, start=1))):
        due = Connection.objects.filter(
            state="needs_client", told_stage__lt=stage, state_since__lte=Now() - timedelta(days=days)
        )
        for connection in due.select_related("organisation")[:AT_ONCE]:
            data = {"days": days, "kind": connection.trouble_kind}
            taken += _step(connection, _as_seen(connection), {"told_stage": stage}, "connection.still_broken", data)
    return taken


def tell_of_lasting_trouble() -> int:
    """Trouble that has lasted a day: the firm hears of it once, though nobody has to do anything."""
    due = Connection.objects.filter(state="trouble", told_stage=0, state_since__lte=Now() - LASTING)
    taken = 0
    for connection in due.exclude(trouble_kind__in=OURS).select_related("organisation")[:AT_ONCE]:
        data = {"kind": connection.trouble_kind}
        taken += _step(connection, _as_seen(connection), {"told_stage": 1}, "connection.trouble_lasts", data)
    return taken


def look_at_what_ended() -> int:
    """A consent whose end has come: look now, instead of tomorrow."""
    ended = Connection.objects.alive().filter(
        consent_stage__lt=_ENDED, credential__consent_ends_at__lte=Now(), credential__dead_at=None
    )
    laid = 0
    for connection_id, credential_id in ended.values_list("pk", "credential_id")[:AT_ONCE]:
        mine = Connection.objects.filter(pk=connection_id, credential_id=credential_id, consent_stage__lt=_ENDED)
        with transaction.atomic():
            if mine.update(consent_stage=_ENDED):
                later("connections.look", once=f"look:{connection_id}", connection_id=connection_id)
                laid += 1
    return laid


def _as_seen(connection: Connection) -> Q:
    return Q(state=connection.state, version=connection.version, told_stage=connection.told_stage)


def _step(connection: Connection, unchanged: Q, change: Mapping[str, Any], fact: str, data: dict[str, Any]) -> int:
    """Taken by one worker only, and only while the connection is as it was seen."""
    with transaction.atomic():
        told = {} if "consent_stage" in change else {"told_at": Now()}
        mine = Connection.objects.alive().filter(unchanged, pk=connection.pk)
        if not mine.update(**change, **told):
            return 0
        connection.record(fact, by=HOUSE, data=data)
    return 1
