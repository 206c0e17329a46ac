"""One request to an outside app and its whole answer, within limits of host, time and size. Nothing is followed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import httpcore2
import httpx2

from tallystick.connectors.addresses import GuardedNetwork, NotPublic
from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import AddressRefused, AnswerLost, AppBroken, Evidence, Place, Unreachable
from tallystick.connectors.filling import Values, allowed_origins

CONNECT = 5.0
"""Seconds until a connection must stand (quality bar 41)."""
READ = 20.0
"""Seconds until the whole answer to a read must be here."""
TOKEN = 60.0
"""Seconds for an answer of the token endpoint: it cannot be asked for twice."""
LONGEST_TOKEN_CALL = CONNECT + TOKEN
"""A token call is over after so many seconds, whatever happens: a lease on a credential must be longer."""
LARGEST_ANSWER = 5 * 1024 * 1024
LARGEST_TOKEN_ANSWER = 256 * 1024
USER_AGENT = "Tallystick/1"

_transport: ContextVar[httpx2.AsyncBaseTransport | None] = ContextVar("transport", default=None)


@dataclass(frozen=True)
class Outgoing:
    """A request that is ready to go. `place` says what it is for, in evidence and logs."""

    place: Place
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)

    @property
    def is_about_tokens(self) -> bool:
        """Is it one whose answer cannot be asked for twice?"""
        return self.place == "token"


@dataclass(frozen=True)
class Answer:
    """An answer, read whole. `at`: the app's own time of it, so that moments in it become lengths of time."""

    place: Place
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@contextmanager
def through(transport: httpx2.AsyncBaseTransport) -> Iterator[None]:
    """Inside, requests go through this transport instead of the network. Hosts, sizes and times are checked as ever."""
    token = _transport.set(transport)
    try:
        yield
    finally:
        _transport.reset(token)


async def ask(connector: Connector, outgoing: Outgoing, inputs: Values) -> Answer:
    """Sends a request and gives the answer, whatever its status.

    Raises AddressRefused, Unreachable (surely not received), AnswerLost (nobody knows), AppBroken (too large).
    """
    url = _checked(connector, outgoing, inputs)
    patience = TOKEN if outgoing.is_about_tokens else READ
    place = Evidence(outgoing.place)
    try:
        async with asyncio.timeout(CONNECT + patience), _client(connector, patience) as client:
            return await _exchange(client, outgoing, url)
    except NotPublic:
        raise AddressRefused("not a public address", place) from None
    except (httpx2.ConnectTimeout, httpx2.PoolTimeout):
        raise Unreachable("no connection in time", Evidence(outgoing.place, slow=True)) from None
    except (httpx2.ConnectError, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as trouble:
        raise Unreachable(type(trouble).__name__, place) from None
    except (TimeoutError, httpx2.TimeoutException):
        raise AnswerLost("no answer in time", Evidence(outgoing.place, slow=True)) from None
    except httpx2.HTTPError as trouble:
        # Its own words and its request would bring our headers along: only its name goes on.
        raise AnswerLost(type(trouble).__name__, place) from None


def _checked(connector: Connector, outgoing: Outgoing, inputs: Values) -> httpx2.URL:
    """The address, if it is one that may be contacted for this app and these inputs."""
    refused = AddressRefused("not among the app's hosts", Evidence(outgoing.place))
    for each in connector.inputs:
        if each.key in inputs and not each.fits(inputs[each.key]):
            raise refused
    try:
        url = httpx2.URL(outgoing.url)
    except httpx2.InvalidURL:
        raise refused from None
    port = f":{url.port}" if url.port else ""
    origin = f"{url.scheme}://{url.host}{port}"
    if url.userinfo or origin.lower() not in allowed_origins(connector, inputs):
        raise refused
    return url.copy_merge_params(outgoing.query) if outgoing.query else url


def _client(connector: Connector, patience: float) -> httpx2.AsyncClient:
    """A client for one request. Apps share no connections, so that none waits for another's."""
    return httpx2.AsyncClient(
        transport=_transport.get() or GuardedTransport(_trusted(connector)),
        timeout=httpx2.Timeout(patience, connect=CONNECT, pool=CONNECT),
        follow_redirects=False,
        trust_env=False,
    )


def _trusted(connector: Connector) -> frozenset[tuple[str, int]]:
    """The one origin that need not be public: the sandbox's, for its own apps."""
    if not connector.is_sandbox:
        return frozenset()
    url = httpx2.URL(connector.sandbox_url)
    return frozenset({(url.host, url.port or (443 if url.scheme == "https" else 80))})


async def _exchange(client: httpx2.AsyncClient, outgoing: Outgoing, url: httpx2.URL) -> Answer:
    # Compressed answers are not asked for: a small one could unfold into gigabytes.
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    request = client.build_request(
        outgoing.method,
        url,
        headers=headers | dict(outgoing.headers),
        data=dict(outgoing.form) if outgoing.form is not None else None,
        json=outgoing.json,
    )
    response = await client.send(request, stream=True)
    try:
        body = await _read(response, outgoing)
    finally:
        await response.aclose()
    return Answer(outgoing.place, response.status_code, response.headers, body, _moment_of(response))


async def _read(response: httpx2.Response, outgoing: Outgoing) -> bytes:
    """The body. Raises AppBroken when it is larger than it may be, or compressed all the same."""
    largest = LARGEST_TOKEN_ANSWER if outgoing.is_about_tokens else LARGEST_ANSWER
    evidence = Evidence(outgoing.place, response.status_code)
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise AppBroken("a compressed answer", evidence, may_have_happened=True)
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > largest:
            raise AppBroken("too large an answer", evidence, may_have_happened=True)
    return bytes(body)


def _moment_of(response: httpx2.Response) -> datetime:
    """The app's clock, from its Date header; ours where there is none."""
    try:
        moment = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Reading the list of authorities takes long: once per process."""
    return httpx2.create_ssl_context(trust_env=False)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """The usual transport, on a network that opens connections to public addresses only."""

    def __init__(self, trusted: frozenset[tuple[str, int]]) -> None:
        super().__init__(verify=_certificates(), trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_certificates(), network_backend=GuardedNetwork(trusted), max_keepalive_connections=0
        )
