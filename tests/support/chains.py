"""Watches the order in which one change takes hold of the ledger's chains: out of order, two changes can block each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from tallystick.audit import recording


@pytest.fixture(autouse=True)
def chains_in_order(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which one transaction takes a chain after one that sorts behind it: it should `hold` them first."""
    held: dict[object, set[str]] = {}
    crossed: list[str] = []
    take = recording._lock

    def watched(chains: list[str]) -> object:
        # In a test, the verb's own transaction is the first savepoint in that of the test.
        change = (id(connection), connection.savepoint_ids[0] if connection.savepoint_ids else None)
        if change[1] is not None:
            mine = held.setdefault(change, set())
            new = set(chains) - mine
            if new and mine and min(new) < max(mine):
                crossed.append(f"{sorted(new)} after {sorted(mine)}")
            mine |= new
        return take(chains)

    monkeypatch.setattr(recording, "_lock", watched)
    yield
    assert not crossed, "Call `hold` first: " + "; ".join(crossed)
