"""What a verb must leave in the ledger, and what a no must not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.core.refused import Refused
from tallystick.organisations.models import Business, Firm


@contextmanager
def one_fact(kind: str, *on: Firm | Business | User, without: Iterable[str] = ()) -> Iterator[list[Fact]]:
    """In this block exactly one fact is written, of this kind, on exactly the chains of these. It is put in the list."""
    last = _last()
    written: list[Fact] = []
    yield written
    written += Fact.objects.filter(pk__gt=last).order_by("pk")
    assert [fact.kind for fact in written] == [kind]
    assert set(written[0].links.values_list("chain", flat=True)) == {_chain(each) for each in on}
    said = str(written[0].data)
    assert not [word for word in without if word in said]


@contextmanager
def no_fact() -> Iterator[None]:
    """In this block nothing is written down."""
    last = _last()
    yield
    assert [fact.kind for fact in Fact.objects.filter(pk__gt=last)] == []


@contextmanager
def refused(code: str, field: str = "", status: int | None = None) -> Iterator[None]:
    """In this block a verb says no by this code, and leaves no fact."""
    last = _last()
    with pytest.raises(Refused) as caught:
        yield
    no = caught.value
    assert (no.code, no.field) == (code, field)
    assert no.message
    assert status in (None, no.status)
    assert not Fact.objects.filter(pk__gt=last).exists()


def _last() -> int:
    return Fact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _chain(of: Firm | Business | User) -> str:
    return f"person:{of.pk}" if isinstance(of, User) else f"{of.side}:{of.pk}"
