"""A firm and a business work together, on other terms, or no longer: both sides are told."""

from __future__ import annotations

from typing import Any

from tallystick.audit.models import Fact
from tallystick.notifications.notices import PARTNERSHIPS
from tallystick.notifications.rules.reading import admins_then, key, message_for, told, without_the_actor
from tallystick.notifications.sending import send_to_all
from tallystick.notifications.words import SCOPE_WORDS
from tallystick.partnerships.models import Partnership

_COPIED = {"partnership.began", "partnership.ended"}
"""Of these the one who did it gets a copy too."""


def tell_both_sides(fact: Fact) -> None:
    """The owners and admins of the firm and of the business, each with their own page to look at."""
    partnership = Partnership.objects.select_related("firm", "business").get(pk=fact.subject_id)
    firm, business = partnership.firm, partnership.business
    message, context = message_for(fact), _context(fact)
    for tenant, place in ((firm, "clients"), (business, "access")):
        admins = admins_then(tenant, fact)
        people = admins if fact.kind in _COPIED else without_the_actor(admins, fact)
        # Somebody may stand on both sides: they are told as each, with the page of each.
        once = f"{key(fact, message)}:{tenant.side}"
        path = f"{tenant.url}{place}/{partnership.pk}/"
        told_as = {**context, "tenant": context[tenant.side]}
        send_to_all(people, message, told_as, once=once, kind=PARTNERSHIPS, path=path)


def tell_both_sides_of_new_terms(fact: Fact) -> None:
    """Only of terms: what the firm calls its client is the firm's own affair."""
    if "after" in fact.data:
        tell_both_sides(fact)


def _context(fact: Fact) -> dict[str, Any]:
    terms = fact.data.get("after") or fact.data
    scopes = terms.get("scopes") or []
    return told(fact) | {
        "may": [words for scope, words in SCOPE_WORDS.items() if scope in scopes],
        "everything": terms.get("organisations") is None,
        "books": len(terms.get("organisations") or ()),
        "side": fact.data.get("side", ""),
    }
