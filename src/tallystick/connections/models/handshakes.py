"""A handshake: one attempt to connect one app for one organisation, from the press of a button to what became of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tallystick.connections.models.connections import Connection
from tallystick.connections.models.credentials import Credential
from tallystick.core.access import reached_by
from tallystick.core.actor import Actor
from tallystick.core.models import Row
from tallystick.organisations.models import Business, Organisation

STATES = ("open", "returned", "choosing", "done", "failed")


class HandshakeQuerySet(models.QuerySet["Handshake"]):
    """Questions over handshakes."""

    def visible_to(self, actor: Actor) -> Self:
        """Those on organisations the actor may connect apps for."""
        return self.filter(organisation_id__in=reached_by(actor, "connect"))


class Handshake(Row):
    """Tied to the browser that began it, to one organisation and one app; lives 15 minutes; returns once.

    `state_digest` finds it when the app sends its visitor back; `browser_digest` proves that it is the same browser. The
    PKCE verifier and the returned code are sealed. `because` says why it failed, as a word that pages have a sentence for.
    """

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    connector = models.CharField(max_length=40)
    inputs = models.JSONField(default=dict)
    restoring = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="+")

    by_side = models.CharField(max_length=10)
    by_person = models.UUIDField(null=True)
    by_member = models.UUIDField(null=True)
    by_tenant = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120, blank=True)

    state_digest = models.CharField(max_length=64, unique=True)
    browser_digest = models.CharField(max_length=64)
    redirect_uri = models.CharField(max_length=300)
    verifier = models.BinaryField()
    until = models.DateTimeField()

    state = models.CharField(max_length=10, default="open")
    returned_at = models.DateTimeField(null=True)
    returned = models.BinaryField(null=True)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True, related_name="+")
    accounts = models.JSONField(default=list)
    missing_scopes = ArrayField(models.CharField(max_length=200), default=list)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="handshakes")
    because = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True)

    objects = HandshakeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=STATES), name="handshake_state_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_at"], name="handshakes_of_organisation")]

    def __str__(self) -> str:
        return f"{self.connector} for {self.organisation_id}: {self.state}"
