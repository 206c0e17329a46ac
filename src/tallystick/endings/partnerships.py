"""A partnership ends: with it, in one transaction, its coverage, every grant on it, and what the firm still asks there."""

from __future__ import annotations

from django.db import transaction

from tallystick.core.actor import Actor
from tallystick.invitations.models import ClientConnectLink, Invitation
from tallystick.partnerships.models import Grant, Partnership
from tallystick.partnerships.models.grants import close_all


def end_partnership(partnership: Partnership, *, by: Actor, reason: str = "") -> None:
    """End it for good, from either side. Twice is once. Raises `Refused` when the actor may not."""
    with transaction.atomic():
        Partnership.objects.select_for_update(no_key=True).get(pk=partnership.pk)  # nobody hangs more on it meanwhile
        pair = {"firm": partnership.firm_id, "business": partnership.business_id}
        along = {
            "grants": close_all(Grant.objects.filter(partnership=partnership)),
            "invitations": Invitation.objects.filter(**pair).withdraw_all(),
            "links": ClientConnectLink.objects.filter(**pair).close_all("asker_gone"),
        }
        partnership.close_partnership(by=by, reason=reason, along=along)
