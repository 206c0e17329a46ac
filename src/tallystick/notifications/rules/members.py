"""Somebody joined or left a firm or business, or holds another role there."""

from __future__ import annotations

from typing import Any

from tallystick.audit.models import Fact
from tallystick.notifications.notices import ALWAYS, MEMBERS
from tallystick.notifications.rules.reading import admins_then, key, message_for, told, without_the_actor
from tallystick.notifications.sending import send_to_all
from tallystick.notifications.words import ROLE_NAMES
from tallystick.organisations.models import Member


def tell_the_person(fact: Fact) -> None:
    """Whose seat it is, unless they did it themselves. It is about what they may do, so they can't turn it off."""
    member = _member(fact)
    message = f"{message_for(fact)}_you"
    path = "" if fact.kind in ("member.ended", "member.suspended") else member.tenant.url
    people = without_the_actor([member.person], fact)
    send_to_all(people, message, _context(fact), once=key(fact, message), kind=ALWAYS, path=path)


def tell_the_admins(fact: Fact) -> None:
    """The owners and admins who neither did it nor are who it is about."""
    member = _member(fact)
    message = message_for(fact)
    others = admins_then(member.tenant, fact).exclude(pk=member.person_id)
    path = f"{member.tenant.url}people/"
    people = without_the_actor(others, fact)
    send_to_all(people, message, _context(fact), once=key(fact, message), kind=MEMBERS, path=path)


def _member(fact: Fact) -> Member:
    member: Member = Member.objects.select_related("person", "firm", "business").get(pk=fact.subject_id)
    return member


def _context(fact: Fact) -> dict[str, Any]:
    role = fact.data.get("after") or fact.data.get("role") or ""
    before = fact.data.get("before") or ""
    return told(fact) | {"role": ROLE_NAMES.get(role, role), "role_before": ROLE_NAMES.get(before, before)}
