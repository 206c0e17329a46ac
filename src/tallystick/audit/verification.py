"""Checking the ledger: every link recomputed, every head and export compared, every name beside a fact held to its digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef

from tallystick.audit.heads import read_exports
from tallystick.audit.models import Fact, Head, Link, link_digest

_BATCH = 2_000  # rows held in memory at once

Erased = dict[int, set[str]]
"""The keys of the names that were erased beside each fact."""


def verify(progress: Callable[[int], None] = lambda _checked: None) -> list[str]:
    """Every fault found in the ledger, one sentence each; an empty list means it is whole."""
    exported = read_exports()
    faults = [*exported.faults, *_faults_in_chains(exported.heads, progress)]
    faults += [f"Fact {pk} stands in no chain." for pk in _unlinked()]
    return faults


def _unlinked() -> Iterator[int]:
    linked = Link.objects.filter(fact=OuterRef("pk"))
    yield from Fact.objects.exclude(Exists(linked)).values_list("pk", flat=True).iterator(_BATCH)


def _faults_in_chains(exported: dict[str, tuple[int, str]], progress: Callable[[int], None]) -> Iterator[str]:
    erased = _erased()
    ends: dict[str, tuple[int, bytes]] = {}
    unseen = dict(exported)
    links = Link.objects.order_by("chain", "number").select_related("fact").prefetch_related("fact__asides")
    for checked, link in enumerate(links.iterator(_BATCH), start=1):
        number, previous = ends.get(link.chain, (0, bytes(32)))
        yield from _faults_of(link, number, previous, erased)
        ends[link.chain] = (link.number, bytes(link.digest))
        if unseen.get(link.chain) == (link.number, bytes(link.digest).hex()):
            del unseen[link.chain]
        if checked % _BATCH == 0:
            progress(checked)
    yield from _faults_at_the_ends(ends)
    for chain, (number, _digest) in unseen.items():
        yield f"Chain {chain}: link {number} was exported, and is not there as it was."


def _faults_at_the_ends(ends: dict[str, tuple[int, bytes]]) -> Iterator[str]:
    heads = {head.chain: (head.number, bytes(head.digest)) for head in Head.objects.all()}
    for chain, (number, digest) in heads.items():
        if (number, digest) != ends.get(chain, (0, bytes(32))):
            yield f"Chain {chain}: it ends at {ends.get(chain, (0, b''))[0]}, its head says {number}."
    for chain in ends.keys() - heads.keys():
        yield f"Chain {chain}: its head is missing."


def _erased() -> Erased:
    """What the facts about erasing say; they stand in the chains like all others."""
    erased: Erased = defaultdict(set)
    for data in Fact.objects.filter(kind="person.erased").values_list("data", flat=True).iterator(_BATCH):
        for fact, keys in data.get("asides", {}).items():
            erased[int(fact)] |= set(keys)
    return erased


def _faults_of(link: Link, number: int, previous: bytes, erased: Erased) -> Iterator[str]:
    where = f"Chain {link.chain}, link {link.number}"
    if link.number != number + 1:
        yield f"{where}: {number + 1} was expected here; one was removed or added."
    if bytes(link.previous) != previous:
        yield f"{where}: it does not follow the link before it."
    if bytes(link.digest) != link_digest(link.chain, link.number, bytes(link.previous), link.fact.content_digest()):
        yield f"{where}: fact {link.fact_id} is not what was recorded."
    yield from _faults_beside(link.fact, where, erased.get(link.fact_id, set()))


def _faults_beside(fact: Fact, where: str, erased: set[str]) -> Iterator[str]:
    asides = {aside.key: aside.digest() for aside in fact.asides.all()}
    for key, digest in asides.items():
        if fact.digests.get(key) != digest:
            yield f"{where}: the {key} beside fact {fact.pk} is not what was recorded."
    for key in fact.digests.keys() - asides.keys() - erased:
        yield f"{where}: the {key} beside fact {fact.pk} is gone, and nobody erased it."
