"""Somebody is asked to connect apps: they get the mail, and whoever asked hears what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.core.access import may
from tallystick.invitations.models import Ask, Invitation
from tallystick.invitations.models.invitations import InvitationQuerySet, delivery_key
from tallystick.notifications.inviting import MESSAGE, letter, logo_of
from tallystick.notifications.notices import ALWAYS, CONNECTIONS
from tallystick.notifications.rules.reading import key, told, without_the_actor
from tallystick.notifications.sending import addresses_of, send_to_all, write_to
from tallystick.organisations.models import Firm, Member
from tallystick.outbox import Delivery
from tallystick.outbox.models import State
from tallystick.outbox.rendering import render_message

_ONE_TRANSACTION = timedelta(minutes=1)
_NEVER_ARRIVES = (State.FAILED, State.BOUNCED, State.SUPPRESSED)


# To the person asked, who has no account.


def send_it(fact: Fact) -> None:
    """The mail with the link, while it can still be answered; of several that wait to be written, the latest alone."""
    with transaction.atomic():
        # Held, so that whoever withdraws it comes after, and takes this mail back.
        invitation = _rows().select_for_update(no_key=True, of=("self",)).get(pk=fact.subject_id)
        if invitation.contact and not invitation.why_dead and invitation.number == fact.data.get("number", 1):
            sent = write_to(
                invitation.contact.value,
                letter(invitation),
                once=delivery_key(invitation.pk, invitation.number),
                message=MESSAGE,
                invitation=invitation,
                reply_to=_reply_to(invitation),
                expires_at=invitation.until,
            )
            if sent.state == State.SUPPRESSED and sent.reason == "marked":
                _tell_it_failed(fact, invitation)


def take_it_back(fact: Fact) -> None:
    """What has not left is not sent any more; whoever the mail had reached hears that there is nothing to do."""
    _take_back(fact, _invitation(fact), told_too=bool(fact.data.get("told")))


def stop_sending(fact: Fact) -> None:
    """It has come to an end: a mail that has not left by now is pointless."""
    _take_back(fact, _invitation(fact), told_too=False)


def take_back_what_went_along(fact: Fact) -> None:
    """A partnership or a set of books ended, and with it what was asked there."""
    for invitation in _rows().filter(pk__in=fact.data.get("invitations", ()), state="withdrawn"):
        _take_back(fact, invitation, told_too=True)


def _take_back(fact: Fact, invitation: Invitation, *, told_too: bool) -> None:
    keys = [delivery_key(invitation.pk, number) for number in range(1, invitation.number + 1)]
    Delivery.take_back(keys, because=invitation.state)
    left = Delivery.objects.filter(once__in=keys).exclude(state__in=_NEVER_ARRIVES)
    if not (told_too and invitation.contact and left.exists()):
        return
    context = _about(invitation, apps=invitation.asks.filter(state="withdrawn")) | {
        "firm": invitation.tenant.name,
        "from_name": invitation.tenant.name,
        "logo_url": logo_of(invitation.tenant),
    }
    write_to(
        invitation.contact.value,
        render_message("invitation_withdrawn", context, invitation.language, invitation.asker.time_zone),
        once=f"{key(fact, 'invitation_withdrawn')}:{invitation.pk}",
        message="invitation_withdrawn",
        invitation=invitation,
        reply_to=_reply_to(invitation),
    )


# To whoever asked.


def copy_the_asker(fact: Fact) -> None:
    """What was sent to whom, without the link, which is for the other alone. Of the first mail only."""
    invitation = _invitation(fact)
    if invitation.copied_to_asker and not invitation.why_dead:
        context = {
            "two_words": invitation.two_words,
            "ends": invitation.until,
            "firm_note": invitation.words,
            "note_by": invitation.asker.name,
        }
        _tell(fact, invitation, "invitation_copy", context, asker_too=True)


def tell_of_a_no(fact: Fact) -> None:
    """One app was declined. With the last answer one mail says all of them."""
    ask = _ask(fact)
    if _alone_or_not_done(ask):
        _tell(fact, ask.invitation, "ask_declined", {"app": ask.app_name, "why": told(fact)["why"]})


def tell_it_was_passed_on(fact: Fact) -> None:
    """One app was passed on to somebody else, who is being asked. With the last answer one mail says all of them."""
    ask = _ask(fact)
    if _alone_or_not_done(ask):
        names = told(fact)
        context = {"app": ask.app_name, "to": names.get("to", ""), "by": names["by"]}
        _tell(fact, ask.invitation, "ask_passed_on", context)


def tell_it_lapsed(fact: Fact) -> None:
    """Its time is over. Not when the same has been asked again since."""
    invitation = _invitation(fact)
    if not invitation.replaced_by.exists():
        left = ", ".join(_names(invitation.asks.filter(state="expired")))
        _tell(fact, invitation, "invitation_expired", {"apps": left})


def tell_they_want_it_again(fact: Fact) -> None:
    """It is over, and whoever was asked would answer after all: whoever asked can ask again."""
    invitation = _invitation(fact)
    left = ", ".join(_names(invitation.asks.filter(state__in=("asked", "at_app", "expired", "declined"))))
    _tell(fact, invitation, "invitation_wanted_again", {"apps": left})


def tell_all_is_answered(fact: Fact) -> None:
    """All of several apps have their answer; of a single one the answer itself was told."""
    invitation = _invitation(fact)
    asks = list(invitation.asks.select_related("connection", "invitation"))
    if len(asks) > 1 or any(ask.state == "connected" and not brought_about(ask) for ask in asks):
        _tell(fact, invitation, "invitation_completed")


def tell_it_did_not_arrive(fact: Fact) -> None:
    """A mail that asked somebody will never arrive: whoever asked can do something, while it can still be answered."""
    if fact.data.get("message") != MESSAGE:
        return
    once = Delivery.objects.values_list("once", flat=True).get(pk=fact.subject_id)
    invitation_id, number = once.removeprefix("invitation:").rsplit(":", 1)
    invitation = _rows().get(pk=invitation_id)
    if not invitation.why_dead and invitation.number == int(number):
        _tell_it_failed(fact, invitation)


def _tell_it_failed(fact: Fact, invitation: Invitation) -> None:
    _tell(fact, invitation, "invitation_failed", kind=ALWAYS, asker_too=True)


def _tell(
    fact: Fact,
    invitation: Invitation,
    message: str,
    context: dict[str, Any] | None = None,
    *,
    kind: str = CONNECTIONS,
    asker_too: bool = False,
) -> None:
    """Whoever asked, on their own page of it; not when they did it themselves, unless `asker_too`."""
    tenant = invitation.tenant
    people = askers(invitation)
    shown = _about(invitation) | {
        "answered": _answers(invitation),
        "tenant": tenant.name,
        "you_asked": [person.pk for person in people] == [invitation.asker_id],
        **(context or {}),
    }
    path = f"{tenant.url}books/{invitation.organisation_id}/asks/{invitation.pk}/"
    others = people if asker_too else without_the_actor(people, fact)
    send_to_all(others, message, shown, once=key(fact, message), kind=kind, path=path)


def askers(invitation: Invitation) -> list[User]:
    """Whoever asked, while they may still ask there; when they have left, those who lead their firm or business."""
    seats = Member.objects.of(invitation.tenant).unsuspended().select_related("person")
    asked = [seat for seat in seats.filter(person=invitation.asker) if may(seat.pk, invitation.organisation_id, "ask")]
    leading = Member.objects.of(invitation.tenant).leading().select_related("person")
    found = asked or [seat for seat in leading if may(seat.pk, invitation.organisation_id, "ask")]
    return [seat.person for seat in found]


def brought_about(ask: Ask) -> bool:
    """Was its connection made by it, in one transaction, and did not stand before?"""
    return ask.connection is not None and abs(ask.state_since - ask.connection.created_at) < _ONE_TRANSACTION


def _alone_or_not_done(ask: Ask) -> bool:
    return ask.invitation.state == "pending" or ask.invitation.asks.count() == 1


def _answers(invitation: Invitation) -> list[dict[str, Any]]:
    """What became of each app that has an answer, with the reason that was shared with a no."""
    answered = invitation.asks.filter(state__in=("connected", "declined", "passed_on"))
    asks = list(answered.select_related("connection", "passed_to"))
    noes = Fact.objects.filter(kind="ask.declined", subject_id__in=[str(ask.pk) for ask in asks])
    reasons = {fact.subject_id: fact.reason for fact in noes.prefetch_related("asides")}
    return [
        {
            "app": ask.app_name,
            "state": ask.state,
            "account": ask.connection.account_name if ask.connection else "",
            "why": reasons.get(str(ask.pk), ""),
            "to": _called(ask.passed_to) if ask.passed_to else "",
        }
        for ask in asks
    ]


def _about(invitation: Invitation, apps: Iterable[Ask] | None = None) -> dict[str, Any]:
    """What every message about an invitation says: whom, which apps, which books."""
    names = _names(invitation.asks.all() if apps is None else apps)
    contact = invitation.contact
    return {
        "to": _called(invitation),
        "address": contact.shown if contact else "",
        "apps": ", ".join(names),
        "app": names[0] if len(names) == 1 else "",
        "organisation": invitation.organisation.name,
    }


def _names(asks: Iterable[Ask]) -> list[str]:
    return [ask.app_name for ask in asks]


def _called(invitation: Invitation) -> Any:
    """Who was asked: by name, else by address; of a link that was copied nobody knows."""
    contact = invitation.contact
    return invitation.name or (contact.shown if contact else _("Whoever has your link"))


def _reply_to(invitation: Invitation) -> str:
    """Where an answer goes: to the firm; of a business, to whoever asked."""
    if isinstance(invitation.tenant, Firm):
        return invitation.tenant.address
    return next((contact.value for contact in addresses_of(invitation.asker)), "")


def _rows() -> InvitationQuerySet:
    return Invitation.objects.select_related("firm", "organisation__business", "asker")


def _invitation(fact: Fact) -> Invitation:
    return _rows().get(pk=fact.subject_id)


def _ask(fact: Fact) -> Ask:
    rows = Ask.objects.select_related("invitation__firm", "invitation__organisation__business", "invitation__asker")
    return rows.get(pk=fact.subject_id)
