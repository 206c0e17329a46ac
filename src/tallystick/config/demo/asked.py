"""What Alice's firm asked its clients to connect, in every state that an ask can be in; and its kits and Client Connect links."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings

from tallystick.core.actor import Actor
from tallystick.invitations.asking import NOBODY, Recipient
from tallystick.invitations.models import ClientConnectLink, Invitation, Kit
from tallystick.invitations.models.invitations import expire_lapsed
from tallystick.organisations.models import Firm, Organisation

Ago = Callable[..., AbstractContextManager[None]]

OWNER = Recipient(
    "bob@bobs-bakery.example",
    "Bob",
    "Hello Bob, as we said on the phone: this is the link for your shop.\nThen I need no more lists from you.",
)
OWNERS_BOOKS, OWNERS_APP = "Bob’s Bakery Shop", "sandbox-shop"
"""What the demo's visitor connects as the owner. Nobody has connected that app to those books yet."""

THREE_BOOKS, THREE_PERSON = "Green Leaf Florist", "Gina Rossi"
"""Where three apps are asked for, one of which is connected by the asked person's link."""

STRANGERS_BOOKS = "Bob’s Bakery Online"
"""Where a stranger connected an app by the Client Connect link."""

WITH_A_BANK = ("sandbox-shop", "sandbox-till", "sandbox-bank")


def last_month(firm: Firm, alice: Actor, ago: Ago) -> None:
    """The firm begins to ask: kits, links that stand, and a first ask that nobody answered."""
    shop, online = _books("Bob’s Bakery Shop"), _books("Bob’s Bakery Online")
    with ago(days=29):
        Kit.make(firm, "Online shop", ["sandbox-shop", "sandbox-payments"], by=alice)
        Kit.make(firm, "Shop with a bank", WITH_A_BANK, by=alice)
        for books in (shop, online):
            ClientConnectLink.make(books, by=alice)
        Invitation.ask(online, ["sandbox-ledger"], by=alice, to=Recipient("info@bobs-bakery.example"), days=14)
    with ago(days=15):
        expire_lapsed(Invitation.objects.all())


def last_week(alice: Actor, ago: Ago) -> None:
    """An ask taken back, a no, and one that went to somebody else."""
    shop, online = _books("Bob’s Bakery Shop"), _books("Bob’s Bakery Online")
    bob = Actor("guest", name="Bob")
    with ago(days=9):
        kees = Recipient("kees@bobs-bakery.example", "Kees")
        taken_back = Invitation.ask(shop, ["sandbox-bank"], by=alice, to=kees)
    with ago(days=8):
        taken_back.withdraw(by=alice)
    with ago(days=7):
        no = Invitation.ask(shop, ["sandbox-payments"], by=alice, to=OWNER)
        passed = Invitation.ask(online, ["sandbox-ledger"], by=alice, to=OWNER)
    with ago(days=6):
        no.asks.get().decline(by=bob, reason="We take cash and cards at the till only.")
        passed.asks.get().pass_on(Recipient("ans@mulder.example", "Ans Mulder"), by=bob)


def this_week(alice: Actor, ago: Ago) -> None:
    """What is open now: three apps of which one gets connected, two apps, a link to copy, and the owner's."""
    shop, online, florist = _books("Bob’s Bakery Shop"), _books("Bob’s Bakery Online"), _books(THREE_BOOKS)
    with ago(days=2):
        gina = Recipient("gina@greenleaf.example", THREE_PERSON)
        Invitation.ask(florist, WITH_A_BANK, by=alice, to=gina)
        wim = Recipient("wim@bobs-bakery.example", "Wim", "", "nl")
        Invitation.ask(online, ["sandbox-till", "sandbox-bank"], by=alice, to=wim)
    with ago(days=1):
        Invitation.ask(florist, ["sandbox-payments"], by=alice, to=NOBODY)
    with ago(hours=2):
        Invitation.ask(shop, [OWNERS_APP], by=alice, to=OWNER)


def owners_invitation() -> Invitation | None:
    """What waits for the demo's visitor to be the owner; None once it is answered."""
    mine = Invitation.objects.pending().filter(organisation__name=OWNERS_BOOKS, asks__connector=OWNERS_APP)
    return mine.exclude(contact_digest="").newest_first().first()


def written_down() -> dict[str, Any]:
    """The links that scripts and tutorials may open, for `demo.json`."""
    links = ClientConnectLink.objects.standing().select_related("organisation").order_by("organisation__name")
    invitations = Invitation.objects.select_related("organisation").prefetch_related("asks").order_by("created_at")
    return {
        "client_connect": [
            {"organisation": each.organisation.name, "url": f"{settings.BASE_URL}/c/{each.token}/"} for each in links
        ],
        "invitations": [
            {
                "kind": "asks",
                "state": each.why_dead or "pending",
                "url": each.link,
                "organisation": each.organisation.name,
                "asks": [{"app": ask.connector, "state": ask.state} for ask in each.asks.all()],
            }
            for each in invitations
        ],
    }


def _books(name: str) -> Organisation:
    found: Organisation = Organisation.objects.select_related("business").get(name=name)
    return found
