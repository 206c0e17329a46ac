"""Telling one person one thing: by a mail now, by a line in their daily digest, or not at all, as they chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from tallystick.accounts.models import Contact, User
from tallystick.accounts.models.choices import choice_of
from tallystick.invitations.models import Invitation
from tallystick.notifications.models import DigestLine
from tallystick.notifications.notices import ALWAYS, SAFETY
from tallystick.outbox import Delivery
from tallystick.outbox.models import Mark
from tallystick.outbox.rendering import Rendered, render_message


def send(to: User | Contact, message: str, context: Mapping[str, Any], *, once: str, kind: str, path: str = "") -> None:
    """Tell somebody, in their language and time zone. Asked for twice with one `once`, they are told once.

    `kind` is one of `notices`: what the person may tune, `ALWAYS`, or `SAFETY`, which goes to every proved address of
    theirs, or to the one contact given. `path` is where the message's button leads. Nothing goes to an address that
    nobody has proved.
    """
    person = to if isinstance(to, User) else to.person
    choice = choice_of(person, kind)
    if choice == "off":
        return
    url = f"{settings.BASE_URL}{path}" if path else ""
    words = render_message(message, {**context, "action_url": url}, person.language, person.time_zone)
    if choice == "daily":
        line = DigestLine(person=person, once=once, subject=words.subject)
        DigestLine.objects.bulk_create([line], ignore_conflicts=True)
        return
    if kind != SAFETY and isinstance(to, User):
        for contact in addresses_of(to):
            mail(contact.value, person, words, once=once, message=message, kind=kind)
        return
    for contact in [to] if isinstance(to, Contact) else addresses_of(to, everywhere=True):
        if contact.is_proven:
            mail(contact.value, person, words, once=f"{once}:{contact.pk}", message=message, kind=kind)


def send_to_all(
    people: Iterable[User], message: str, context: Mapping[str, Any], *, once: str, kind: str, path: str = ""
) -> None:
    """Tell each of them. `once` is the key of the whole; each person's is made from it."""
    for person in people:
        send(person, message, context, once=f"{once}:{person.pk}", kind=kind, path=path)


def mail(to: str, person: User, words: Rendered, *, once: str, message: str, kind: str = ALWAYS) -> None:
    """Queue a mail to an address. One that is known not to work gets safety notices only."""
    Delivery.queue(
        once=once,
        channel="mail",
        to=to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        person_id=person.pk,
        kind=message,
        language=person.language,
        secret=False,
        suppressed="marked" if kind != SAFETY and Mark.stands("mail", to) else "",
    )


def write_to(
    address: str,
    words: Rendered,
    *,
    once: str,
    message: str,
    invitation: Invitation,
    reply_to: str = "",
    expires_at: datetime | None = None,
) -> Delivery:
    """Queue a mail to the address that was asked, which may be nobody's account, in the name of whoever asks.

    It may carry a link, so its contents are erased when it is sent. An address that is known not to work gets nothing: the
    delivery says `marked`. `expires_at`: from then on it is pointless.
    """
    return Delivery.queue(
        once=once,
        channel="mail",
        to=address,
        subject=words.subject,
        text=words.text,
        html=words.html,
        firm_id=invitation.firm_id,
        business_id=invitation.business_id,
        kind=message,
        language=invitation.language,
        secret=True,
        sender=invitation.tenant.name,
        reply_to=reply_to,
        expires_at=expires_at,
        suppressed="marked" if Mark.stands("mail", address) else "",
    )


def addresses_of(person: User, *, everywhere: bool = False) -> list[Contact]:
    """The mail address to write to, the main one first; all that are proved when it must not be missed."""
    proven = person.contacts.filter(kind="email").proven().order_by("-primary", "created_at")
    return list(proven if everywhere else proven[:1])
