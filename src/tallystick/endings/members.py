"""A member's seat ends: with it, in one transaction, every grant, team place and session that hung on it."""

from __future__ import annotations

from django.db import transaction

from tallystick.accounts.models import Session
from tallystick.core.actor import Actor
from tallystick.organisations.models import Member
from tallystick.partnerships.models import Exclusion, Grant, TeamMember
from tallystick.partnerships.models.grants import close_all


def end_member(member: Member, *, by: Actor, reason: str = "") -> None:
    """End a seat for good. Twice is once. Raises `Refused` for the last owner, or for a role above the actor's."""
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # so that nobody hangs more on it meanwhile
        along = {
            "grants": close_all(Grant.objects.filter(member=member)),
            "places": close_all(TeamMember.objects.filter(member=member)),
            "exclusions": close_all(Exclusion.objects.filter(member=member)),
        }
        member.hold_sessions()
        if member.close_seat(by=by, reason=reason, along=along):
            Session.end_all(member.person_id)
