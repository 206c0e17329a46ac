"""What one consent at an app gave us: sealed tokens or a key, their two clocks, and the lease of whoever renews them."""

from __future__ import annotations

from typing import Any, ClassVar, Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce

from tallystick.connections import vault
from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.core.sealing import keyed_digests
from tallystick.jobs import later
from tallystick.organisations.models import Business

_LIVE = ("connecting", "working", "trouble", "needs_client")


def marks_of(connector: str, name: str, value: str) -> list[str]:
    """The digests, newest first, under which something that an app said on the way is found again."""
    return keyed_digests(f"{connector}\x1f{name}\x1f{value}", purpose="credential mark")


class CredentialQuerySet(models.QuerySet["Credential"]):
    """Questions over credentials."""

    def visible_to(self, _actor: Actor) -> Self:
        """Nobody looks at credentials; they are used through their connections."""
        return self.none()


class Credential(Row):
    """One consent. May serve several connections of one business. Its secret is opened only inside this room.

    `generation` grows with each new pair of tokens: a pair is saved only over the generation it was made from, so that two
    who renew at once can't overwrite one another. Times are None where the app gives none or they do not end. `marks` are
    keyed digests of what the app said on the way, by which its messages find the credential.
    """

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    connector = models.CharField(max_length=40)
    inputs = models.JSONField(default=dict)
    scopes = ArrayField(models.CharField(max_length=200), default=list)
    generation = models.PositiveIntegerField(default=1)

    marks = ArrayField(models.CharField(max_length=64), default=list)
    data_key = models.BinaryField()
    secret = models.BinaryField()
    ring_key = models.CharField(max_length=8, db_index=True)

    obtained_at = models.DateTimeField()
    access_ends_at = models.DateTimeField(null=True)
    renew_at = models.DateTimeField(null=True, db_index=True)
    refresh_ends_at = models.DateTimeField(null=True)
    consent_ends_at = models.DateTimeField(null=True, db_index=True)

    dead_at = models.DateTimeField(null=True)
    dead_because = models.CharField(max_length=40, blank=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "business"], name="credential_with_business"),
        ]
        indexes: ClassVar = [GinIndex(fields=["marks"], name="credentials_by_mark")]

    def __str__(self) -> str:
        return f"{self.connector} credential {self.pk}"

    @staticmethod
    def place(row: UUID, business: UUID) -> vault.Place:
        """Where a credential's secret belongs."""
        return vault.Place("connections_credential", "secret", row, business)

    def seal(self, secret: dict[str, Any]) -> None:
        """Put a secret in place; saving is the caller's, with the generation it was made from."""
        sealed = vault.close(secret, self.place(self.pk, self.business_id))
        self.data_key, self.secret, self.ring_key = sealed.data_key, sealed.secret, sealed.ring_key
        self.marks = [marks_of(self.connector, name, value)[0] for name, value in secret.get("kept", {}).items()]

    def retire_if_unused(self) -> None:
        """When no live connection is served by it any more: never hand it out again, and take it back at the app."""
        from tallystick.connections.models.notices import Revocation  # stands on this class

        # Whoever takes away the last but one at this very moment must see that it is the last.
        Credential.objects.select_for_update().get(pk=self.pk)
        if Credential.objects.filter(pk=self.pk, connections__state__in=_LIVE).exists():
            return
        retired = Credential.objects.filter(pk=self.pk).exclude(dead_because="retired")
        retired.update(dead_at=Coalesce("dead_at", Now()), dead_because="retired", renew_at=None)
        Revocation.objects.get_or_create(credential=self)
        later("connections.revoke", credential_id=str(self.pk))

    def opened(self) -> dict[str, Any]:
        """The secret: `access`, `refresh` (None for none), and what the app asked us to keep. Raises `Unopenable`."""
        sealed = vault.Sealed(bytes(self.data_key), bytes(self.secret), self.ring_key)
        return vault.open_sealed(sealed, self.place(self.pk, self.business_id))


class Lease(models.Model):
    """Who renews a credential now, and how it went lately. One row, taken by one statement (`leases.take`).

    A lease outlives the longest talk with an app, so that nobody else starts one. Without an `owner` it is free. One that ran
    out with `sent_at` still there was left by somebody who died while the app was asked: what the app did is not known, and
    `lost_since` says from when. `retry_at`: not before this moment, after failures that began at `failing_since`.
    """

    credential = models.OneToOneField(Credential, on_delete=models.CASCADE, primary_key=True, related_name="lease")
    owner = models.UUIDField(null=True)
    generation = models.PositiveBigIntegerField(default=1)
    taken_at = models.DateTimeField()
    until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    lost_since = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=40, blank=True)
    failure_code = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.credential_id} held until {self.until}"
