"""Writing facts down: in the transaction of the change, linked into every chain they concern."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, models, transaction

from tallystick.audit.models import Aside, Fact, link_digest
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.jobs import later

# In SQL, because a fact is written with nearly every change and the mapper takes most of the time.
_HELD = "select chain, number, digest from audit_head where chain = any(%s) order by chain for update"
_BEGIN = """
insert into audit_head (chain, number, digest) select chain, 0, %s from unnest(%s::text[]) as chain order by chain
on conflict do nothing
"""
_LINK = """
with linked as (
    insert into audit_link (chain, number, fact_id, previous, digest)
    select chain, number, %s, previous, digest
    from unnest(%s::text[], %s::bigint[], %s::bytea[], %s::bytea[]) as new (chain, number, previous, digest)
    returning chain, number, digest
)
update audit_head head set number = linked.number, digest = linked.digest from linked where head.chain = linked.chain
"""

Private = Mapping[str, str | tuple[str, UUID | None]]
"""Names and contacts by key; with the person they are of, so that erasing that person erases them."""


def record(  # noqa: PLR0913 - a fact has this many sides, each named where it is called
    kind: str,
    subject: models.Model,
    *,
    by: Actor,
    firm_id: UUID | None = None,
    business_id: UUID | None = None,
    organisation_id: UUID | None = None,
    person_ids: Iterable[UUID | None] = (),
    data: Mapping[str, Any] | None = None,
    private: Private | None = None,
    reason: str = "",
) -> Fact:
    """Write one fact and leave the job that reads it. Call it last in the transaction of the change.

    `data` holds no personal data; `private` holds the names and contacts. A verb that writes several facts calls
    `hold` first, so that two such verbs never wait for each other in a circle.
    Raises `TransactionManagementError` outside a transaction: a fact without its change must not exist.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            f"The fact {kind} was recorded outside the transaction of its change."
        )
    asides = _asides(by, private or {}, reason)
    fact = Fact.objects.create(
        kind=kind,
        at=now(),
        side=by.side,
        person_id=by.person_id,
        member_id=by.member_id,
        tenant_id=by.tenant_id,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        firm_id=firm_id,
        business_id=business_id,
        organisation_id=organisation_id,
        data=dict(data or {}),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        digests={aside.key: aside.digest() for aside in asides},
    )
    for aside in asides:
        aside.fact = fact
    Aside.objects.bulk_create(asides)
    _link(fact, _chains(firm_id or by.firm_id, business_id or by.business_id, {by.person_id, *person_ids}))
    later("fact.recorded", fact_id=fact.pk)
    return fact


def hold(
    *,
    firm_ids: Iterable[UUID | None] = (),
    business_ids: Iterable[UUID | None] = (),
    person_ids: Iterable[UUID | None] = (),
) -> None:
    """Take hold, in one sorted order, of all chains that the facts to come in this transaction concern."""
    named = [("firm", firm_ids), ("business", business_ids), ("person", person_ids)]
    _lock(sorted({f"{kind}:{chain_id}" for kind, ids in named for chain_id in ids if chain_id}))


def _chains(firm_id: UUID | None, business_id: UUID | None, person_ids: set[UUID | None]) -> list[str]:
    chains = {f"person:{person_id}" for person_id in person_ids if person_id}
    chains |= {f"{kind}:{owner}" for kind, owner in (("firm", firm_id), ("business", business_id)) if owner}
    return sorted(chains or {"house"})


def _lock(chains: list[str]) -> dict[str, tuple[int, bytes]]:
    """Where these chains end, held until the end of the transaction; one that nobody has begun ends at 0.

    Those not there are begun before any is held: so whoever waits for somebody else's beginning holds up nobody.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [bytes(32), chains])
        cursor.execute(_HELD, [chains])
        return {chain: (number, bytes(digest)) for chain, number, digest in cursor.fetchall()}


def _link(fact: Fact, chains: list[str]) -> None:
    content = fact.content_digest()
    ends, links = _lock(chains), []
    for chain in chains:
        number, previous = ends[chain]
        links.append((chain, number + 1, previous, link_digest(chain, number + 1, previous, content)))
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [fact.pk, *map(list, zip(*links, strict=True))])


def _asides(by: Actor, private: Private, reason: str) -> list[Aside]:
    said: dict[str, tuple[str, UUID | None]] = {
        key: value if isinstance(value, tuple) else (value, None) for key, value in private.items()
    }
    if by.name:
        said["by"] = (by.name, by.person_id)
    if reason:
        said["reason"] = (reason, by.person_id)
    return [
        Aside(key=key, value=value, salt=secrets.token_hex(16), person_id=person_id)
        for key, (value, person_id) in said.items()
    ]
