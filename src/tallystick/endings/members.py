"""A member's seat ends: with it, in one transaction, every grant, team place and session that hung on it."""

from __future__ import annotations

from django.db import transaction

from tallystick.accounts.models import Session
from tallystick.core.actor import Actor
from tallystick.organisations.models import Member
from tallystick.partnerships.models import Exclusion, Grant, TeamMember
from tallystick.partnerships.models.grants import close_all

_Hanging = type[Grant] | type[TeamMember] | type[Exclusion]
_HANGING: dict[str, _Hanging] = {"grants": Grant, "places": TeamMember, "exclusions": Exclusion}


def end_member(member: Member, *, by: Actor, reason: str = "") -> None:
    """End a seat for good. Twice is once. Raises `Refused` for the last owner, or for a role above the actor's."""
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # so that nobody hangs more on it meanwhile
        along = {name: close_all(rows.objects.filter(member=member)) for name, rows in _HANGING.items()}
        if member.close_seat(by=by, reason=reason, along=along):
            Session.end_all(member.person_id)
