"""Writing down what has lapsed: an end that came by itself is tested where it matters, and here it gets its fact.

A row written down stays ended even if the database's clock should be set back afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction

from tallystick.core.actor import HOUSE
from tallystick.core.models import PeriodQuerySet
from tallystick.core.refused import Refused
from tallystick.endings.members import end_member
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.models import Member, MemberSuspension
from tallystick.partnerships.models import Exclusion, Grant, Partnership, PartnershipSuspension, TeamMember

log = structlog.get_logger(__name__)

_MOST = 1_000  # rows of a kind in one run; the next run, a minute later, goes on


def write_down_what_lapsed() -> int:
    """End every row whose planned end has come, each in a transaction of its own. How many were ended."""
    ended = 0
    for rows, end in _ENDS:
        for row in rows().lapsed().order_by("until")[:_MOST]:
            try:
                end(row)
                ended += 1
            except Refused as refused:
                log.exception("lapsed_row_not_ended", row=f"{row._meta.label_lower} {row.pk}", code=refused.code)
    return ended


def _end_partnership(partnership: Partnership) -> None:
    end_partnership(partnership, by=HOUSE)


def _end_member(member: Member) -> None:
    end_member(member, by=HOUSE)


def _end_grant(grant: Grant) -> None:
    grant.end(by=HOUSE)


def _resume_member(suspension: MemberSuspension) -> None:
    suspension.member.resume(by=HOUSE)


def _resume_partnership(suspension: PartnershipSuspension) -> None:
    with transaction.atomic():
        for held in PartnershipSuspension.objects.filter(pk=suspension.pk).unclosed().select_for_update():
            PartnershipSuspension.objects.filter(pk=held.pk).close()
            held.partnership.record("partnership.resumed", by=HOUSE, data={"side": held.side})


def _end_exclusion(exclusion: Exclusion) -> None:
    exclusion.end(by=HOUSE)


def _leave_team(place: TeamMember) -> None:
    place.team.remove(place.member, by=HOUSE)


# What others hang on comes first: it takes them along.
_ENDS: list[tuple[Callable[[], PeriodQuerySet], Callable[[Any], None]]] = [
    (Partnership.objects.all, _end_partnership),
    (Member.objects.all, _end_member),
    (Grant.objects.all, _end_grant),
    (MemberSuspension.objects.all, _resume_member),
    (PartnershipSuspension.objects.all, _resume_partnership),
    (Exclusion.objects.all, _end_exclusion),
    (TeamMember.objects.all, _leave_team),
]
