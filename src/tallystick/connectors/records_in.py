"""Records in what an app answers: the latest three, as people recognise them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tallystick.connectors import paths
from tallystick.connectors.definition import Connector, Reading
from tallystick.connectors.failures import AppBroken, Evidence, PermissionMissing
from tallystick.connectors.judging import evidence_of
from tallystick.connectors.network import Answer
from tallystick.connectors.values import Account, Record

SHOWN = 3
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def choose(connector: Connector, granted: tuple[str, ...] | None) -> Reading:
    """The first reading whose permission was given (None: the app does not say). Raises PermissionMissing."""
    for reading in connector.readings:
        if not reading.scope or granted is None or reading.scope in granted:
            return reading
    raise PermissionMissing("nothing that can be read was allowed", Evidence("reads"))


def read_records(reading: Reading, account: Account, said: Any, answer: Answer) -> list[Record]:
    """The latest three, newest first. No list at all is an empty one only where an object came."""
    rows = paths.rows(said, reading.each)
    if rows is None and not isinstance(said, dict):
        raise AppBroken("gave no list of records", evidence_of(answer))
    records = [_record(reading, account, row) for row in rows or [] if isinstance(row, dict)]
    return sorted(records, key=lambda record: record.moment or _EARLIEST, reverse=True)[:SHOWN]


def _record(reading: Reading, account: Account, row: Any) -> Record:
    currency = paths.currency(row, reading.currency) or account.details.get("currency", "").upper()
    smallest = (currency or "EUR") if reading.unit == "smallest" else ""
    identity = paths.text(row, reading.id)
    return Record(
        id=identity,
        label=paths.name(row, reading.label) or identity,
        amount=paths.amount(row, reading.amount, smallest_of=smallest) if reading.amount else None,
        currency=currency,
        moment=paths.moment(row, reading.moment) if reading.moment else None,
    )
