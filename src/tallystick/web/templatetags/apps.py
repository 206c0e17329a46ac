"""What went wrong with an app, said to people: a sentence for what it is, and one for what to do now."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.defaultfilters import date
from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.connections.models import Connection, Handshake
from tallystick.connectors import catalogue

register = template.Library()

_OURS = gettext_lazy("This is our fault, and we have been told. Try again tomorrow.")
_LATER = gettext_lazy("This happens now and then. Try again in a quarter of an hour.")

WHY_NOT = {
    "said_no": (
        gettext_lazy("You said no at %(app)s"),
        gettext_lazy("That is fine. If it was a slip, press Try again and say yes there."),
    ),
    "no_right": (
        gettext_lazy("You may not share this at %(app)s"),
        gettext_lazy(
            "Who may: %(authoriser)s. Ask that person to do it. If it is you, sign in there with your other account."
        ),
    ),
    "permission_missing": (
        gettext_lazy("%(app)s did not give enough access"),
        gettext_lazy("A permission that is needed was left out. Try again and leave all of them ticked."),
    ),
    "other_account": (
        gettext_lazy("That was another account at %(app)s"),
        gettext_lazy(
            "To mend a connection, sign in to the same account as before. To add another one, connect it as a new app."
        ),
    ),
    "app_down": (gettext_lazy("%(app)s does not answer just now"), _LATER),
    "app_busy": (gettext_lazy("%(app)s is very busy just now"), _LATER),
    "key_wrong": (
        gettext_lazy("%(app)s does not know this key"),
        gettext_lazy("Copy the whole key once more, and paste it here."),
    ),
    "key_can_write": (
        gettext_lazy("This key can do more than read"),
        gettext_lazy("Make a key at %(app)s that can only read, and paste that one. We did not keep this one."),
    ),
    "grant_ended": (
        gettext_lazy("The yes at %(app)s was too old"),
        gettext_lazy("It has to be used within a minute or so. Try again."),
    ),
    "too_old": (
        gettext_lazy("This took longer than 15 minutes"),
        gettext_lazy("Nothing was connected. Begin again when you have a moment."),
    ),
    "dismissed": (
        gettext_lazy("You said that this is not the one"),
        gettext_lazy("We did not keep it. Try again, and sign in to the right account at %(app)s."),
    ),
    "no_account": (
        gettext_lazy("There is nothing to connect in this account"),
        gettext_lazy("Sign in at %(app)s to the account that has the sales, the bank or the books in it."),
    ),
    "return_refused": (
        gettext_lazy("The answer of %(app)s did not fit the question"),
        gettext_lazy("So we did not use it. Try again, in this browser, from the start."),
    ),
    "not_allowed": (
        gettext_lazy("You may no longer connect apps here"),
        gettext_lazy("Ask an owner or admin of the business."),
    ),
    "our_fault": (gettext_lazy("We made a mistake with %(app)s"), _OURS),
    "not_set_up": (gettext_lazy("%(app)s is not set up here"), _OURS),
}
_OTHERWISE = (
    gettext_lazy("%(app)s could not be connected"),
    gettext_lazy("Try again. If it happens twice, tell the people who run this site."),
)

WRONG = {
    "grant_ended": gettext_lazy("%(app)s no longer lets us in: the consent was taken back or has ended"),
    "access_refused": gettext_lazy("%(app)s no longer lets us in"),
    "permission_missing": gettext_lazy("%(app)s no longer shows what we need to see"),
    "key_wrong": gettext_lazy("%(app)s does not know the key any more"),
    "answer_lost": gettext_lazy("%(app)s did not tell us the new key it gave out"),
    "consent_ended": gettext_lazy("The consent at %(app)s has ended"),
    "uninstalled": gettext_lazy("The app was removed at %(app)s"),
    "app_busy": gettext_lazy("%(app)s is too busy to answer"),
    "our_fault": gettext_lazy("We made a mistake with %(app)s, and have been told"),
    "not_set_up": gettext_lazy("We made a mistake with %(app)s, and have been told"),
}
_DOWN = gettext_lazy("%(app)s does not answer")


def _names(slug: str) -> dict[str, str]:
    connector = catalogue.get(slug)
    return {"app": connector.name, "authoriser": str(connector.authoriser)}


@register.filter
def why_not(handshake: Handshake) -> str:
    """Why an attempt came to nothing, in one sentence."""
    return str(WHY_NOT.get(handshake.because, _OTHERWISE)[0]) % _names(handshake.connector)


@register.filter
def what_now(handshake: Handshake) -> str:
    """What the person does now."""
    return str(WHY_NOT.get(handshake.because, _OTHERWISE)[1]) % _names(handshake.connector)


@register.filter
def what_is_wrong(connection: Connection) -> str:
    """What is wrong with a connection, in one sentence."""
    return str(WRONG.get(connection.trouble_kind, _DOWN)) % _names(connection.connector)


@register.filter
def what_to_do(connection: Connection) -> str:
    """Who mends a connection, and how."""
    names = {"account": connection.account_name, **_names(connection.connector)}
    return _("Press Restore, sign in at %(app)s to %(account)s, and say yes. It takes a minute.") % names


@register.filter
def record_moment(record: dict[str, Any]) -> str:
    """When a record happened, in the reader's zone; empty when the app does not say."""
    moment = record.get("moment")
    return date(localtime(datetime.fromisoformat(moment)), "j F Y, H:i T") if moment else ""


@register.filter
def record_amount(record: dict[str, Any]) -> str:
    """What a record is about in money, as the reader writes numbers; empty when the app names no amount."""
    amount = record.get("amount")
    if amount is None:
        return ""
    return f"{number_format(Decimal(amount), force_grouping=True)} {record.get('currency') or ''}".strip()
