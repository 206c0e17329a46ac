"""A fact, its links into the chains it concerns, the chains' heads, and the names kept beside it.

Ids only, no foreign keys to other rooms: a ledger outlives its subjects.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from typing import Any, ClassVar

from django.db import models

from tallystick.core.actor import Actor


class FactQuerySet(models.QuerySet["Fact"]):
    """Questions over the ledger."""

    def visible_to(self, actor: Actor) -> FactQuerySet:
        """What a tenant may read: the facts of its own chain; a person, their own; an operator, all."""
        if actor.side == "operator":
            return self.all()
        chain = _own_chain(actor)
        return self.filter(links__chain=chain) if chain else self.none()

    def newest_first(self) -> FactQuerySet:
        """The latest on top."""
        return self.order_by("-pk")


def _own_chain(actor: Actor) -> str:
    if actor.side in ("firm", "business") and actor.tenant_id:
        return f"{actor.side}:{actor.tenant_id}"
    return f"person:{actor.person_id}" if actor.person_id else ""


class Fact(models.Model):
    """One change: who did what, for whom, to what, when and why. Added, never changed."""

    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    side = models.CharField(max_length=10)
    person_id = models.UUIDField(null=True)
    member_id = models.UUIDField(null=True)
    tenant_id = models.UUIDField(null=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    firm_id = models.UUIDField(null=True)
    business_id = models.UUIDField(null=True)
    organisation_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    digests = models.JSONField(default=dict)

    objects = FactQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id"], name="fact_of_subject"),
            models.Index(fields=["organisation_id", "-id"], name="fact_of_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}"

    @property
    def by(self) -> dict[str, Any]:
        """Who acted: side, person_id, member_id, tenant_id, and the label they had then (empty when erased)."""
        return {
            "side": self.side,
            "person_id": self.person_id,
            "member_id": self.member_id,
            "tenant_id": self.tenant_id,
            "label": self.private().get("by", ""),
        }

    @property
    def reason(self) -> str:
        """Why, in the actor's own words, if asked and not erased."""
        return self.private().get("reason", "")

    def private(self) -> dict[str, str]:
        """The names and contacts beside the fact, those that were not erased."""
        return {aside.key: aside.value for aside in self.asides.all()}

    def content_digest(self) -> bytes:
        """SHA-256 over everything the fact says, names as their salted digests."""
        said = {
            "kind": self.kind,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "side": self.side,
            "person": _text(self.person_id),
            "member": _text(self.member_id),
            "tenant": _text(self.tenant_id),
            "subject": [self.subject_type, self.subject_id],
            "firm": _text(self.firm_id),
            "business": _text(self.business_id),
            "organisation": _text(self.organisation_id),
            "data": self.data,
            "request": self.request_id,
            "digests": self.digests,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).digest()


def _text(value: object) -> str:
    return "" if value is None else str(value)


class Aside(models.Model):
    """A name, contact or reason beside a fact: erasing it breaks nothing, the chain holds its salted digest."""

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="asides")
    key = models.CharField(max_length=40)
    value = models.TextField()
    salt = models.CharField(max_length=32)
    person_id = models.UUIDField(null=True, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["fact", "key"], name="one_aside_per_key")]

    def __str__(self) -> str:
        return f"{self.key} of fact {self.fact_id}"

    def digest(self) -> str:
        """The salted digest that the chain holds."""
        return hashlib.sha256(f"{self.salt}\x1f{self.key}\x1f{self.value}".encode()).hexdigest()


class Link(models.Model):
    """A fact's place in one chain: its number, the digest before it, and its own."""

    chain = models.CharField(max_length=50)
    number = models.BigIntegerField()
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="links")
    previous = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["chain", "number"], name="one_link_per_number")]
        indexes: ClassVar = [models.Index(fields=["chain", "-fact"], name="links_newest_first")]

    def __str__(self) -> str:
        return f"{self.chain} #{self.number}"


def link_digest(chain: str, number: int, previous: bytes, content: bytes) -> bytes:
    """SHA-256 over the chain's name, the number, the digest before and what the fact says."""
    return hashlib.sha256(b"\x1f".join([chain.encode(), str(number).encode(), previous, content])).digest()


class Head(models.Model):
    """Where a chain ends. Locked while a fact is added, so that numbers have no gaps and digests no forks."""

    chain = models.CharField(max_length=50, primary_key=True)
    number = models.BigIntegerField(default=0)
    digest = models.BinaryField(max_length=32, default=bytes(32))

    def __str__(self) -> str:
        return f"{self.chain} ends at {self.number}"
