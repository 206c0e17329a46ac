"""Somebody who was asked, at the moment when the app has sent them back and the account is on the page."""

from __future__ import annotations

from tallystick.connections.models import Credential, Handshake
from tallystick.connectors import catalogue
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.invitations.models import Ask, ClientConnectLink, GuestAttempt

GUEST = Actor("guest", name="Olaf")


def account(number: int = 1, name: str = "Bob's shop") -> dict[str, object]:
    """An account as a consent gives it."""
    said: dict[str, object] = {
        "id": f"account-{number}",
        "name": name,
        "own_name": name,
        "details": {},
        "granted": None,
    }
    return said | {"holder_id": "", "holder_name": "", "new": False}


def at_the_choice(
    way: Ask | ClientConnectLink, app: str = "shopify", *accounts: dict[str, object], by: Actor = GUEST
) -> GuestAttempt:
    """An attempt by this ask or link that came back from the app with these accounts (one, if none is named)."""
    handshake, _address = GuestAttempt.begin(way, catalogue.get(app), _INPUTS.get(app, {}), by=by, browser="a phone")
    credential = Credential(business_id=handshake.business_id, connector=app, obtained_at=now())
    credential.seal({"access": "token", "refresh": None, "kept": {}, "inputs": {}})
    credential.save()
    Handshake.objects.filter(pk=handshake.pk).update(
        state="choosing", credential=credential, accounts=list(accounts or (account(),))
    )
    return GuestAttempt.objects.get(pk=handshake.pk)


_INPUTS = {"shopify": {"shop": "bobs-bakery"}, "sandbox-shop": {"shop": "bobs-bakery"}}
