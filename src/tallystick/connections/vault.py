"""Secrets of outside apps, sealed: a data key for each record, wrapped by the vault's ring, bound to row, field and tenant.

Private to this room. A copy of the database without the ring opens nothing, and a sealed value moved to another row, field or
tenant does not open either.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from tallystick.core.sealing import key_id, seal, unseal


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret at rest: its data key as the ring wrapped it, the secret under the data key, the id of the ring's key."""

    data_key: bytes
    secret: bytes
    ring_key: str

    def __repr__(self) -> str:
        return f"Sealed(under {self.ring_key})"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret belongs: table, field, row, and the business it is of."""

    table: str
    field: str
    row: UUID
    business: UUID

    def words(self, part: str) -> tuple[str, ...]:
        """What is bound in as associated data."""
        return (self.table, self.field, part, str(self.row), str(self.business))


def newest() -> str:
    """The id of the key that new secrets are sealed under."""
    return key_id(settings.VAULT_KEYS[0]).hex()


def close(secret: dict[str, Any], place: Place) -> Sealed:
    """Seal a secret for one place, under a data key of its own."""
    data_key = secrets.token_urlsafe(32)
    plain = json.dumps(secret, separators=(",", ":")).encode()
    return Sealed(
        data_key=_wrap(data_key, place),
        secret=seal(plain, place=place.words("secret"), ring=[data_key]),
        ring_key=newest(),
    )


def open_sealed(sealed: Sealed, place: Place) -> dict[str, Any]:
    """The secret sealed for this place. Raises `Unopenable` anywhere else, or without the ring's key."""
    opened = unseal(sealed.secret, place=place.words("secret"), ring=[_unwrap(sealed.data_key, place)])
    secret: dict[str, Any] = json.loads(opened)
    return secret


def rewrap(data_key: bytes, place: Place) -> bytes:
    """The same data key under the ring's newest key: how the ring is changed without touching a secret."""
    return _wrap(_unwrap(data_key, place), place)


def _wrap(data_key: str, place: Place) -> bytes:
    return seal(data_key.encode(), place=place.words("data key"), ring=settings.VAULT_KEYS)


def _unwrap(data_key: bytes, place: Place) -> str:
    return unseal(bytes(data_key), place=place.words("data key"), ring=settings.VAULT_KEYS).decode()
