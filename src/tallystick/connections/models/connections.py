"""A connection: an organisation's link to one account of one app. Its health is apart from its state."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from tallystick.connections.models.credentials import Credential
from tallystick.core.access import reached_by
from tallystick.core.actor import Actor
from tallystick.core.models import Row
from tallystick.organisations.models import Business, Organisation

STATES = ("connecting", "working", "trouble", "needs_client", "disconnected")
ALIVE = ("connecting", "working", "trouble", "needs_client")


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions over connections."""

    def visible_to(self, actor: Actor, scope: str = "see") -> Self:
        """Those of the organisations the actor reaches; a business's contact sees those they made themselves."""
        reached = Q(organisation_id__in=reached_by(actor, scope))
        if actor.side == "business" and actor.role == "contact":
            own = Q(organisation_id__in=reached_by(actor, "connect"), made_by_person=actor.person_id)
            return self.filter(own)
        return self.filter(reached)

    def alive(self) -> Self:
        """Those not disconnected."""
        return self.exclude(state="disconnected")


class Connection(Row):
    """The link itself. Restoring keeps its id and history; disconnected is for good.

    `account_id` and `account_name` are the app's. Evidence of trouble: since when, at which endpoint, of which class, with
    which code. `latest` holds the last good read's account name and newest records, sealed like a secret.
    """

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="connections")
    connector = models.CharField(max_length=40)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True, related_name="connections")
    account_id = models.CharField(max_length=200)
    account_name = models.CharField(max_length=200)

    state = models.CharField(max_length=12, default="connecting")
    state_since = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    confirmed_at = models.DateTimeField(null=True)

    made_by_side = models.CharField(max_length=10)
    made_by_person = models.UUIDField(null=True)
    made_by_firm = models.UUIDField(null=True)

    good_read_at = models.DateTimeField(null=True)
    latest_key = models.BinaryField(null=True)
    latest = models.BinaryField(null=True)
    check_at = models.DateTimeField(null=True, db_index=True)
    reads_today = models.PositiveSmallIntegerField(default=0)
    reads_day = models.DateField(null=True)

    trouble_since = models.DateTimeField(null=True)
    trouble_class = models.CharField(max_length=40, blank=True)
    trouble_code = models.CharField(max_length=80, blank=True)
    trouble_at = models.CharField(max_length=20, blank=True)  # which call: token, account, records
    told_at = models.DateTimeField(null=True)
    told_stage = models.PositiveSmallIntegerField(default=0)
    consent_stage = models.PositiveSmallIntegerField(default=0)

    disconnected_at = models.DateTimeField(null=True)
    disconnected_because = models.CharField(max_length=40, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "connector", "account_id"],
                condition=~Q(state="disconnected"),
                name="one_connection_of_an_account",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="connection_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.connector}: {self.account_name}"
