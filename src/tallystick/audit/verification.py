"""Checking the ledger: every link recomputed, every head compared, every name beside a fact held to its digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef

from tallystick.audit.models import Fact, Head, Link, link_digest

_BATCH = 2_000  # rows held in memory at once


def verify(progress: Callable[[int], None] = lambda _checked: None) -> list[str]:
    """Every fault found in the ledger, one sentence each; an empty list means it is whole."""
    faults = list(_faults_in_chains(progress))
    faults += [f"Fact {pk} stands in no chain." for pk in _unlinked()]
    return faults


def _unlinked() -> Iterator[int]:
    linked = Link.objects.filter(fact=OuterRef("pk"))
    yield from Fact.objects.exclude(Exists(linked)).values_list("pk", flat=True).iterator(_BATCH)


def _faults_in_chains(progress: Callable[[int], None]) -> Iterator[str]:
    heads = {head.chain: head for head in Head.objects.all()}
    ends: dict[str, tuple[int, bytes]] = {}
    links = Link.objects.order_by("chain", "number").select_related("fact").prefetch_related("fact__asides")
    for checked, link in enumerate(links.iterator(_BATCH), start=1):
        number, previous = ends.get(link.chain, (0, bytes(32)))
        yield from _faults_of(link, number, previous)
        ends[link.chain] = (link.number, bytes(link.digest))
        if checked % _BATCH == 0:
            progress(checked)
    for chain, head in heads.items():
        if (head.number, bytes(head.digest)) != ends.get(chain, (0, bytes(32))):
            yield f"Chain {chain}: it ends at {ends.get(chain, (0, b''))[0]}, its head says {head.number}."
    for chain in ends.keys() - heads.keys():
        yield f"Chain {chain}: its head is missing."


def _faults_of(link: Link, number: int, previous: bytes) -> Iterator[str]:
    where = f"Chain {link.chain}, link {link.number}"
    if link.number != number + 1:
        yield f"{where}: {number + 1} was expected here; one was removed or added."
    if bytes(link.previous) != previous:
        yield f"{where}: it does not follow the link before it."
    if bytes(link.digest) != link_digest(link.chain, link.number, bytes(link.previous), link.fact.content_digest()):
        yield f"{where}: fact {link.fact_id} is not what was recorded."
    for aside in link.fact.asides.all():
        if link.fact.digests.get(aside.key) != aside.digest():
            yield f"{where}: the {aside.key} beside fact {link.fact_id} is not what was recorded."
