"""What can be asked of whom: the apps, the words that go along, how long a link lives. Each no is a plain sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from tallystick.accounts.addresses import Address, clean_address, names_a_site
from tallystick.accounts.models import Contact
from tallystick.accounts.models.limits import Limit
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.actor import Actor
from tallystick.core.refused import Refused
from tallystick.core.text import clean_name
from tallystick.outbox.models import Mark

DAYS, FEWEST_DAYS, MOST_DAYS = 14, 1, 30
"""How long a link with asks lives (quality bar 4)."""

MOST_APPS = 20
LONGEST_WORDS = 500
"""Characters of the asker's own words (quality bar 84)."""

# So many mails one asker may send at once to one address, and in all: a slip of ours or theirs fills nobody's mailbox.
PER_ADDRESS = Limit("invitation.address", times=6, every=timedelta(hours=4))
PER_TENANT = Limit("invitation.tenant", times=400, every=timedelta(minutes=1))


@dataclass(frozen=True)
class Recipient:
    """Who is asked, as typed: an address (none: the asker sends the link), a name, a few words, and the mail's language."""

    address: str = ""
    name: str = ""
    words: str = ""
    language: str = "en"


NOBODY = Recipient()
"""For a link that the asker sends themselves."""


def checked(to: Recipient, *, by: Actor) -> tuple[Address | None, dict[str, str]]:
    """The address, and name and words to be kept beside it. Raises `Refused` naming the field at fault."""
    contact = contact_of(to.address, by=by) if to.address.strip() else None
    return contact, {"name": named_or_not(to.name), "words": own_words(to.words)}


def askable(slugs: Iterable[str]) -> list[Connector]:
    """The apps of these names, each once, when all of them can be asked for. Raises `Refused` (field `apps`)."""
    known = {each.slug: each for each in catalogue.all()}
    wanted = list(dict.fromkeys(slugs))
    if not wanted:
        raise _no("apps_missing", _("Choose at least one app to ask for."))
    if len(wanted) > MOST_APPS:
        message = _("Ask for %(most)s apps at most at a time. You chose %(count)s.")
        raise _no("apps_too_many", message % {"most": MOST_APPS, "count": len(wanted)})
    for slug in wanted:
        if slug not in known:
            raise _no("app_unknown", _("One of these apps is not known here any more. Choose again."))
        if not known[slug].can_ask_owner:
            message = _("The owner can't be asked to connect %(app)s by a link. %(why)s")
            raise _no("app_not_askable", message % {"app": known[slug].name, "why": known[slug].ask_owner})
        if not known[slug].is_set_up:
            raise _no("app_not_ready", _("%(app)s is not set up here yet.") % {"app": known[slug].name})
    return [known[slug] for slug in wanted]


def contact_of(typed: str, *, by: Actor) -> Address:
    """The address to ask. Raises `Refused` (field `address`): malformed, one's own, or known not to work."""
    address = clean_address(typed)
    if Contact.objects.proven().same_as(address).filter(person_id=by.person_id).exists():
        message = _("%(address)s is your own address. Type the owner's.")
        raise Refused("own_address", message % {"address": address.shown}, field="address", status=422)
    if Mark.stands("mail", address.value):
        message = _("Mail to %(address)s came back. Ask the owner for another address, or send the link yourself.")
        raise Refused("address_unreachable", message % {"address": address.shown}, field="address", status=422)
    return address


def named_or_not(typed: str) -> str:
    """The recipient's name, or nothing. Raises `Refused` (field `name`)."""
    name = clean_name(typed)
    if len(name) > 120:
        message = _("This name has %(length)s letters. Shorten it to %(most)s or fewer.")
        raise Refused("name_too_long", message % {"length": len(name), "most": 120}, field="name", status=422)
    return name


def own_words(typed: str) -> str:
    """The asker's words as plain text: lines stay, what can't be seen goes. Raises `Refused` (field `words`)."""
    lines = unicodedata.normalize("NFC", typed).replace("\r\n", "\n").split("\n")
    words = "\n".join(clean_name(line) for line in lines).strip()
    if len(words) > LONGEST_WORDS:
        message = _("Your words have %(length)s characters. Shorten them to %(most)s or fewer.")
        numbers = {"length": len(words), "most": LONGEST_WORDS}
        raise Refused("words_too_long", message % numbers, field="words", status=422)
    if names_a_site(words):
        message = _("Leave web addresses out of your words: people are told never to trust a link beside ours.")
        raise Refused("words_with_link", message, field="words", status=422)
    return words


def days_of(days: int) -> timedelta:
    """How long the link lives. Raises `Refused` (field `days`)."""
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise Refused("days_out_of_range", _("A link lives from 1 to 30 days."), field="days", status=422)
    return timedelta(days=days)


def demand_allowance(address: Address, *, by: Actor) -> None:
    """One mail more to this address, and from this tenant. Raises `Refused` (429). Never inside a transaction."""
    if not PER_ADDRESS.take(f"{by.tenant_id}:{address.value}"):
        message = _("%(address)s got several mails from you today. Wait some hours, or send the link yourself.")
        raise Refused("asked_often", message % {"address": address.shown}, field="address", status=429)
    if not PER_TENANT.take(str(by.tenant_id)):
        raise Refused("asked_often", _("That was very many mails at once. Go on in some minutes."), status=429)


def _no(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, field="apps", status=422)
