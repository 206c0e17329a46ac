"""What every rule reads from a fact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.organisations.models import Business, Firm, Member


def message_for(fact: Fact) -> str:
    """The message called like the fact: `member.joined` is told by `member_joined`."""
    return fact.kind.replace(".", "_")


def key(fact: Fact, message: str) -> str:
    """What makes a message about a fact one message, however often the fact is read."""
    return f"fact:{fact.pk}:{message}"


def told(fact: Fact) -> dict[str, Any]:
    """The names kept beside the fact, who acted, why, and when; what was erased has a plain word instead."""
    private = fact.private()
    unknown = {"person": _("Somebody"), "tenant": "", "firm": _("A firm"), "business": _("A business"), "client": ""}
    return {
        **unknown,
        **private,
        "by": private.get("by") or _("Tallystick"),
        "why": private.get("reason", ""),
        "at": fact.at,
    }


def admins_then(tenant: Firm | Business, fact: Fact) -> QuerySet[User]:
    """The owners and admins of today who had their seat when it happened: the news of before is not theirs."""
    seats = Member.objects.of(tenant).filter(since__lte=fact.at)
    return tenant.admins().filter(pk__in=seats.values("person_id"))


def without_the_actor(people: Iterable[User], fact: Fact) -> list[User]:
    """Whoever did it needs no message about it."""
    return [person for person in people if person.pk != fact.person_id]
