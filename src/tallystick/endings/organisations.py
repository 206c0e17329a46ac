"""An organisation is closed: with it, in one transaction, its coverage, its people's places and what keeps people out."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.core.actor import Actor
from tallystick.core.refused import Refused
from tallystick.organisations.models import Business, MemberOrganisation, Organisation
from tallystick.organisations.rights import demand
from tallystick.partnerships.models import Coverage, Exclusion


def close_organisation(organisation: Organisation, *, by: Actor, reason: str = "") -> None:
    """Close a set of books for good. Twice is once. A business keeps at least one. Raises `Refused`."""
    business = organisation.business
    demand(by, "open_organisations", tenant=business)
    with transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        if not business.organisations.filter(closed_at=None).exclude(pk=organisation.pk).exists():
            message = _("“%(name)s” is the only set of books. A business keeps at least one.")
            raise Refused("last_organisation", message % {"name": organisation.name}, status=409)
        if not Organisation.objects.filter(pk=organisation.pk).close():
            return
        for rows in (Coverage, Exclusion, MemberOrganisation):
            rows.objects.filter(organisation=organisation).close()
        record(
            "organisation.closed",
            organisation,
            by=by,
            business_id=business.pk,
            organisation_id=organisation.pk,
            private={"name": organisation.name},
            reason=reason,
        )
