"""The jobs that gave up, and when the clock asks for each routine next."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models, transaction

from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.jobs.queue import later

_TEXT = 300  # characters kept of an error


class Failure(Row):
    """A job that was tried for the last time, with its error. It waits here for a person."""

    job_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=128)
    args = models.JSONField(default=dict)
    error = models.CharField(max_length=200)
    text = models.CharField(max_length=_TEXT, blank=True)
    attempts = models.IntegerField()
    repeated_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at"])]

    def __str__(self) -> str:
        return f"{self.name}: {self.error}"

    @classmethod
    def note(cls, *, job_id: int, name: str, args: dict[str, Any], error: BaseException, attempts: int) -> None:
        """Write a failure down, once per job. Only the first line of the error is kept: the database's further lines
        quote the row.
        """
        lines = str(error).strip().splitlines() or [""]
        cls.objects.update_or_create(
            job_id=job_id,
            defaults={
                "name": name,
                "args": args,
                "error": f"{type(error).__module__}.{type(error).__qualname__}"[:200],
                "text": lines[0][:_TEXT],
                "attempts": attempts,
            },
        )

    def repeat(self) -> bool:
        """Leave the same job again, once; False when somebody already did."""
        with transaction.atomic():
            claimed = Failure.objects.filter(pk=self.pk, repeated_at=None).update(repeated_at=Now())
            if claimed:
                later(self.name, **self.args)
        return bool(claimed)


class Routine(models.Model):
    """When the clock asks for a job next. One row per routine, shared by all workers."""

    name = models.CharField(max_length=128, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.next_at:%Y-%m-%d %H:%M} UTC"
