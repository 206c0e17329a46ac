"""The demo's connections: made at the sandbox by the same steps a person takes, then put into every state there is.

It is a job, because the sandbox starts beside the worker; tried again until the sandbox answers, it makes nothing twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import httpx2
from django.conf import settings

from tallystick.accounts.models import Contact
from tallystick.config.demo import asked
from tallystick.config.demo.cast import CAST
from tallystick.connections import attempts
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors import catalogue
from tallystick.core.actor import Actor
from tallystick.invitations.models import Ask, ClientConnectLink, GuestAttempt
from tallystick.jobs import handler
from tallystick.organisations.actors import actor_for
from tallystick.organisations.models import Business, Organisation

_BROWSER = "the demo"
_PATIENCE = 10  # seconds for each answer of the sandbox


@dataclass(frozen=True)
class Planned:
    """One connection of the demo: whose, on which books, which app, who says yes there, what happens to it next, and by what.

    By a seat in the business, by the link of an ask, or by the Client Connect link: then the person has no seat.
    """

    person: str
    books: str
    app: str
    says_yes: str
    inputs: dict[str, str]
    then: tuple[dict[str, object], ...] = ()
    by: Literal["seat", "ask", "link"] = "seat"


_ENDS_SOON: tuple[dict[str, object], ...] = (
    {"action": "expire-consent", "days": 9},
    {"action": "send-webhook", "kind": "expiring"},
)
_KEY = {"key": "rk_sandbox_bob_reads_everything"}
PLAN = (
    Planned("bob", "Bob’s Bakery Online", "shop", "bob", {"shop": "bobs-bakery"}),
    Planned("bob", "Bob’s Bakery Online", "payments", "bob", _KEY),
    Planned("bob", "Bob’s Bakery Shop", "till", "bob", {}),
    Planned("bob", "Bob’s Bakery Shop", "bank", "bob", {}, _ENDS_SOON),
    Planned("bob", "Bob’s Bakery Shop", "ledger", "bob", {}, ({"action": "revoke"},)),
    Planned("dirk", "De Vries Workshop", "shop", "charlie", {"shop": "charlies-cycles"}),
    Planned(asked.THREE_PERSON, asked.THREE_BOOKS, "till", "dana", {}, by="ask"),
    Planned("Somebody with the link", asked.STRANGERS_BOOKS, "shop", "charlie", {"shop": "charlies-cycles"}, by="link"),
)


@handler("demo.connect_apps")
def connect_apps() -> None:
    """Make what is planned and not there yet."""
    if not settings.DEMO or not settings.SANDBOX_URL:
        return
    for planned in PLAN:
        _connect(planned)


def _connect(planned: Planned) -> None:
    organisation = Organisation.objects.select_related("business").get(name=planned.books)
    connector = catalogue.get(f"sandbox-{planned.app}")
    before = Connection.objects.filter(organisation=organisation, connector=connector.slug)
    if before.filter(unconfirmed=planned.by == "link").exists():
        return
    way = _way(planned, organisation)
    if planned.by != "seat" and way is None:
        return
    actor = Actor("guest", name=planned.person) if way else _seat(planned.person, organisation.business)
    if way:
        handshake, address = GuestAttempt.begin(way, connector, planned.inputs, by=actor, browser=_BROWSER)
    else:
        handshake, address = attempts.begin(organisation, connector, planned.inputs, by=actor, browser=_BROWSER)
    if address:
        query = _say_yes(planned.app, planned.says_yes, address)
        handshake = Handshake.claim(connector, parse_qs(query)["state"][0], _BROWSER, query)
    _wait_for_the_app(handshake)
    if handshake.state == "choosing":
        account = [handshake.accounts[0]["id"]]
        if way:
            GuestAttempt.objects.get(pk=handshake.pk).connect(account, by=actor)
        else:
            attempts.choose(handshake, account, by=actor)
    for then in planned.then:
        _afterwards(planned.app, then)


def _way(planned: Planned, organisation: Organisation) -> Ask | ClientConnectLink | None:
    """The ask or the standing link by which somebody without a seat comes; None for who has one."""
    if planned.by == "ask":
        asks = Ask.objects.open().filter(organisation=organisation, connector=f"sandbox-{planned.app}")
        return asks.exclude(contact_digest="").select_related("invitation").first()
    return ClientConnectLink.of(organisation) if planned.by == "link" else None


def _wait_for_the_app(handshake: Handshake) -> None:
    """The job that the return left talks to the app; this one looks on."""
    for _look in range(_PATIENCE * 10):
        handshake.refresh_from_db()
        if handshake.state != "returned":
            return
        time.sleep(0.1)


def _seat(key: str, business: Business) -> Actor:
    email = next(each.email for each in CAST if each.key == key)
    person = Contact.objects.proven().select_related("person").get(value=email).person
    found = actor_for(person, "business", business.handle)
    assert found is not None, f"{key} has no seat at {business}"
    return found[0]


def _say_yes(app: str, person: str, address: str) -> str:
    """Go to the app as somebody who says yes at once; the query that the app sends its visitor back with."""
    with httpx2.Client(timeout=_PATIENCE) as browser:
        browser.patch(f"{settings.SANDBOX_URL}/switches/{app}", json={"consents": {"answer_as": person}})
        try:
            sent_back = browser.get(address, follow_redirects=False)
        finally:
            browser.patch(f"{settings.SANDBOX_URL}/switches/{app}", json={"consents": {"answer_as": ""}})
    return urlsplit(sent_back.headers["Location"]).query


def _afterwards(app: str, then: dict[str, object]) -> None:
    """What happens at the app once it is connected: the newest consent there is the one we made."""
    with httpx2.Client(timeout=_PATIENCE) as script:
        consents = script.get(f"{settings.SANDBOX_URL}/switches/{app}").json()["consents"]
        said = {key: value for key, value in then.items() if key != "action"}
        script.post(
            f"{settings.SANDBOX_URL}/switches/{app}/actions/{then['action']}",
            json={"consent": consents[0]["id"], **said},
        )
