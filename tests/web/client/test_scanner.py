"""A mail scanner that opens every link and submits every form: nothing but attempts and codes, and the owner succeeds."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client

from tallystick.accounts.models import Attempt, User
from tallystick.audit.models import Fact
from tallystick.connections import attempts
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors.bridge import wait_for
from tallystick.invitations.models import Ask, ClientConnectLink, Invitation
from tallystick.outbox.models import Delivery
from tests.support.cast import Cast
from tests.support.guest import Guest
from tests.support.outside import Outside

_FILLED = {
    "text": "bobs-bakery",
    "email": "carla@owner.example",
    "search": "bank",
    "password": "rk_sandbox_nobody_reads_a_thing",
    "": "x",
}


_OURS = ("/i/", "/c/", "/r/", "/connect/")


class Page(HTMLParser):
    """The links of a page, and its forms filled in."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address, self.links, self.forms = address, set[str](), list[tuple[str, str, dict[str, str]]]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.add(urljoin(self.address, said.get("href", "")))
        elif tag == "form":
            place = urljoin(self.address, said.get("action") or self.address)
            self.forms.append((said.get("method", "get"), place, {}))
        elif tag in ("input", "textarea", "button") and self.forms and said.get("name"):
            kind = said.get("type", "") if tag == "input" else ""
            self.forms[-1][2][said["name"]] = said.get("value") or _FILLED.get(kind, "x")


class Scanner:
    """Goes everywhere within our site, from one network, with one jar of cookies."""

    def __init__(self, source: str) -> None:
        self.client = Client(REMOTE_ADDR=source)
        self.seen: set[str] = set()
        self.pressed = 0

    def scan(self, link: str) -> None:
        """One pass: everything that can be reached is opened and submitted once."""
        self.seen.clear()
        self._open(link, depth=5)

    def _open(self, path: str, depth: int) -> None:
        if path in self.seen or depth == 0 or not path.startswith(_OURS):
            return
        self.seen.add(path)
        answer = self.client.get(path, follow=True)
        self._use(Page(answer.redirect_chain[-1][0] if answer.redirect_chain else path, answer.content.decode()), depth)

    def _use(self, page: Page, depth: int) -> None:
        """Submit each form there, once with each set of fields, those of the page that answers too; follow each link."""
        for method, place, fields in page.forms:
            pressed = f"{place} {sorted(fields)}"
            if method == "post" and urlsplit(place).path.startswith(_OURS) and pressed not in self.seen and depth:
                self.seen.add(pressed)
                self.pressed += 1
                answer = self.client.post(place, fields)
                if answer.status_code != 302:
                    self._use(Page(place, answer.content.decode()), depth - 1)
                elif answer["Location"].startswith("/"):
                    self._open(answer["Location"], depth - 1)
        for found in page.links:
            self._open(found, depth - 1)


def changed() -> dict[str, object]:
    """All that a link alone may not change."""
    return {
        "asks": list(Ask.objects.order_by("pk").values()),
        "invitations": list(Invitation.objects.order_by("pk").values("pk", "state", "until", "version", "number")),
        "links": list(ClientConnectLink.objects.order_by("pk").values("pk", "closed_at", "until")),
        "connections": Connection.objects.count(),
        "people": User.objects.count(),
        "facts": Fact.objects.count(),
        "mails": Delivery.objects.exclude(kind="code").count(),
    }


def test_a_scanner_changes_nothing_and_the_owner_then_succeeds(
    cast: Cast, outside: Outside, asked: Invitation, link: ClientConnectLink, rounds: Callable[[int, int], int]
) -> None:
    of_a_key = Invitation.ask(cast.shop, ["sandbox-payments"], by=cast.as_alice)
    before = changed()
    scanners = [Scanner("198.51.100.7"), Scanner("203.0.113.9")]
    for _time in range(rounds(2, 50)):
        for scanner in scanners:
            scanner.scan(f"/i/{asked.token}/")
            scanner.scan(f"/i/{of_a_key.token}/")
            scanner.scan(f"/c/{link.token}/")
    pasted = list(Handshake.objects.filter(state="returned"))
    assert pasted
    for handshake in pasted:
        wait_for(attempts.finish(str(handshake.pk)))
    assert min(scanner.pressed for scanner in scanners) > 10
    assert changed() == before
    assert Handshake.objects.exclude(state="open").filter(connection__isnull=False).count() == 0
    assert all(attempt.proved_at is None for attempt in Attempt.objects.all())
    olaf = Guest(outside)
    olaf.open(f"/i/{asked.token}/")
    done = olaf.say_yes(olaf.go(f"/i/{asked.pk}/", "shop", shop="bobs-bakery"))
    assert b"is connected" in done.content
    place = f"/i/{asked.pk}/apps/sandbox-bank/declining/"
    assert b"Say no to Otterbank?" in olaf.prove(place, "olaf@owner.example").content
