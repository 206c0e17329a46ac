"""Telling a program what happened: signed messages, each app in a style of its own, sent again or wrong when asked."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2
from starlette.requests import Request

from tallystick_sandbox.apps import APPS, OutsideApp
from tallystick_sandbox.people import account_of
from tallystick_sandbox.world import Consent, World, new_id

KINDS = ("uninstalled", "revoked", "expiring", "restored")
SIGNATURES = ("right", "wrong", "absent", "old")
OLD = 3600

Post = Callable[[str, bytes, dict[str, str]], Awaitable[int]]


@dataclass
class Message:
    """One webhook as it is sent: the same id each time, whatever becomes of it."""

    id: str
    app: str
    kind: str
    url: str
    body: bytes
    headers: dict[str, str]
    made_at: float
    attempts: list[str] = field(default_factory=list)

    def as_values(self) -> dict[str, Any]:
        """What the switches page and its scripts see. No signature."""
        made_at = datetime.fromtimestamp(self.made_at, UTC).isoformat(timespec="seconds")
        values = {"id": self.id, "kind": self.kind, "url": self.url, "made_at": made_at}
        return values | {"body": json.loads(self.body), "attempts": self.attempts}


@cache
def _certificates() -> ssl.SSLContext:
    """Reading the list of authorities takes long: once per process."""
    return httpx2.create_ssl_context()


async def post_by_http(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Sends a message and gives the status of the answer."""
    async with httpx2.AsyncClient(timeout=15, verify=_certificates()) as client:
        return (await client.post(url, content=body, headers=headers)).status_code


class Postman:
    """Sends messages one after another, in the order in which they were handed over, beside everything else."""

    def __init__(self, world: World, post: Post = post_by_http) -> None:
        self.world = world
        self.post = post
        self.sent: dict[str, deque[Message]] = {slug: deque(maxlen=100) for slug in APPS}
        self.under_way: set[asyncio.Task[None]] = set()
        self.last: asyncio.Task[None] | None = None

    def hand_over(self, messages: list[Message]) -> None:
        """Takes messages to be sent, in this order, after those taken before."""
        task = asyncio.create_task(self.deliver(messages, self.last))
        self.last = task
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def deliver(self, messages: list[Message], previous: "asyncio.Task[None] | None") -> None:
        """Sends messages once each. What goes wrong is noted, and nobody tries again: a switch can."""
        if previous is not None:
            await asyncio.wait([previous])
        for message in messages:
            try:
                outcome = str(await self.post(message.url, message.body, message.headers))
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
                outcome = f"not delivered: {type(error).__name__}"
            message.attempts.append(outcome)
            self.world.journals[message.app].counters["webhooks_sent"] += 1

    def message_called(self, slug: str, message_id: str) -> Message | None:
        """A message that was sent lately, or the latest when no id is given."""
        found = [message for message in self.sent[slug] if message_id in ("", message.id)]
        return found[-1] if found else None

    def forget(self) -> None:
        """Nothing was ever sent."""
        for messages in self.sent.values():
            messages.clear()

    async def finish(self) -> None:
        """Waits until all that was handed over has been tried."""
        while self.under_way:
            await asyncio.wait(set(self.under_way))


def write_message(
    world: World, app: OutsideApp, kind: str, consent: Consent, signature: str = "right", ago: float = 0
) -> Message:
    """A message about a consent, signed as this app signs, or wrongly when asked. `ago`: made so many seconds ago."""
    settings = world.switches[app.slug].webhooks
    made_at = world.now() - (OLD if signature == "old" else ago)
    message_id = new_id("msg")
    body = json.dumps(body_of(app, kind, consent, message_id, made_at), separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "User-Agent": f"{app.name}-Sandbox/1.0"}
    message = Message(message_id, app.slug, kind, settings.url, body, headers, made_at)
    message.headers |= sign(app, "another-secret" if signature == "wrong" else settings.secret, message)
    if app.slug == "shop":
        message.headers["X-Larkstall-Shop"] = account_of(app.slug, consent.account_id).address
    if signature == "absent":
        message.headers = {name: value for name, value in message.headers.items() if not looks_signed(name)}
    return message


def looks_signed(name: str) -> bool:
    """Whether a header holds a signature."""
    return "hmac" in name.lower() or "signature" in name.lower()


def body_of(app: OutsideApp, kind: str, consent: Consent, message_id: str, made_at: float) -> dict[str, Any]:
    """What a message says, in the form of this app."""
    topic, account = app.topics[kind], account_of(app.slug, consent.account_id)
    at = datetime.fromtimestamp(made_at, UTC).isoformat(timespec="seconds")
    ends_at = datetime.fromtimestamp(consent.ends_at, UTC).isoformat(timespec="seconds") if consent.ends_at else None
    if app.slug == "shop":
        return {"id": account.id, "name": account.name, "address": account.address, "ends_at": ends_at}
    if app.slug == "till":
        return {"merchant_id": account.id, "type": topic, "event_id": message_id, "created_at": at, "ends_at": ends_at}
    if app.slug == "bank":
        data = {"consent_id": consent.id, "customer_id": account.id, "status": consent.state, "ends_at": ends_at}
        return {"type": topic, "timestamp": at, "data": data}
    if app.slug == "ledger":
        event = {"event_id": message_id, "event_type": topic, "event_date": at, "consent_event": consent.id}
        return {"events": [event | {"company_id": part} for part in consent.parts]}
    return {"id": message_id, "type": topic, "created": int(made_at), "account": account.id, "key": consent.id}


def sign(app: OutsideApp, secret: str, message: Message) -> dict[str, str]:
    """The headers by which a receiver can tell that a message is ours, in the style of this app."""
    key, body, made_at = secret.encode(), message.body, int(message.made_at)
    if app.slug == "shop":
        return {
            "X-Larkstall-Topic": app.topics[message.kind],
            "X-Larkstall-Event-Id": message.id,
            "X-Larkstall-Triggered-At": str(made_at),
            "X-Larkstall-Hmac-Sha256": in_base64(key, body),
        }
    if app.webhook_style == "body_digest":
        return {"X-Quillstone-Signature": in_base64(key, body)}
    if app.webhook_style == "address_and_body":
        return {"X-Tinkertill-Hmacsha256-Signature": in_base64(key, message.url.encode() + body)}
    if app.webhook_style == "standard":
        signed = in_base64(standard_key(secret), f"{message.id}.{made_at}.".encode() + body)
        return {"webhook-id": message.id, "webhook-timestamp": str(made_at), "webhook-signature": f"v1,{signed}"}
    digest = hmac.new(key, f"{made_at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Paddlepay-Signature": f"t={made_at},v1={digest}"}


def in_base64(key: bytes, content: bytes) -> str:
    """An HMAC-SHA256 as base64."""
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def standard_key(secret: str) -> bytes:
    """The key in a Standard Webhooks secret; any other text is its own key."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return secret.encode()


def tell(request: Request, app: OutsideApp, kind: str, consent: Consent) -> None:
    """Sends a message about what has just happened, if this app has an address to send it to."""
    world: World = request.app.state.world
    settings = world.switches[app.slug].webhooks
    if settings.url and settings.automatic:
        send(request, app, [write_message(world, app, kind, consent)])


def send(request: Request, app: OutsideApp, messages: list[Message]) -> None:
    """Hands messages to the postman, and remembers them, so that they can be sent again."""
    postman: Postman = request.app.state.postman
    postman.sent[app.slug].extend(messages)
    postman.hand_over(messages)
