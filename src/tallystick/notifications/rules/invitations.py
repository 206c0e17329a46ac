"""Somebody was asked, answered, or did not: the person asked gets the mail, and whoever asked hears what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.invitations.models import Ask, Invitation
from tallystick.invitations.models.invitations import delivery_key
from tallystick.notifications.inviting import invite
from tallystick.notifications.notices import ALWAYS, CONNECTIONS
from tallystick.notifications.rules.reading import key, message_for, told
from tallystick.notifications.sending import send_to_all
from tallystick.organisations.models import Member
from tallystick.outbox import Delivery
from tallystick.outbox.models import Mark
from tallystick.outbox.rendering import render_message


def mail_who_is_asked(fact: Fact) -> None:
    """The mail with the link; to an invitation that is over meanwhile, none. Whoever asked gets a copy of the first."""
    invitation = _invitation(fact.subject_id)
    if not invitation.contact:
        return
    number = int(fact.data.get("number", 1))
    invite(invitation, number)
    if number == 1 and invitation.copied_to_asker:
        ends = date_format(timezone.localtime(invitation.until), "j F Y, H:i T")
        more = {"note": invitation.words, "two_words": invitation.two_words, "ends": ends}
        _tell_the_asker(fact, invitation, "invitation_copy", kind=ALWAYS, more=more)


def tell_who_was_asked(fact: Fact) -> None:
    """It was withdrawn: whoever had a mail about it hears that nothing has to be done. Nobody is told of an end to end."""
    invitation = _invitation(fact.subject_id)
    contact = invitation.contact
    first = delivery_key(invitation.pk, 1)
    reached = Delivery.objects.filter(once=first, state__in=("queued", "deferred", "sent")).exists()
    if not (fact.data.get("told") and contact and reached) or Mark.stands("mail", contact.value):
        return
    words = render_message(message_for(fact), told(fact), invitation.language, invitation.asker.time_zone)
    Delivery.queue(
        once=key(fact, message_for(fact)),
        channel="mail",
        to=contact.value,
        subject=words.subject,
        text=words.text,
        html=words.html,
        kind=message_for(fact),
        language=invitation.language,
        secret=False,
        firm_id=invitation.firm_id,
        business_id=None if invitation.firm_id else invitation.business_id,
        sender=invitation.tenant.name,
    )


def tell_the_asker_of_the_whole(fact: Fact) -> None:
    """It is done, or its time is over. Of an invitation of one app, its answer has been told already."""
    invitation = _invitation(fact.subject_id)
    if fact.kind == "invitation.expired" or invitation.asks.count() > 1:
        _tell_the_asker(fact, invitation, message_for(fact))


def tell_the_asker_of_one(fact: Fact) -> None:
    """One app was declined, or passed on to somebody else."""
    ask = Ask.objects.select_related("invitation__organisation__business", "invitation__asker").get(pk=fact.subject_id)
    _tell_the_asker(fact, ask.invitation, message_for(fact))


def tell_the_asker_of_no_delivery(fact: Fact) -> None:
    """The mail to whoever was asked will never arrive: the asker hears so, and what to do."""
    if fact.data.get("message") != "invitation_sent":
        return
    once = Delivery.objects.values_list("once", flat=True).get(pk=fact.subject_id)
    invitation = _invitation(once.split(":")[1])
    if invitation.is_pending:
        names = {"apps": invitation.app_names, "organisation": invitation.organisation.name}
        more = names | {"to": invitation.name or (invitation.contact.masked if invitation.contact else "")}
        _tell_the_asker(fact, invitation, "invitation_not_delivered", kind=ALWAYS, more=more)


def _tell_the_asker(
    fact: Fact, invitation: Invitation, message: str, *, kind: str = CONNECTIONS, more: dict[str, Any] | None = None
) -> None:
    tenant = invitation.tenant
    context = told(fact) | {"tenant": tenant.name, "to": fact.private().get("to", "")} | (more or {})
    path = f"{tenant.url}books/{invitation.organisation_id}/asks/{invitation.pk}/"
    send_to_all(askers(invitation), message, context, once=key(fact, message), kind=kind, path=path)


def askers(invitation: Invitation) -> Iterable[User]:
    """Whoever asked, while they have a seat there; afterwards those who lead the firm or business."""
    seat = Member.objects.of(invitation.tenant).filter(person=invitation.asker_id).live()
    return [invitation.asker] if seat.exists() else invitation.tenant.admins()


def _invitation(invitation_id: str) -> Invitation:
    rows = Invitation.objects.select_related("firm", "organisation__business", "asker").prefetch_related("asks")
    return rows.get(pk=invitation_id)
