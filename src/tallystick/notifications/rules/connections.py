"""An app was connected, needs somebody, or works again: those who look after these books are told, on both sides.

"Admins of an organisation": the business's owners and admins, and on the firm's side the staff to whom the client was given
(if none, the firm's admins). Of a business that nobody has claimed, the firm's side alone. Beside them whoever asked for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.connections.models import Connection
from tallystick.core.access import may
from tallystick.invitations.models import Ask
from tallystick.notifications.notices import ALWAYS, CONNECTIONS, REPAIRS
from tallystick.notifications.rules.invitations import askers, brought_about
from tallystick.notifications.rules.reading import key, message_for, told, without_the_actor
from tallystick.notifications.sending import send_to_all
from tallystick.notifications.words import DOWN, WRONG
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.partnerships.models import Grant, Partnership


def tell_everyone(fact: Fact) -> None:
    """It was connected or disconnected: all who look after these books, but not who did it.

    What somebody unknown connected by the standing link asks "is this yours?", until somebody has said so.
    """
    connection = _connection(fact)
    if not fact.data.get("unconfirmed"):
        _send(fact, connection, CONNECTIONS)
    elif connection.unconfirmed and connection.state != "disconnected":
        _send(fact, connection, REPAIRS, message="connection_unconfirmed", who_may="connect")


def tell_the_other_side(fact: Fact) -> None:
    """Somebody of one side said that it is theirs: those of the other side hear so."""
    _send(fact, _connection(fact), CONNECTIONS, but_not=fact.tenant_id)


def ask_everyone(fact: Fact) -> None:
    """It needs somebody. Whoever of them restores it, it is done; when it was before this is read, nobody is asked."""
    connection = _connection(fact)
    if connection.state == "needs_client":
        _send(fact, connection, REPAIRS)


def warn_everyone(fact: Fact) -> None:
    """Its consent ends soon. Not when it was renewed, or taken away, before this is read."""
    connection = _connection(fact)
    ends = fact.data.get("ends")
    now_ends = connection.credential.consent_ends_at
    if connection.state != "disconnected" and now_ends and ends and now_ends <= datetime.fromisoformat(ends):
        _send(fact, connection, REPAIRS)


def tell_who_was_asked(fact: Fact) -> None:
    """It works again: those hear so who were asked to mend it."""
    if fact.data.get("was") == "needs_client":
        _send(fact, _connection(fact), REPAIRS)


def tell_the_firm(fact: Fact) -> None:
    """It has had trouble for a day. Nobody has to do anything, but the firm may wonder where the figures are."""
    connection = _connection(fact)
    if connection.state == "trouble":
        _send(fact, connection, CONNECTIONS, business_too=False)


def tell_the_operators(fact: Fact) -> None:
    """An app no longer knows this installation, or does again: ours to mend, and nobody else's to hear of."""
    message = message_for(fact)
    operators = User.objects.filter(is_operator=True, is_active=True)
    send_to_all(operators, message, _context(fact), once=key(fact, message), kind=ALWAYS)


def _connection(fact: Fact) -> Connection:
    rows = Connection.objects.select_related("organisation__business", "credential")
    return rows.get(pk=fact.subject_id)


def _send(
    fact: Fact,
    connection: Connection,
    kind: str,
    *,
    message: str = "",
    business_too: bool = True,
    but_not: UUID | None = None,
    who_may: str = "see",
) -> None:
    """One message for each side, with that side's own page; and for who asked for this connection, on theirs.

    `who_may`: of firms, those who may do this on these books.
    """
    organisation = connection.organisation
    message, place = message or message_for(fact), f"books/{organisation.pk}/apps/{connection.pk}/"
    asks = _asks(connection)
    context = _context(fact) | (_by_a_link(asks[0]) if asks and fact.side == "guest" else {})
    sides: list[tuple[Firm | Business, Iterable[User]]] = list(_firm_sides(organisation, who_may))
    sides.append((organisation.business, organisation.admins()))
    sides += [(ask.invitation.tenant, askers(ask.invitation)) for ask in asks]
    for tenant, people in sides:
        if tenant.pk == but_not or (tenant.side == "business" and not business_too):
            continue
        shown = context | {"tenant": tenant.name, "is_firm": tenant.side == "firm"}
        # Somebody may stand on both sides: they are told as each, with the page of each. Who asked may be among those who
        # look after these books: they are told once, because the key is the same.
        once, others = f"{key(fact, message)}:{tenant.pk}", without_the_actor(people, fact)
        send_to_all(others, message, shown, once=once, kind=kind, path=f"{tenant.url}{place}")


def _asks(connection: Connection) -> list[Ask]:
    """The asks by which it was made; none for one that stood before it was asked for."""
    rows = Ask.objects.filter(connection=connection).order_by("state_since")
    tenants = ("invitation__firm", "invitation__organisation__business", "invitation__asker", "connection")
    return [ask for ask in rows.select_related(*tenants) if brought_about(ask)]


def _by_a_link(ask: Ask) -> dict[str, Any]:
    """By whom, as far as anybody knows: whoever had the link."""
    invitation = ask.invitation
    contact = invitation.contact
    return {
        "asked_by": invitation.tenant.name,
        "asked_of": invitation.name or (contact.masked if contact else ""),
    }


def _firm_sides(organisation: Organisation, scope: str) -> Iterable[tuple[Firm, Iterable[User]]]:
    """Each firm that works on these books now, with those of it who look after them and may do this there."""
    partnerships = Partnership.objects.covering(organisation).filter(held_by_firm=False, held_by_business=False)
    for partnership in partnerships.select_related("firm"):
        members = _looking_after(partnership, organisation, scope) or _leading(partnership.firm, organisation, scope)
        yield partnership.firm, [member.person for member in members]


def _looking_after(partnership: Partnership, organisation: Organisation, scope: str) -> list[Member]:
    given = Grant.objects.live().filter(partnership=partnership, member__isnull=False).select_related("member__person")
    return [grant.member for grant in given if grant.member and may(grant.member.pk, organisation.pk, scope)]


def _leading(firm: Firm, organisation: Organisation, scope: str) -> list[Member]:
    leading = Member.objects.of(firm).leading().select_related("person")
    return [member for member in leading if may(member.pk, organisation.pk, scope)]


def _context(fact: Fact) -> dict[str, Any]:
    names = told(fact)
    app = {"app": names.get("app", "")}
    ends = fact.data.get("ends")
    return names | {
        "what": str(WRONG.get(fact.data.get("kind", ""), DOWN)) % app,
        "days": fact.data.get("days"),
        "ends": datetime.fromisoformat(ends) if ends else None,
        "code": fact.data.get("code", ""),
    }
