"""Watches the order in which one change takes hold of the ledger's chains: out of order, two changes can block each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_save

from tallystick.audit import recording
from tests.support.scenes import scenes

Change = tuple[int, str | None]


def _change() -> Change:
    """The transaction that a verb opened. In a test, it is the first savepoint in that of the test.

    Savepoints are named after threads, and a later thread may have an earlier one's number: hence the connection's own.
    """
    inside = connection.savepoint_ids[scenes.depth :]
    if not inside:
        return 0, None
    return connection.connection.info.backend_pid, inside[0]


@pytest.fixture(autouse=True)
def chains_in_order(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which one transaction takes a chain after one that sorts behind it: it should `hold` them first.

    The chain of somebody who was made in that same transaction may come at any time: until the commit nobody else
    knows of it, so nobody can hold it or wait for it.
    """
    held: defaultdict[Change, set[str]] = defaultdict(set)
    made: defaultdict[Change, set[str]] = defaultdict(set)
    crossed: list[str] = []
    take = recording._lock

    def note(instance: Model, created: bool, **_more: object) -> None:
        if created:
            made[_change()].add(str(instance.pk))

    def watched(chains: list[str]) -> object:
        change = _change()
        if change[1] is not None:
            mine = held[change]
            known = {chain for chain in chains if chain.partition(":")[2] not in made[change]}
            new = known - mine
            if new and mine and min(new) < max(mine):
                crossed.append(f"{sorted(new)} after {sorted(mine)}")
            mine |= new
        return take(chains)

    monkeypatch.setattr(recording, "_lock", watched)
    post_save.connect(note, weak=False)
    yield
    post_save.disconnect(note)
    assert not crossed, "Call `hold` first: " + "; ".join(crossed)
