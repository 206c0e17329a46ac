"""Writing down that a credential gives nothing any more, or not now, and what that means for its connections."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from tallystick.connections.access import Held
from tallystick.connections.models import Connection, Credential
from tallystick.connectors.failures import TalkFailed
from tallystick.core.clock import Now, now

_LOOK_AGAIN = timedelta(hours=1)


def bury(held: Held, kind: str, *, code: str = "", place: str = "token") -> bool:
    """Terminal, unless somebody has renewed it meanwhile: its connections need a person now. Whether it was buried here."""
    kind = "consent_ended" if kind == "grant_ended" and _consent_is_over(held) else kind
    with transaction.atomic():
        mine = Credential.objects.filter(pk=held.id, generation=held.generation, dead_at=None)
        if not mine.update(dead_at=Now(), dead_because=kind, renew_at=None):
            return False
        for connection in Connection.objects.alive().filter(credential_id=held.id).order_by("pk"):
            connection.note_trouble(kind, place=place, code=code, needs_client=True, next_check=None, through=held.id)
    return True


def _consent_is_over(held: Held) -> bool:
    return held.consent_ends_at is not None and held.consent_ends_at <= now()


def note_trouble(held: Held, failure: TalkFailed) -> None:
    """No valid token, and it is nobody's turn but the app's or ours: said once of each connection, retried ever after."""
    evidence = failure.evidence
    working = Connection.objects.filter(credential_id=held.id, state__in=("connecting", "working"))
    for connection in working.order_by("pk"):
        connection.note_trouble(
            failure.kind,
            place=evidence.place,
            code=evidence.code,
            needs_client=False,
            next_check=now() + _LOOK_AGAIN,
            through=held.id,
        )
