"""What was asked of whom, told on a line: of whom, each app with its state, how much of it is done, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.invitations.models import Ask, Invitation
from tallystick.invitations.models.invitations import OPEN


@dataclass(frozen=True)
class App:
    """One app that was asked for, with the state that its reader understands."""

    ask: Ask
    name: str
    state: str

    @property
    def done(self) -> bool:
        """Is it connected?"""
        return self.state == "connected"


@dataclass(frozen=True)
class Line:
    """One invitation. `asker` is the person, or the firm where a business reads what a firm has asked."""

    invitation: Invitation
    to: str
    asker: str
    state: str
    apps: list[App]

    @property
    def done(self) -> int:
        """How many of its apps are connected."""
        return sum(each.done for each in self.apps)


def lines_of(invitations: Iterable[Invitation], actor: Actor) -> list[Line]:
    """A line for each; the rows bring their asks, askers and firms along."""
    moment = now()
    return [_line(each, actor, moment) for each in invitations]


def line_of(invitation: Invitation, actor: Actor) -> Line:
    """The same for one."""
    return _line(invitation, actor, now())


def asks_of(invitation: Invitation, why_dead: str) -> list[App]:
    """Its apps; what nobody answered in time shows what became of the whole."""
    dead = why_dead if why_dead in ("expired", "withdrawn") else ""
    return [
        App(each, each.app_name, dead if dead and each.state in OPEN else each.state) for each in invitation.asks.all()
    ]


def _line(invitation: Invitation, actor: Actor, moment: datetime) -> Line:
    state = "expired" if invitation.state == "pending" and invitation.until <= moment else invitation.state
    own = invitation.firm_id == actor.firm_id
    asker = invitation.asker.name if own or invitation.firm is None else invitation.firm.name
    return Line(invitation, _to(invitation, own=own), asker, state, asks_of(invitation, state))


def _to(invitation: Invitation, *, own: bool) -> str:
    contact = invitation.contact
    if contact is None:
        return _("A link to send yourself") if own else _("A link")
    return invitation.name or contact.masked
