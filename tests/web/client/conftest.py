"""Somebody who was asked, the sandbox that plays the apps, and what was asked."""

from __future__ import annotations

import pytest

from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import ClientConnectLink, Invitation
from tests.support.cast import Cast
from tests.support.guest import Guest
from tests.support.outside import Outside, outside, outside_address

__all__ = ["outside", "outside_address"]

OLAF = "olaf@owner.example"
APPS = ["sandbox-shop", "sandbox-till", "sandbox-bank"]


@pytest.fixture
def olaf(outside: Outside) -> Guest:
    return Guest(outside)


@pytest.fixture
def asked(cast: Cast, outside: Outside) -> Invitation:
    cast.also("partnership", "bella_seat")
    return Invitation.ask(
        cast.shop, APPS, by=cast.as_alice, to=Recipient(OLAF, "Olaf", "We need <your> sales.\nThanks")
    )


@pytest.fixture
def page(asked: Invitation) -> str:
    return f"/i/{asked.pk}/"


@pytest.fixture
def link(cast: Cast, outside: Outside) -> ClientConnectLink:
    cast.also("partnership")
    return ClientConnectLink.make(cast.shop, by=cast.as_alice)
