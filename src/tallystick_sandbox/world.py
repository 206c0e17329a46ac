"""Everything that the sandbox remembers: consents, tokens, keys, sessions, switches, and what was asked of it."""

import asyncio
import hashlib
import re
import secrets
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from tallystick_sandbox.apps import APPS, OutsideApp
from tallystick_sandbox.switches import Switches, default_switches

CODE_LIFE = 60
VISIT_LIFE = 3600
LOG_LENGTH = 2000


@dataclass(frozen=True)
class Client:
    """A program that may ask people to share. A `*` in a redirect address stands for letters, digits and hyphens."""

    id: str
    secret: str
    name: str
    redirect_uris: tuple[str, ...]

    def may_return_to(self, address: str) -> bool:
        """Whether this program has registered the address that it asks people to be sent back to."""
        return any(re.fullmatch(as_pattern(registered), address) for registered in self.redirect_uris)


def as_pattern(registered: str) -> str:
    """A registered address as a regular expression, matched whole."""
    return "[A-Za-z0-9-]+".join(re.escape(piece) for piece in registered.split("*"))


DEMO_CLIENT = Client(
    id="tallystick-demo",
    secret="sandbox-secret-that-opens-nothing",  # noqa: S106, documented: it opens the sandbox only
    name="Tallystick",
    redirect_uris=("http://localhost:*/connect/*/return/", "http://127.0.0.1:*/connect/*/return/"),
)


@dataclass
class Consent:
    """A person's yes: which program may read what of which account, until when.

    `state` is pending (the code was not fetched yet), active, revoked or replaced. `generation` counts the refresh
    tokens that were given, the first being 1; `refreshes` the refreshes, with or without a new one. Times are seconds
    since 1970; `ends_at` None means no fixed end.
    """

    id: str
    app: str
    client_id: str
    person: str
    account_id: str
    parts: list[str]
    permissions: list[str]
    asked: list[str]
    made_at: float
    ends_at: float | None = None
    state: str = "pending"
    reason: str = ""
    renews: str = ""
    generation: int = 0
    refreshes: int = 0
    last_read_at: float | None = None
    reads: dict[str, int] = field(default_factory=dict)


@dataclass
class Code:
    """An authorisation code, kept as a digest."""

    id: str
    app: str
    client_id: str
    redirect_uri: str
    challenge: str
    consent: str
    ends_at: float
    redeemed: bool = False


@dataclass
class RefreshToken:
    """A refresh token, kept as a digest. `superseded_at` is set once a successor was given."""

    id: str
    consent: str
    generation: int
    ends_at: float | None
    superseded_at: float | None = None
    successor: str = ""
    used: bool = False


@dataclass
class AccessToken:
    """An access token, kept as a digest. `refresh` is the refresh token that came with it."""

    id: str
    consent: str
    generation: int
    permissions: list[str]
    ends_at: float
    refresh: str = ""
    revoked: bool = False


@dataclass
class Key:
    """A key of the payment service, kept as a digest. `kind` is rk (read only) or sk (may write)."""

    id: str
    digest: str
    hint: str
    kind: str
    name: str
    person: str
    account_id: str
    permissions: list[str]
    made_at: float
    revoked: bool = False


@dataclass
class Session:
    """A person signed in at one app, in one browser."""

    id: str
    app: str
    person: str


@dataclass
class Visit:
    """One trip of a person through sign-in and consent, on behalf of a program. Not kept over a restart."""

    id: str
    app: str
    shop: str
    client: Client
    redirect_uri: str
    state: str
    challenge: str
    permissions: list[str]
    renews: str
    ends_at: float
    answered: str = ""


Kept = Consent | Code | RefreshToken | AccessToken | Key | Session

KINDS: dict[str, type[Kept]] = {
    "consents": Consent,
    "codes": Code,
    "refresh_tokens": RefreshToken,
    "access_tokens": AccessToken,
    "keys": Key,
    "sessions": Session,
}
KIND_OF = {kept: name for name, kept in KINDS.items()}


@dataclass
class Journal:
    """What was asked of one app: counters, and the latest requests, newest last. No token is ever written here."""

    counters: Counter[str] = field(default_factory=Counter)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    under_way: Counter[str] = field(default_factory=Counter)
    most_at_once: dict[str, int] = field(default_factory=dict)

    def begin(self, what: str) -> None:
        """One more of these is under way."""
        self.under_way[what] += 1
        self.most_at_once[what] = max(self.most_at_once.get(what, 0), self.under_way[what])

    def end(self, what: str) -> None:
        """One of these is over."""
        self.under_way[what] -= 1


def digest_of(secret: str) -> str:
    """The form in which tokens, codes and keys are kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_id(prefix: str) -> str:
    """A short unguessable id that tells what it names."""
    return f"{prefix}_{secrets.token_hex(9)}"


class World:
    """The memory of all five apps. One process, one thread: nothing here waits, so nothing here needs a lock."""

    def __init__(self, base_url: str, *, clients: tuple[Client, ...] = (), webhooks_url: str = "") -> None:
        self.base_url = base_url.rstrip("/")
        self.clients = {client.id: client for client in (DEMO_CLIENT, *clients)}
        self.webhooks_url = webhooks_url
        self.clock_shift = 0.0
        self.unsaved: set[tuple[str, str]] = set()
        self.settings_changed = False
        self.forget_everything()

    def forget_everything(self) -> None:
        """As on the first day: no consents, no tokens, all switches as they come, an empty log."""
        self.consents: dict[str, Consent] = {}
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.keys: dict[str, Key] = {}
        self.sessions: dict[str, Session] = {}
        self.visits: dict[str, Visit] = {}
        self.clock_shift = 0.0
        self.switches: dict[str, Switches] = {}
        self.journals: dict[str, Journal] = {slug: Journal() for slug in APPS}
        self.gates: dict[str, asyncio.Event] = {slug: asyncio.Event() for slug in APPS}
        self.put_back_switches()

    def let_go(self, slug: str) -> None:
        """Everything that hangs at an app goes on now."""
        gate, self.gates[slug] = self.gates[slug], asyncio.Event()
        gate.set()

    def forget_log(self, slug: str) -> None:
        """A new page in the log of an app. What is under way stays counted."""
        fresh = Journal(under_way=self.journals[slug].under_way)
        self.journals[slug] = fresh

    def put_back_switches(self, slug: str = "") -> None:
        """The switches of one app, or of all, as they come."""
        for app in APPS.values():
            if slug in ("", app.slug):
                self.switches[app.slug] = default_switches(app, self.webhooks_url, DEMO_CLIENT.secret)
        self.settings_changed = True

    def now(self) -> float:
        """Seconds since 1970 by the sandbox's own clock, which a switch can move on."""
        return time.time() + self.clock_shift

    def keep(self, record: Kept) -> None:
        """Adds a record, or notes that it changed."""
        kind = KIND_OF[type(record)]
        getattr(self, kind)[record.id] = record
        self.unsaved.add((kind, record.id))

    def drop(self, record: Kept) -> None:
        """Forgets a record."""
        kind = KIND_OF[type(record)]
        getattr(self, kind).pop(record.id, None)
        self.unsaved.add((kind, record.id))

    def issuer(self, app: OutsideApp, shop: str = "") -> str:
        """Who an app says that it is (RFC 8414). Each shop is an issuer of its own."""
        return f"{self.base_url}/{app.slug}" + (f"/{shop}" if shop else "")

    def consents_of(self, slug: str) -> list[Consent]:
        """The consents at one app that were given, newest first."""
        given = [each for each in self.consents.values() if each.app == slug and each.state != "pending"]
        return sorted(given, key=lambda consent: consent.made_at, reverse=True)

    def is_live(self, consent: Consent) -> bool:
        """Whether a consent holds now."""
        return consent.state == "active" and (consent.ends_at is None or self.now() < consent.ends_at)

    def state_of(self, consent: Consent) -> str:
        """A consent's state in one word; expired is told apart from revoked."""
        return "expired" if consent.state == "active" and not self.is_live(consent) else consent.state

    def forget_old_visits(self) -> None:
        """Drops the trips that were never finished, so that memory does not grow."""
        now = self.now()
        for visit in [each for each in self.visits.values() if each.ends_at <= now]:
            del self.visits[visit.id]
