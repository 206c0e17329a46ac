"""Leaving an app alone that fails whoever asks, and noticing that it does not know us: by app, shared by all processes."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tallystick.audit import record
from tallystick.connections.leases import FIRST_WAIT, LONGEST_WAIT, SHARE
from tallystick.connections.models import Breaker
from tallystick.connectors import catalogue
from tallystick.core.actor import HOUSE
from tallystick.core.clock import Now

TOGETHER = 3
"""So many credentials in a row must have failed: one broken shop says nothing of its app."""
_TRIAL = 5.0  # seconds that the one who tries whether it is back has to himself

_FAILED = """
insert into connections_breaker as breaker
  (connector, failures, last_credential, failing_since, refused_code) values (%(app)s, 1, %(id)s, tallystick_now(), '')
on conflict (connector) do update set
  failures = breaker.failures + (breaker.last_credential is distinct from excluded.last_credential)::int,
  last_credential = excluded.last_credential,
  failing_since = coalesce(breaker.failing_since, tallystick_now()),
  open_until = case when breaker.failures + (breaker.last_credential is distinct from excluded.last_credential)::int
      >= %(together)s
    then tallystick_now() + make_interval(secs => (%(chance)s * least(%(longest)s, greatest(%(first)s, %(share)s *
      coalesce(extract(epoch from tallystick_now() - breaker.failing_since), 0))))::double precision) end
"""

_WORKED = """
update connections_breaker set failures = 0, last_credential = null, failing_since = null, open_until = null
where connector = %s and failures > 0
"""

_HELD_AGAINST = "select from connections_breaker where connector = %s and (failures > 0 or refused_since is not null)"

_TRY = """
update connections_breaker set open_until = tallystick_now() + make_interval(secs => %s)
where connector = %s and open_until <= tallystick_now()
"""


def lets_through(connector: str) -> bool:
    """Of an app that was left alone for its time, one caller tries whether it is back: is it this one?"""
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [_TRIAL, connector])
        return bool(cursor.rowcount == 1)


def note_failure(connector: str, credential_id: UUID) -> None:
    """The app did not do what was asked for this credential, and it is the app's turn."""
    values: dict[str, Any] = {
        "app": connector,
        "id": credential_id,
        "together": TOGETHER,
        "chance": random.random(),  # noqa: S311 - spreading, not secrecy
        "longest": LONGEST_WAIT,
        "first": FIRST_WAIT,
        "share": SHARE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, values)


def note_answer(connector: str) -> None:
    """The app answered as it should: whatever was held against it is forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD_AGAINST, [connector])
        if not cursor.rowcount:
            return
        cursor.execute(_WORKED, [connector])
    refused = Breaker.objects.filter(connector=connector, refused_since__isnull=False)
    with transaction.atomic():
        if refused.update(refused_since=None, refused_code=""):
            _record("app.knows_us", connector, {})


def note_refusal(connector: str, code: str) -> None:
    """The app does not know us: our incident, of which the operators hear once, and no client."""
    with transaction.atomic():
        Breaker.objects.bulk_create([Breaker(connector=connector)], ignore_conflicts=True)
        known = Breaker.objects.filter(connector=connector, refused_since=None)
        if known.update(refused_since=Now(), refused_code=code[:80]):
            _record("app.refused_us", connector, {"code": code[:80]})


def _record(kind: str, connector: str, data: dict[str, str]) -> None:
    private = {"app": catalogue.get(connector).name}
    record(kind, Breaker(connector=connector), by=HOUSE, data={"connector": connector, **data}, private=private)
