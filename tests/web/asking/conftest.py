"""Apps that are set up, and Alice's and Bob's desks below the books of the shop."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.connections.models import Connection, Credential
from tallystick.core.clock import now
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Invitation
from tests.invitations.conftest import _apps, apps_set_up
from tests.support.cast import Cast
from tests.support.desks import Desk

__all__ = ["_apps", "apps_set_up"]

OLAF = Recipient("olaf@owner.example", "Olaf", "We need your sales.")
APPS = ["shopify", "sandbox-till"]


class Books:
    """The shop's books on the desk of whoever asks."""

    def __init__(self, cast: Cast) -> None:
        cast.also("partnership", "shop", "alice_seat", "bob_seat", "stella_grant")
        self.cast = cast
        self.below = f"books/{cast.shop.pk}/"

    @property
    def alice(self) -> Desk:
        return Desk.of(self.cast.alice_seat)

    @property
    def bob(self) -> Desk:
        return Desk.of(self.cast.bob_seat)

    def ask(self, to: Recipient = OLAF, apps: list[str] | None = None, **terms: Any) -> Invitation:
        """Something that Alice asked."""
        return Invitation.ask(self.cast.shop, apps or APPS, by=self.cast.as_alice, to=to, **terms)

    def at(self, invitation: Invitation, page: str = "") -> str:
        """Below the tenant's address, a page of this."""
        return f"{self.below}asks/{invitation.pk}/{page}"

    def connected(self, *, unconfirmed: bool = True, name: str = "A shop") -> Connection:
        """A connection made at an app that no test talks to, by somebody unknown."""
        shop = self.cast.shop
        credential = Credential(business_id=shop.business_id, connector="shopify", obtained_at=now())
        credential.seal({"access": "a", "refresh": None, "kept": {}, "inputs": {}})
        credential.save()
        made: Connection = Connection.objects.create(
            business_id=shop.business_id,
            organisation=shop,
            connector="shopify",
            credential=credential,
            account_id=name,
            account_name=name,
            account={"id": name, "name": name},
            state="working",
            unconfirmed=unconfirmed,
            made_by_side="guest",
        )
        return made


@pytest.fixture
def books(cast: Cast) -> Books:
    return Books(cast)
