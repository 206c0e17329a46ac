"""What apps tell us, what we still owe them, and which of them we leave alone for a while."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models

from tallystick.connections.models.credentials import Credential
from tallystick.core.actor import Actor
from tallystick.core.models import Row


class OperatorsOnly(models.QuerySet[Any]):
    """Rows that only those who run the site look at."""

    def visible_to(self, actor: Actor) -> Self:
        """All for an operator, none for anybody else."""
        return self.all() if actor.side == "operator" else self.none()


class Notice(Row):
    """Something an app told us by webhook: verified, stored first, worked on later, remembered so that twice is once.

    `about` names whom it concerns, as `connectors.values.Notice` has it.
    """

    connector = models.CharField(max_length=40)
    notice_id = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    about = models.JSONField(default=dict)
    happened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    worked_on_at = models.DateTimeField(null=True)
    concerned = models.PositiveIntegerField(default=0)

    objects = OperatorsOnly.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connector", "notice_id"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.connector} says {self.kind}"


class Revocation(Row):
    """A consent to take back at the app: tried for as long as it takes, and it can never re-open access.

    `outcome`, once it is done: `revoked`; `by_hand`, where only a person can do it there; `replaced`, where a newer consent
    of the same account stands in its place; `ended_before`.
    """

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="revocations")
    tries = models.PositiveIntegerField(default=0)
    last_tried_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    last_answer = models.CharField(max_length=80, blank=True)
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    objects = OperatorsOnly.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["credential"], name="one_revocation_of_a_credential")]

    def __str__(self) -> str:
        return f"revocation of {self.credential_id}"


class Breaker(models.Model):
    """An app that fails whoever asks is left alone until then; one call tries whether it is back.

    `failures` counts failures in a row of one credential after another: a single broken shop says nothing of its app.
    `refused_since`: from when the app did not know us, which is ours to mend.
    """

    connector = models.CharField(max_length=40, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_credential = models.UUIDField(null=True)
    failing_since = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    refused_since = models.DateTimeField(null=True)
    refused_code = models.CharField(max_length=80, blank=True)

    objects = OperatorsOnly.as_manager()

    def __str__(self) -> str:
        return f"{self.connector}: {self.failures} failures"
