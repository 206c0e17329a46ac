"""From a link to the app: whoever was asked leaves for the app, or mends there what they connected before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tallystick.accounts.models.limits import Limit
from tallystick.accounts.sources import source_of
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors.definition import Connector
from tallystick.core.actor import Actor
from tallystick.core.refused import Refused
from tallystick.invitations.models import Ask, ClientConnectLink, GuestAttempt
from tallystick.web.connect import BROWSER, leave

ATTEMPTS = Limit("guest.attempt", times=600, every=timedelta(seconds=1))
"""Attempts at one app of one link that one source may begin. So many, because an owner often sits behind the same address
as the scanner of their mail: pressing a button fifty times over must not leave them before a closed door."""


def go(
    request: HttpRequest,
    way: Ask | ClientConnectLink,
    connector: Connector,
    inputs: Mapping[str, str],
    *,
    by: Actor,
    restoring: Connection | None = None,
) -> HttpResponse:
    """Leave for the app. Raises `Refused` when the ask or link is over, or this source has begun too much."""
    if not ATTEMPTS.take(f"{source_of(request)}|{way.pk}|{connector.slug}"):
        raise Refused("too_many_tries", _("There were too many tries. Wait a minute."), status=429)

    def begin(browser: str) -> tuple[Handshake, str]:
        return GuestAttempt.begin(way, connector, inputs, by=by, browser=browser, restoring=restoring)

    return leave(request, begin)


def made_here(request: HttpRequest, connection: Connection) -> bool:
    """Was this connection made, or mended, from this browser?"""
    handshakes = Handshake.objects.of_browser(request.COOKIES.get(BROWSER, ""))
    return handshakes.filter(state="done", connection=connection).exists()
