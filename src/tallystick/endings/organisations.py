"""An organisation is closed: with it, in one transaction, its coverage, its people's places, its connections and its links."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.connections.models import Connection
from tallystick.core.actor import Actor
from tallystick.core.refused import Refused
from tallystick.invitations.models import ClientConnectLink, Invitation
from tallystick.organisations.models import Business, MemberOrganisation, Organisation
from tallystick.organisations.models.tenants import hold_open
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
        if not hold_open(organisation.pk):
            return
        withdrawn = Invitation.objects.filter(organisation=organisation).withdraw_all()
        ClientConnectLink.objects.filter(organisation=organisation).close_all("asker_gone")
        for rows in (Coverage, Exclusion, MemberOrganisation):
            rows.objects.filter(organisation=organisation).close()
        # Facts come after all is held: who waits for the ledger's chains must hold nothing that is still wanted here.
        for connection in Connection.objects.alive().filter(organisation=organisation).hold():
            connection.disconnect(by=by, because="books_closed")
        Organisation.objects.filter(pk=organisation.pk).close()
        record(
            "organisation.closed",
            organisation,
            by=by,
            business_id=business.pk,
            organisation_id=organisation.pk,
            data={"invitations": withdrawn},
            private={"name": organisation.name},
            reason=reason,
        )
