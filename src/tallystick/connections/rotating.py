"""Changing the vault's key: every sealed record's data key is wrapped anew, while everything goes on.

No secret is opened for it. A record that changes meanwhile is left to its change: the data key is swapped only for the one
that was read. Can be interrupted at any moment and begun again; what is done is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from tallystick.connections import spool, vault
from tallystick.connections.models import Connection, Credential, Handshake
from tallystick.core.sealing import Unopenable

BATCH = 200


@dataclass(frozen=True)
class Shelf:
    """Where sealed records stand: the table's model, its columns, and the field that the seal is bound to."""

    model: type[Model]
    key: str
    ring_key: str
    field: str

    def old(self) -> Any:
        """The records whose data key is wrapped by another key than the ring's newest."""
        sealed = ~Q(**{self.ring_key: ""}) & Q(**{f"{self.key}__isnull": False})
        return self.model._default_manager.filter(sealed).exclude(**{self.ring_key: vault.newest()})

    def place(self, row: UUID, business: UUID) -> vault.Place:
        """What a record's seal is bound to."""
        return vault.Place(self.model._meta.db_table, self.field, row, business)


SHELVES = (
    Shelf(Credential, "data_key", "ring_key", "secret"),
    Shelf(Handshake, "data_key", "ring_key", "secret"),
    Shelf(Connection, "latest_key", "latest_ring_key", "latest"),
)


@dataclass
class Rotation:
    """How far it is: records there were, records done, and those left under an older key, which no key of the ring opens."""

    total: int = 0
    done: int = 0
    left: int = 0
    spooled: int = 0


def rotate(tell: Callable[[Rotation], object] = lambda _rotation: None) -> Rotation:
    """Wrap every data key by the ring's newest key, a batch at a time; `tell` hears of each batch.

    Done twice it does nothing. The older keys must stay in the ring until it came to its end with nothing left.
    """
    spool.replay()
    rotation = Rotation(total=sum(shelf.old().count() for shelf in SHELVES))
    for shelf in SHELVES:
        for batch in _batches(shelf):
            for row, business, wrapped in batch:
                rotation.done += _turn(shelf, row, business, wrapped)
            tell(rotation)
    rotation.left = sum(shelf.old().count() for shelf in SHELVES)
    rotation.spooled = len(spool.waiting())
    return rotation


def _batches(shelf: Shelf) -> Iterator[list[tuple[UUID, UUID, bytes]]]:
    """In the order of ids. A second round takes what changed meanwhile."""
    for _round in range(2):
        last: UUID | None = None
        while True:
            old = shelf.old().order_by("pk")
            behind = old.filter(pk__gt=last) if last else old
            batch = list(behind.values_list("pk", "business_id", shelf.key)[:BATCH])
            if not batch:
                break
            yield batch
            last = batch[-1][0]


def _turn(shelf: Shelf, row: UUID, business: UUID, wrapped: bytes) -> int:
    """One record: its data key is swapped for the same one wrapped anew, if it still is the one that was read."""
    try:
        turned = vault.rewrap(bytes(wrapped), shelf.place(row, business))
    except Unopenable:
        return 0
    unchanged = shelf.model._default_manager.filter(pk=row, **{shelf.key: bytes(wrapped)})
    return int(unchanged.update(**{shelf.key: turned, shelf.ring_key: vault.newest()}))
