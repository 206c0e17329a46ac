"""Facts told to people: what happened in words, who did it, when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.accounts.facts import FACTS as OF_ACCOUNTS
from tallystick.audit.facts import FACTS as OF_AUDIT
from tallystick.audit.models import Fact
from tallystick.connections.facts import FACTS as OF_CONNECTIONS
from tallystick.invitations.facts import FACTS as OF_INVITATIONS
from tallystick.notifications.facts import FACTS as OF_NOTIFICATIONS
from tallystick.organisations.facts import FACTS as OF_ORGANISATIONS
from tallystick.partnerships.facts import FACTS as OF_PARTNERSHIPS

MEANINGS: dict[str, Any] = {
    **OF_AUDIT,
    **OF_ACCOUNTS,
    **OF_ORGANISATIONS,
    **OF_PARTNERSHIPS,
    **OF_NOTIFICATIONS,
    **OF_CONNECTIONS,
    **OF_INVITATIONS,
}

SENTENCES: dict[str, Any] = {
    "firm.opened": gettext_lazy("%(name)s was set up"),
    "firm.approved": gettext_lazy("%(name)s was approved"),
    "firm.renamed": gettext_lazy("%(before)s is now called %(after)s"),
    "firm.logo_changed": gettext_lazy("The logo of %(name)s was changed"),
    "business.opened": gettext_lazy("%(name)s was set up"),
    "business.renamed": gettext_lazy("%(before)s is now called %(after)s"),
    "organisation.opened": gettext_lazy("The books of %(name)s were added"),
    "organisation.renamed": gettext_lazy("The books of %(before)s are now called %(after)s"),
    "organisation.closed": gettext_lazy("The books of %(name)s were closed"),
    "member.joined": gettext_lazy("%(person)s joined %(tenant)s"),
    "member.role_changed": gettext_lazy("%(person)s was given another role at %(tenant)s"),
    "member.organisations_changed": gettext_lazy("%(person)s was given other books to work on"),
    "member.suspended": gettext_lazy("Access of %(person)s was paused"),
    "member.resumed": gettext_lazy("%(person)s was given access again"),
    "member.signed_out": gettext_lazy("%(person)s was signed out everywhere"),
    "member.ended": gettext_lazy("%(person)s left %(tenant)s"),
    "partnership.began": gettext_lazy("%(firm)s began to work for %(business)s"),
    "partnership.changed": gettext_lazy("What %(firm)s may do for %(business)s was changed"),
    "partnership.suspended": gettext_lazy("Access of %(firm)s to %(business)s was paused"),
    "partnership.resumed": gettext_lazy("%(firm)s was given access to %(business)s again"),
    "partnership.restricted": gettext_lazy("%(business)s was kept to people named for it"),
    "partnership.unrestricted": gettext_lazy("%(business)s was opened to all who lead %(firm)s"),
    "partnership.ended": gettext_lazy("%(firm)s stopped working for %(business)s"),
    "grant.given": gettext_lazy("%(receiver)s was given %(client)s to work on"),
    "grant.ended": gettext_lazy("%(client)s was taken back from %(receiver)s"),
    "exclusion.made": gettext_lazy("%(person)s was kept out"),
    "exclusion.ended": gettext_lazy("%(person)s is no longer kept out"),
    "team.opened": gettext_lazy("The team %(team)s was made"),
    "team.joined": gettext_lazy("%(person)s joined the team %(team)s"),
    "team.left": gettext_lazy("%(person)s left the team %(team)s"),
    "team.closed": gettext_lazy("The team %(team)s was closed"),
    "connection.made": gettext_lazy("%(app)s was connected: %(account)s"),
    "connection.broke": gettext_lazy("%(app)s needs somebody to sign in again: %(account)s"),
    "connection.troubled": gettext_lazy("%(app)s has trouble, we keep trying: %(account)s"),
    "connection.still_broken": gettext_lazy("%(app)s still needs somebody to sign in again: %(account)s"),
    "connection.trouble_lasts": gettext_lazy("%(app)s has had trouble for a day: %(account)s"),
    "credential.revoked": gettext_lazy("The consent at %(app)s was taken back"),
    "app.refused_us": gettext_lazy("%(app)s no longer knows this site"),
    "app.knows_us": gettext_lazy("%(app)s knows this site again"),
    "connection.mended": gettext_lazy("%(app)s works again: %(account)s"),
    "connection.restored": gettext_lazy("%(app)s was restored: %(account)s"),
    "connection.expiring": gettext_lazy("The consent at %(app)s ends soon: %(account)s"),
    "connection.removed": gettext_lazy("%(app)s was disconnected: %(account)s"),
    "connection.confirmed": gettext_lazy("%(account)s at %(app)s was confirmed as the right one"),
    "invitation.made": gettext_lazy("%(to)s was asked to connect %(apps)s"),
    "invitation.sent_again": gettext_lazy("%(to)s was asked again for %(apps)s"),
    "invitation.completed": gettext_lazy("All that was asked of %(to)s is answered: %(apps)s"),
    "invitation.withdrawn": gettext_lazy("What was asked of %(to)s was withdrawn: %(apps)s"),
    "invitation.expired": gettext_lazy("%(to)s did not answer in time: %(apps)s"),
    "invitation.wanted_again": gettext_lazy("%(to)s wants a new link for %(apps)s"),
    "ask.reached_app": gettext_lazy("Somebody came back from %(app)s"),
    "ask.connected": gettext_lazy("What was asked for is connected: %(account)s at %(app)s"),
    "ask.declined": gettext_lazy("%(app)s was declined"),
    "ask.passed_on": gettext_lazy("%(app)s was passed on to %(to)s"),
    "link.made": gettext_lazy("The Client Connect link of %(organisation)s was made"),
    "link.replaced": gettext_lazy("The Client Connect link of %(organisation)s was replaced"),
    "link.expired": gettext_lazy("The Client Connect link of %(organisation)s ended, as nobody used it for a year"),
    "kit.made": gettext_lazy("The kit %(name)s was made"),
    "kit.changed": gettext_lazy("The kit %(name)s was changed"),
    "kit.removed": gettext_lazy("The kit %(name)s was removed"),
    "attempt.failed": gettext_lazy("%(app)s could not be connected"),
}
"""What each kind of fact says, with the names that stand beside it. A kind without a sentence says what it means."""

_GOOD = "began joined given opened resumed approved connected mended restored connection.made confirmed completed"
_WARNING = "suspended restricted troubled expiring removed failed exclusion.made declined expired replaced"
_BAD = "ended closed broke"
_TONES = {word: tone for tone, words in (("good", _GOOD), ("warn", _WARNING), ("bad", _BAD)) for word in words.split()}
_ICONS = {
    "good": "circle-check",
    "warn": "circle-pause",
    "bad": "circle-slash",
}


@dataclass(frozen=True)
class Event:
    """One line of a timeline."""

    text: str
    who: str
    when: datetime
    tone: str
    icon: str


def told(facts: Iterable[Fact]) -> list[Event]:
    """These facts in words; who was erased is somebody."""
    rows = facts.prefetch_related("asides") if isinstance(facts, QuerySet) else facts
    return [_event(fact) for fact in rows]


def _event(fact: Fact) -> Event:
    private = fact.private()
    names: dict[str, str] = defaultdict(lambda: _("somebody"), private)
    names["to"] = private.get("to") or _("whoever has the link")
    names["receiver"] = private.get("person") or private.get("team") or _("somebody")
    text = str(SENTENCES.get(fact.kind) or MEANINGS.get(fact.kind, fact.kind)) % names
    if private.get("reason"):
        text += f". “{private['reason']}”"
    tone = _TONES.get(fact.kind) or _TONES.get(fact.kind.rpartition(".")[2], "")
    if "@" not in text.partition(" ")[0]:  # an address stays as it is written
        text = text[:1].upper() + text[1:]
    return Event(text, private.get("by") or "Tallystick", fact.at, tone, _ICONS.get(tone, ""))
