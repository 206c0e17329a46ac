"""The mail that asks somebody to connect apps: the same words for the mail itself and for the page that shows it beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from tallystick.accounts.models import User
from tallystick.connectors.definition import Connector
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.invitations.asking import Recipient, named_or_not, own_words
from tallystick.invitations.models import Invitation
from tallystick.organisations.models import Business, Firm, Organisation
from tallystick.outbox.rendering import Rendered, render_message

MESSAGE = "invitation_sent"

_SUBJECT_NAMES = 27
"""Characters of a subject for the names in it: with our own words beside them it has 50 at most, in every language."""

_LONGEST_APP = 13
_NO_REFERENCE = "····· ·····"


@dataclass(frozen=True)
class _Means:
    """By what the person asked gets there, and checks that it is real."""

    url: str
    reference: str
    two_words: Any


def letter(invitation: Invitation) -> Rendered:
    """The mail of this invitation, its link included."""
    means = _Means(invitation.link, invitation.reference, invitation.two_words)
    connectors = [ask.app for ask in invitation.asks.open() if ask.app]
    to = Recipient(name=invitation.name, words=invitation.words, language=invitation.language)
    return _render(
        invitation.tenant,
        invitation.asker,
        invitation.organisation,
        connectors,
        to,
        until=invitation.until,
        means=means,
        passed_on_by=invitation.passed_on_by,
    )


def preview(
    organisation: Organisation, connectors: Sequence[Connector], by: Actor, to: Recipient, days: int
) -> Rendered:
    """What would be sent: the link, the reference and the two words are made when it is, so others stand for them.

    Raises `Refused` for a name or words that could not be sent.
    """
    tenants: type[Firm] | type[Business] = Firm if by.side == "firm" else Business
    assert by.tenant_id is not None, "only a tenant's members look at what they would send"
    assert by.person_id is not None, "only people do"
    means = _Means(f"{settings.BASE_URL}/i/…/", _NO_REFERENCE, _("two words"))
    return _render(
        tenants.objects.get(pk=by.tenant_id),
        User.objects.get(pk=by.person_id),
        organisation,
        connectors,
        Recipient(name=named_or_not(to.name), words=own_words(to.words), language=to.language),
        until=now() + timedelta(days=days),
        means=means,
    )


def logo_of(tenant: Firm | Business) -> str:
    """Where the picture of whoever asks is; "" without one. It is the same for everybody, so it tells nobody who reads."""
    digest = tenant.logo_digest if isinstance(tenant, Firm) else ""
    return f"{settings.BASE_URL}/logo/{tenant.pk}/{digest}/" if digest else ""


def _render(
    tenant: Firm | Business,
    asker: User,
    organisation: Organisation,
    connectors: Sequence[Connector],
    to: Recipient,
    *,
    until: datetime,
    means: _Means,
    passed_on_by: str = "",
) -> Rendered:
    """Times are told in the asker's zone, which is named: the other's is not known."""
    names = _names(tenant.name, connectors)
    books_of = organisation.business.name
    context = {
        **names,
        "name": to.name,
        "asker": asker.name,
        "organisation": organisation.name,
        "business": books_of if books_of not in (organisation.name, tenant.name) else "",
        "passed_on_by": passed_on_by,
        "seen": _seen(connectors),
        "by_key": all(each.kind == "api_key" for each in connectors),
        "since": tenant.created_at,
        "from_name": tenant.name,
        "logo_url": logo_of(tenant),
        "firm_note": to.words,
        "note_by": passed_on_by or asker.name,
        "action_url": means.url,
        "reference": means.reference,
        "reference_url": f"{settings.BASE_URL}/r/",
        "words": means.two_words,
        "until": until,
        "unexpected": True,
    }
    return render_message(MESSAGE, context, to.language, asker.time_zone)


def _names(firm: str, connectors: Sequence[Connector]) -> dict[str, Any]:
    """Who asks and for what; `short…` fit a subject together."""
    app = connectors[0].name if len(connectors) == 1 else ""
    short_app = Truncator(app).chars(_LONGEST_APP)
    short = Truncator(firm).chars(_SUBJECT_NAMES - len(short_app or "10"))
    return {"firm": firm, "short": short, "app": app, "short_app": short_app, "count": len(connectors)}


def _seen(connectors: Sequence[Connector]) -> list[dict[str, Any]]:
    """What will be seen: of one app line by line, of several a line for each."""
    if len(connectors) == 1 and connectors[0].scopes:
        return [{"app": "", "may": [scope.words]} for scope in connectors[0].scopes]
    several = len(connectors) > 1
    return [{"app": each.name if several else "", "may": [scope.words for scope in each.scopes]} for each in connectors]
