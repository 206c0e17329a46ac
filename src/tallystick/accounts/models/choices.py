"""What a person wants to hear of: at once, once a day, or not. Notices about safety can't be turned off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tallystick.accounts.models.people import User
from tallystick.audit import record
from tallystick.core.actor import Actor
from tallystick.core.models import Row
from tallystick.core.refused import Refused

CHOICES = ("on", "daily", "off")
"""At once; once a day, together; not at all."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind of message that people may tune, with the sentence that names it."""

    kind: str
    label: str | Promise
    choices: tuple[str, ...] = CHOICES


_notices: dict[str, Notice] = {}


def register_notice(kind: str, label: str | Promise, choices: tuple[str, ...] = CHOICES) -> None:
    """Let people tune messages of this kind. The room that sends them calls this; safety notices are never registered."""
    _notices[kind] = Notice(kind, label, choices)


def notices() -> list[Notice]:
    """All kinds that people may tune, in the order they were registered."""
    return list(_notices.values())


class NotificationChoice(Row):
    """One person's choice about one kind of message. Without a row: at once."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=60)
    choice = models.CharField(max_length=5, choices=[(name, name) for name in CHOICES])

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "kind"], name="choice_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"


def choice_of(person: User, kind: str) -> str:
    """`on`, `daily` or `off` for this person and kind of message; `on` for what can't be tuned."""
    if kind not in _notices:
        return "on"
    row = NotificationChoice.objects.filter(person=person, kind=kind).first()
    return row.choice if row else "on"


def choices_of(person: User) -> dict[str, str]:
    """The person's choice for every kind that can be tuned. One query."""
    made = dict(person.notification_choices.values_list("kind", "choice"))
    return {notice.kind: made.get(notice.kind, "on") for notice in notices()}


def choose(person: User, choices: dict[str, str], *, by: Actor) -> None:
    """Hear of these kinds in these ways from now on. Kinds not named stay as they are."""
    person.demand_own(by)
    for kind, choice in choices.items():
        if kind not in _notices or choice not in _notices[kind].choices:
            raise Refused("choice_unknown", _("Choose one of the answers of the list."), field=kind, status=422)
    changed = {kind: choice for kind, choice in choices.items() if choices_of(person)[kind] != choice}
    if not changed:
        return
    with transaction.atomic():
        for kind, choice in changed.items():
            NotificationChoice.objects.update_or_create(person=person, kind=kind, defaults={"choice": choice})
        record("person.preferences_changed", person, by=by, person_ids=[person.pk], data={"notices": changed})
