"""What a credential gives whoever reads: a token that works now, or a plain word why there is none.

The read is one statement by key. It is the way that every use of a connection takes, so it does nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tallystick.connections import vault
from tallystick.connections.models import Credential
from tallystick.connectors.values import Tokens

_READ = """
select credential.business_id, credential.connector, credential.inputs, credential.scopes, credential.generation,
  credential.data_key, credential.secret, credential.ring_key, credential.access_ends_at, credential.renew_at,
  credential.refresh_ends_at, credential.consent_ends_at, credential.dead_because,
  credential.dead_at is not null, credential.access_ends_at <= tallystick_now(), credential.renew_at <= tallystick_now()
from connections_credential credential where credential.id = %s
"""


class Ended(Exception):
    """This credential gives nothing any more; `kind` says why. Only a person's new yes at the app mends it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The access has ended: {kind}.")
        self.kind = kind


class Unavailable(Exception):
    """There is no valid token now, and nobody has to do anything: it is tried again. `kind` is that of `failures`.

    `retry_after`: seconds after which asking again makes sense.
    """

    def __init__(self, kind: str, retry_after: float = 1.0) -> None:
        super().__init__(f"No valid token at the moment: {kind}.")
        self.kind = kind
        self.retry_after = max(1.0, retry_after)


@dataclass(frozen=True)
class Access:
    """What a call to the app needs. `token` is empty where the app has keys, which are among the inputs.

    `ends_at`: when the token ends, None when it does not end by itself. `kept`: what the app said on the way.
    """

    token: str = field(repr=False)
    ends_at: datetime | None
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    scopes: tuple[str, ...] | None = None
    generation: int = 1

    @property
    def tokens(self) -> Tokens | None:
        """As `talking` takes it: None for apps with keys."""
        return Tokens(access=self.token, scopes=self.scopes, kept=self.kept) if self.token else None


@dataclass(frozen=True)
class Held:
    """A credential as it stands in the database at this moment, its secret still closed."""

    id: UUID
    business_id: UUID
    connector: str
    inputs: Mapping[str, str]
    scopes: tuple[str, ...]
    generation: int
    sealed: vault.Sealed
    access_ends_at: datetime | None
    renew_at: datetime | None
    refresh_ends_at: datetime | None
    consent_ends_at: datetime | None
    dead_because: str
    is_dead: bool
    is_over: bool
    is_due: bool

    def opened(self) -> dict[str, Any]:
        """The secret: `access`, `refresh`, `kept`, `inputs`. Raises `Unopenable`."""
        return vault.open_sealed(self.sealed, Credential.place(self.id, self.business_id))

    def access(self) -> Access:
        """What is handed out. Raises `Ended`; never gives a token that is over."""
        if self.is_dead or self.is_over:
            raise Ended(self.dead_because or "ended")
        return access_of(self.opened(), self.access_ends_at, self.inputs, self.scopes, self.generation)


def access_of(
    secret: Mapping[str, Any],
    ends_at: datetime | None,
    inputs: Mapping[str, str],
    scopes: tuple[str, ...],
    generation: int,
) -> Access:
    """An access from an opened secret."""
    return Access(
        token=secret["access"] or "",
        ends_at=ends_at,
        kept=secret["kept"],
        inputs={**inputs, **secret["inputs"]},
        scopes=scopes or None,
        generation=generation,
    )


def look_up(credential_id: UUID) -> Held:
    """The credential as it stands now. Raises `Ended` when there is none of this id or its secret was erased."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [credential_id])
        row = cursor.fetchone()
    if row is None or not row[6]:
        raise Ended("retired")
    (business_id, connector, inputs, scopes, generation, data_key, secret, ring_key, *rest) = row
    sealed = vault.Sealed(bytes(data_key), bytes(secret), ring_key)
    ends_at, renew_at, refresh_ends_at, consent_ends_at, because, is_dead, is_over, is_due = rest
    return Held(
        credential_id,
        business_id,
        connector,
        json.loads(inputs),  # Django's connection gives JSON as text
        tuple(scopes),
        generation,
        sealed,
        ends_at,
        renew_at,
        refresh_ends_at,
        consent_ends_at,
        because,
        is_dead,
        bool(is_over),
        bool(is_due),
    )
