"""Who renews a credential now: the lease, what is saved under it, and how long to leave alone what fails.

Each function is one short transaction, and none is open while an app is talked with. All moments are the database's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from tallystick.connections.models import Credential
from tallystick.connectors.network import LONGEST_TOKEN_CALL

LIFE = 75.0
"""Seconds: longer than the longest talk with a token endpoint, with time left to save what it gave."""
assert LIFE > LONGEST_TOKEN_CALL + 5

SHARE = 0.15
"""Of the time an app has been failing: the longest wait until it is tried again. So a return after 5 seconds is noticed
within one, and an hour's outage is not hammered."""
FIRST_WAIT, LONGEST_WAIT = 0.4, 60.0

_TAKE = """
insert into connections_lease as lease
  (credential_id, owner, generation, taken_at, until, failure, failure_code)
values (%(credential)s, %(owner)s, 1, tallystick_now(), tallystick_now() + make_interval(secs => %(life)s), '', '')
on conflict (credential_id) do update set
  owner = excluded.owner, generation = lease.generation + 1, taken_at = excluded.taken_at, until = excluded.until,
  lost_since = coalesce(lease.lost_since, lease.sent_at), sent_at = null
where lease.owner is null or lease.until <= tallystick_now()
returning generation, taken_at, lost_since
"""

_SAVE = """
with held as (
  update connections_lease set owner = null, sent_at = null, lost_since = null, failing_since = null, retry_at = null,
    failure = '', failure_code = ''
  where credential_id = %(id)s and owner = %(owner)s and generation = %(lease)s
  returning credential_id
)
update connections_credential credential set
  generation = credential.generation + 1, data_key = %(data_key)s, secret = %(secret)s, ring_key = %(ring_key)s,
  scopes = %(scopes)s, marks = %(marks)s, obtained_at = %(obtained_at)s,
  access_ends_at = %(access_ends_at)s, renew_at = %(renew_at)s,
  refresh_ends_at = %(refresh_ends_at)s, consent_ends_at = %(consent_ends_at)s,
  dead_at = case when credential.dead_because = 'retired' then credential.dead_at end,
  dead_because = case when credential.dead_because = 'retired' then 'retired' else '' end
from held where credential.id = held.credential_id and credential.generation = %(generation)s
returning credential.dead_because,
  exists(select from connections_connection where credential_id = %(id)s and state in ('trouble', 'needs_client')),
  exists(select from connections_breaker breaker where breaker.connector = credential.connector
    and (breaker.failures > 0 or breaker.refused_since is not null))
"""

_RELEASE = """
update connections_lease set owner = null, sent_at = null
where credential_id = %s and owner = %s and generation = %s
"""

_SEND = """
update connections_lease set sent_at = tallystick_now(), until = tallystick_now() + make_interval(secs => %s)
where credential_id = %s and owner = %s and generation = %s
"""

_FAIL = """
update connections_lease set owner = null, sent_at = null,
  failing_since = coalesce(failing_since, tallystick_now()),
  retry_at = tallystick_now() + make_interval(secs => greatest(%(at_least)s, %(chance)s *
    least(%(longest)s, greatest(%(first)s, %(share)s * coalesce(
      extract(epoch from tallystick_now() - failing_since), 0))))::double precision),
  failure = %(kind)s, failure_code = %(code)s,
  lost_since = case when %(lost)s then coalesce(lost_since, sent_at) else lost_since end
where credential_id = %(id)s and owner = %(owner)s and generation = %(lease)s
returning retry_at
"""

_STANDING = """
select coalesce(lease.owner is not null and lease.until > tallystick_now(), false),
  extract(epoch from greatest(
    case when lease.owner is null or lease.until <= tallystick_now() then lease.retry_at end, breaker.open_until
  ) - tallystick_now()),
  extract(epoch from tallystick_now() - coalesce(lease.failing_since, breaker.failing_since)),
  coalesce(nullif(lease.failure, ''), 'app_down'), breaker.open_until is not null
from connections_credential credential
left join connections_lease lease on lease.credential_id = credential.id
left join connections_breaker breaker on breaker.connector = credential.connector
where credential.id = %s
"""


@dataclass(frozen=True)
class Taken:
    """A lease that is ours. `at`: when it was taken, before the app is asked. `lost_since`: an earlier answer was lost then."""

    credential_id: UUID
    owner: UUID
    generation: int
    at: datetime
    lost_since: datetime | None

    def allows_again(self, grace: timedelta) -> bool:
        """May the same refresh token be sent again: was no answer lost, or may it be repeated for so long?"""
        return self.lost_since is None or self.at < self.lost_since + grace


@dataclass(frozen=True)
class Standing:
    """Whether an app may be asked for this credential now: not while somebody is asking (`is_busy`), nor for `wait` seconds
    after failures. For how many seconds it has been `failing`, and how. `is_guarded`: whoever asks now tries whether the
    app is back, so one at a time.
    """

    is_busy: bool
    wait: float
    failing: float
    kind: str
    is_guarded: bool


@dataclass(frozen=True)
class Saved:
    """What a saved pair calls for. `became`: "" alive, "retired" when the credential was taken away meanwhile.

    `has_troubled`: connections of it had trouble; `was_failing`: something is held against the app.
    """

    became: str
    has_troubled: bool
    was_failing: bool


def take(credential_id: UUID) -> Taken | None:
    """Take the lease, by one statement: ours, or None while somebody else has it."""
    owner = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"credential": credential_id, "owner": owner, "life": LIFE})
        row = cursor.fetchone()
    return Taken(credential_id, owner, *row) if row else None


def release(lease: Taken) -> None:
    """Give it back with nothing changed. One that is no longer ours stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [lease.credential_id, lease.owner, lease.generation])


def about_to_send(lease: Taken) -> bool:
    """Written down before the app is asked, so that whoever comes after a sudden end knows that it was. False: the lease is
    no longer ours, so nothing may be sent.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SEND, [LIFE, lease.credential_id, lease.owner, lease.generation])
        return bool(cursor.rowcount == 1)


def save(credential: Credential, lease: Taken) -> Saved | None:
    """Save a new pair over the generation it was made from, and give the lease back, by one statement.

    None: not saved, because the lease or the generation is no longer the one it was made under. The lease's row is locked
    first: whoever waits to take it reads the new pair.
    """
    values: dict[str, Any] = {
        "id": credential.pk,
        "owner": lease.owner,
        "lease": lease.generation,
        "generation": credential.generation,
        "data_key": credential.data_key,
        "secret": credential.secret,
        "ring_key": credential.ring_key,
        "scopes": list(credential.scopes),
        "marks": list(credential.marks),
        "obtained_at": credential.obtained_at,
        "access_ends_at": credential.access_ends_at,
        "renew_at": credential.renew_at,
        "refresh_ends_at": credential.refresh_ends_at,
        "consent_ends_at": credential.consent_ends_at,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SAVE, values)
        row = cursor.fetchone()
        if row is None:
            transaction.set_rollback(True)
            return None
    return Saved(*row)


def fail(lease: Taken, kind: str, code: str, *, at_least: float = 0.0, lost: bool = False) -> None:
    """Give the lease back after a failure, and say when it may be tried again: after a random part of a wait that grows
    with the time it has been failing (full jitter), and not before the app wants (`at_least` seconds).

    `lost`: the app may have done what was asked.
    """
    values: dict[str, Any] = {
        "id": lease.credential_id,
        "owner": lease.owner,
        "lease": lease.generation,
        "kind": kind,
        "code": code,
        "lost": lost,
        "at_least": at_least,
        "chance": random.random(),  # noqa: S311 - spreading, not secrecy
        "longest": LONGEST_WAIT,
        "first": FIRST_WAIT,
        "share": SHARE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAIL, values)


def standing(credential_id: UUID) -> Standing:
    """Whether the app may be asked for this credential now, by what it and its app went through lately."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [credential_id])
        row = cursor.fetchone()
    is_busy, wait, failing, kind, is_guarded = row or (False, None, None, "", False)
    return Standing(is_busy, max(0.0, float(wait or 0)), float(failing or 0), kind, is_guarded)
