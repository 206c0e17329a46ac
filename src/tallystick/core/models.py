"""The base of rows: an id nobody can guess, periods of time, and claims that exactly one caller wins."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from tallystick.core.clock import Now


class Row(models.Model):
    """A row with an unguessable id and the moment it was made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


def live_now(row: str) -> str:
    """`PeriodQuerySet.live` for a row of this name in a statement of SQL."""
    return f"{row}.closed_at is null and {row}.since <= tallystick_now() and ({_unended(row)})"


def forbidding_now(row: str) -> str:
    """`PeriodQuerySet.forbidding` for a row of this name in a statement of SQL."""
    return f"{row}.closed_at is null and ({_unended(row)})"


def _unended(row: str) -> str:
    return f"{row}.until is null or {row}.until > tallystick_now()"


class PeriodQuerySet(models.QuerySet[Any]):
    """Questions of time over rows that hold for a period."""

    def live(self, at: datetime | None = None) -> Self:
        """Those that hold now, or held at a past moment. Ended is ended: a closed row is never live now,
        whatever the clock says.
        """
        if at is None:
            return self.filter(Q(until=None) | Q(until__gt=Now()), since__lte=Now(), closed_at=None)
        return self.filter(Q(until=None) | Q(until__gt=at), Q(closed_at=None) | Q(closed_at__gt=at), since__lte=at)

    def forbidding(self) -> Self:
        """Of rows that take access away, those that do so now. Their beginning is not asked about: a clock that was set
        back must not lift a no.
        """
        return self.filter(Q(until=None) | Q(until__gt=Now()), closed_at=None)

    def unclosed(self) -> Self:
        """Those nobody closed, lapsed or not."""
        return self.filter(closed_at=None)

    def close(self) -> int:
        """End them now; how many were still unclosed. A lapsed row ends when it lapsed, not later."""
        ended = models.functions.Greatest(
            F("since"), models.functions.Least(Now(), models.functions.Coalesce(F("until"), Now()))
        )
        return self.unclosed().update(closed_at=ended)

    def lapsed(self) -> Self:
        """Those whose planned end has come, and that nobody closed yet."""
        return self.unclosed().filter(until__lte=Now())


class Period(Row):
    """A row that holds for `[since, until)` unless closed before. `until` is the planned end, None for none."""

    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
