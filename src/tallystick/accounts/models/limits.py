"""Limits that hold exactly, whatever comes at once: counted in the database, by one statement each.

A limit allows some at once and gives one back every so often (the generic cell rate algorithm, ITU-T I.371, with one
moment per key). It never says who asked: keys are kept as digests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import connection, models

from tallystick.core.clock import Now, now
from tallystick.core.sealing import keyed_digest

# What is written must stand when the request fails afterwards, so this is never called inside a caller's transaction
# that may be rolled back. The conflicting row is locked, so a hundred at once are counted one by one.
_TAKE = """
insert into accounts_allowance as held (key, full_at) values (%(key)s, tallystick_now() + %(every)s::interval)
on conflict (key) do update set full_at = greatest(held.full_at, tallystick_now()) + %(every)s::interval
where greatest(held.full_at, tallystick_now()) + %(every)s::interval <= tallystick_now() + %(all)s::interval
returning 1
"""


class Allowance(models.Model):
    """What is used of one limit by one key: all of it is there again at `full_at`."""

    key = models.CharField(max_length=64, primary_key=True)
    full_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["full_at"], name="allowance_full_at")]

    def __str__(self) -> str:
        return f"full at {self.full_at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many `times` at once, and one more `every` so long. Counted for each key apart."""

    name: str
    times: int
    every: timedelta

    def take(self, key: str) -> bool:
        """Use one up. False, and nothing used, when none is left."""
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE, {"key": self._kept(key), "every": str(self.every), "all": str(self.every * self.times)}
            )
            return cursor.fetchone() is not None

    def is_used_up(self, key: str) -> bool:
        """Is none left? Using none up."""
        last = Now() + self.every * (self.times - 1)
        return Allowance.objects.filter(key=self._kept(key), full_at__gt=last).exists()

    def forget(self, key: str) -> None:
        """Give all of it back: whoever it was has shown to be the right one."""
        Allowance.objects.filter(key=self._kept(key)).delete()

    def next_at(self, key: str) -> datetime:
        """When one more will be there; now, if one is."""
        row = Allowance.objects.filter(key=self._kept(key)).first()
        moment = now()
        return max(moment, row.full_at - self.every * (self.times - 1)) if row else moment

    def _kept(self, key: str) -> str:
        return keyed_digest(f"{self.name}\x1f{key}", purpose="limit")


def forget_full_allowances() -> int:
    """Delete what says nothing any more. Returns how many."""
    return Allowance.objects.filter(full_at__lt=Now()).delete()[0]
