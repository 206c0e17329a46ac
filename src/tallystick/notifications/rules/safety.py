"""Changes to how somebody signs in: told to every proved address of theirs, and nobody can turn that off."""

from __future__ import annotations

from tallystick.accounts.models import Contact, User
from tallystick.audit.models import Fact
from tallystick.notifications.notices import SAFETY
from tallystick.notifications.rules.reading import key, message_for, told
from tallystick.notifications.sending import addresses_of, mail, send
from tallystick.outbox.rendering import render_message

_ACCOUNT = "/me/"


def tell_the_owner(fact: Fact) -> None:
    """The person whose account it is."""
    person = _whose(fact)
    if person is not None:
        message = message_for(fact)
        context = told(fact) | {"left": fact.data.get("left")}
        send(person, message, context, once=key(fact, message), kind=SAFETY, path=_ACCOUNT)


def welcome(fact: Fact) -> None:
    """Whoever has just opened an account."""
    tell_the_owner(fact)


def tell_older_addresses(fact: Fact) -> None:
    """An address was added: those proved before hear of it, the new one does not."""
    person = _whose(fact)
    if person is None:
        return
    message = message_for(fact)
    for contact in addresses_of(person, everywhere=True):
        if str(contact.pk) != fact.subject_id:
            send(contact, message, told(fact), once=key(fact, message), kind=SAFETY, path=_ACCOUNT)


def tell_the_address_removed(fact: Fact) -> None:
    """A proved address was taken off an account: it hears so itself, because it may not have been its owner's wish."""
    person, address = _whose(fact), fact.private().get("contact")
    if person is None or not address or not fact.data["proven"] or fact.data["kind"] != "email":
        return
    if Contact.objects.proven().filter(kind="email", value=address).exists():
        return  # proved again since, perhaps by another person
    message = "contact_removed"
    words = render_message(message, told(fact), person.language, person.time_zone)
    mail(address, person, words, once=f"{key(fact, message)}:removed", message=message, kind=SAFETY)


def tell_the_owner_of_proved(fact: Fact) -> None:
    """A proved address was taken off an account. One that was only written down is no news."""
    if fact.data["proven"]:
        tell_the_owner(fact)


def _whose(fact: Fact) -> User | None:
    """The person whose account the fact is about: named in its data, else its subject's owner is who acted."""
    person_id = fact.data.get("person") or fact.person_id
    return User.objects.filter(pk=person_id).first() if person_id else None
