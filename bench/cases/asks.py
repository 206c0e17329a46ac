"""The pages of whoever is asked, beside a view in the same server that answers as many bytes and does nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from bench.cases.pages import FLAT, Load, Page, beside_floor
from bench.measuring import Comparison, Count, Effort, Measured, compare
from bench.world import World, partnership, person
from tallystick.accounts.models import User
from tallystick.connectors import catalogue
from tallystick.core.actor import Actor
from tallystick.invitations.models import ClientConnectLink, GuestAttempt, Invitation
from tallystick.organisations.actors import actor_for
from tallystick.organisations.models import Organisation
from tallystick.partnerships.models import Partnership
from tallystick.web.connect import BROWSER

_BROWSER = "a phone"
_MANY = ("shopify", "square", "stripe", "quickbooks-online", "xero")


def measure(_world: World, effort: Effort, port: int) -> Iterator[Measured]:
    """The first hop, the page, the standing link, and the return from the app; one app beside five."""
    names = [slug.upper().replace("-", "_") for slug in _MANY]
    known = {f"{name}_{what}": "b" for name in names for what in ("CLIENT_ID", "CLIENT_SECRET")}
    catalogue.shelf.cache_clear()
    with override_settings(CONNECTOR_SETTINGS=known):
        books, alice = _books()
        one, five = (Invitation.ask(books, apps, by=alice) for apps in (_MANY[:1], _MANY))
        link = ClientConnectLink.make(books, by=alice)
        back = _return(one)
    catalogue.shelf.cache_clear()
    of_one, of_five = (_opened(f"/i/{each.token}/", f"/i/{each.pk}/", port) for each in (one, five))
    for name, page in {
        "Link of an ask: first hop": Page(port, f"/i/{one.token}/"),
        "What is asked: 1 app": of_one,
        "What is asked: 5 apps": of_five,
        "Client Connect link: its page": _opened(f"/c/{link.token}/", f"/c/{link.pk}/", port),
        "Return from the app": Page(port, back, f"{BROWSER}={_BROWSER}"),
    }.items():
        yield from beside_floor(name, page, effort)
    flat = Comparison(
        "What is asked: 5 apps", "1 app", Load(of_one, effort.seconds), Load(of_five, effort.seconds), bound=FLAT * 2
    )
    yield compare(flat, effort.rounds)
    for name, page in (("1 app", of_one), ("5 apps", of_five)):
        yield Count(f"What is asked, {name}: queries", "queries", _queries(page), bound=8)


def _books() -> tuple[Organisation, Actor]:
    """A set of books of the first firm's first client, and the firm's owner."""
    pair = Partnership.objects.select_related("firm", "business").get(pk=partnership(1, 1))
    found = actor_for(User.objects.get(pk=person(1, 0)), "firm", pair.firm.handle)
    assert found is not None, "the world has no owner of its first firm"
    return pair.business.organisations.order_by("pk")[0], found[0]


def _return(invitation: Invitation) -> str:
    """The address to which the app sends its visitor back."""
    guest = Actor("guest", name="Olaf")
    ask, connector = invitation.asks.get(), catalogue.get("shopify")
    handshake, _address = GuestAttempt.begin(ask, connector, {"shop": "bobs-bakery"}, by=guest, browser=_BROWSER)
    return f"/connect/shopify/return/?code=c&shop=bobs-bakery.myshopify.com&state={handshake.opened()['state']}"


def _opened(link: str, path: str, port: int) -> Page:
    """A page, in a browser that has come by the link."""
    client = Client(SERVER_NAME="localhost")
    client.get(link)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return Page(port, path, cookies)


def _queries(page: Page) -> int:
    client = Client(SERVER_NAME="localhost", headers={"cookie": page.cookie})
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page.path).status_code == 200
    return len(queries)
