"""The mail to whoever is asked: written for the one address, from what the invitation says now, and previewed just so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tallystick.accounts.models import User
from tallystick.connectors.definition import Connector
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.core.text import clean_name
from tallystick.invitations import asking
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Invitation
from tallystick.invitations.models.invitations import delivery_key
from tallystick.organisations.models import Business, Firm, Organisation
from tallystick.outbox import Delivery
from tallystick.outbox.models import Mark
from tallystick.outbox.rendering import Rendered, render_message

MESSAGE = "invitation_sent"


def invite(invitation: Invitation, number: int) -> None:
    """Queue the mail of this number to the address asked. Twice is once; not when it is over already, or has no address."""
    contact = invitation.contact
    if contact is None or invitation.why_dead:
        return
    said = _context(
        invitation.tenant,
        invitation.organisation,
        [ask.app for ask in invitation.asks.all() if ask.app and ask.is_unanswered],
        zone=invitation.asker.time_zone,
        until=invitation.until,
        words=invitation.words,
    )
    link = {
        "action_url": f"{settings.BASE_URL}/i/{invitation.token}/",
        "reference": invitation.reference,
        "words": invitation.two_words,
        "passed_on_by": invitation.passed_on_by,
    }
    mail = render_message(MESSAGE, said | link, invitation.language, invitation.asker.time_zone)
    Delivery.queue(
        once=delivery_key(invitation.pk, number),
        channel="mail",
        to=contact.value,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        kind=MESSAGE,
        language=invitation.language,
        secret=False,
        firm_id=invitation.firm_id,
        business_id=None if invitation.firm_id else invitation.business_id,
        sender=invitation.tenant.name,
        reply_to=_reply_to(invitation.tenant, invitation.asker),
        expires_at=invitation.until,
        suppressed="marked" if Mark.stands("mail", contact.value) else "",
    )


def preview(
    organisation: Organisation, connectors: Sequence[Connector], by: Actor, to: Recipient, days: int = asking.DAYS
) -> Rendered:
    """The mail as it would be sent; where link, words and reference will stand, it says so. Raises `Refused`."""
    asker = User.objects.get(pk=str(by.person_id))
    tenant = Firm.objects.get(pk=by.firm_id) if by.firm_id else organisation.business
    with translation.override(to.language):
        link = {
            "action_url": f"{settings.BASE_URL}/i/…/",
            "reference": _("(ten letters)"),
            "words": _("(two words)"),
            "passed_on_by": "",
        }
    said = _context(
        tenant,
        organisation,
        connectors,
        zone=asker.time_zone,
        until=now() + asking.days_of(days),
        words=asking.own_words(to.words),
    )
    return render_message(MESSAGE, said | link, to.language, asker.time_zone)


def _context(
    tenant: Firm | Business,
    organisation: Organisation,
    connectors: Sequence[Connector],
    *,
    zone: str,
    until: datetime,
    words: str,
) -> dict[str, Any]:
    """What the mail says, but for what belongs to this one link."""
    shown = [clean_name(each.name) for each in connectors]
    with timezone.override(ZoneInfo(zone)):
        ends = date_format(timezone.localtime(until), "j F Y, H:i T")
    return {
        "from_name": tenant.name,
        "tenant": tenant.name,
        "is_firm": tenant.side == "firm",
        "since": timezone.localtime(tenant.created_at, ZoneInfo(zone)),
        "organisation": organisation.name,
        "apps": shown,
        "app": shown[0] if shown else "",
        "firm_note": words,
        "reference_url": f"{settings.BASE_URL}/r/",
        "until": ends,
    }


def _reply_to(tenant: Firm | Business, asker: User) -> str:
    """Where an answer goes: the firm's own address; of a business, whoever asked."""
    if isinstance(tenant, Firm):
        return tenant.address
    main = asker.contacts.filter(kind="email").proven().order_by("-primary", "created_at").first()
    return main.value if main else ""
