"""Only listed hosts at public addresses are contacted, once, and never for longer or more than was said."""

import asyncio
import gzip
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpcore2
import httpx2
import pytest

from tallystick.connectors import addresses, catalogue, failures, network, talking
from tallystick.connectors.values import Account, Callback, Tokens
from tests.connectors.conftest import App, told

XERO = "https://api.xero.com"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2001:db8::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public(address: str) -> None:
    assert not addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_that_is_public(address: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(address))


def resolving(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[str]:
    """Names lead to these addresses. Gives the list of names that were looked up."""
    asked: list[str] = []

    async def getaddrinfo(loop: Any, host: str, port: int, **how: Any) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in found]

    monkeypatch.setattr(asyncio.SelectorEventLoop, "getaddrinfo", getaddrinfo)
    return asked


def refresh_over_the_network(slug: str = "xero") -> Tokens:
    return asyncio.run(talking.refresh(catalogue.get(slug), {}, "refresh-0"))


def test_a_name_that_leads_home_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, "127.0.0.1", "10.0.0.8", "::1")
    with pytest.raises(failures.AddressRefused):
        refresh_over_the_network()
    assert asked == ["identity.xero.com"]


def test_what_was_checked_is_what_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    class Line:
        async def connect_tcp(self, host: str, port: int, **more: Any) -> Any:
            called.append(host)
            raise OSError

    asked = resolving(monkeypatch, "10.0.0.8", "1.1.1.1")
    monkeypatch.setattr("httpcore2.AnyIOBackend", Line)
    with pytest.raises(failures.Unreachable):
        refresh_over_the_network()
    assert asked == ["identity.xero.com"]
    assert called == ["1.1.1.1"]


def test_a_name_that_nobody_knows_was_surely_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(loop: Any, host: str, port: int, **how: Any) -> list[Any]:
        raise OSError("unknown")

    monkeypatch.setattr(asyncio.SelectorEventLoop, "getaddrinfo", getaddrinfo)
    with pytest.raises(failures.Unreachable):
        refresh_over_the_network()


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(loop: Any, host: str, port: int, **how: Any) -> list[Any]:
        await asyncio.sleep(60)
        return []

    monkeypatch.setattr(network, "CONNECT", 0.05)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "getaddrinfo", getaddrinfo)
    with pytest.raises(failures.Unreachable) as late:
        refresh_over_the_network()
    assert late.value.was_slow


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://api.xero.com/",
        "https://api.xero.com:8443/",
        "https://api.xero.com.evil.example/",
        "https://api.xero.com@evil.example/",
        "https://bob:hush@api.xero.com/",
        "https://evil.example\\@api.xero.com/",
        "https://api.xero.com\t.evil.example/",
        "https://127.0.0.1/",
        "//api.xero.com/",
        "ftp://api.xero.com/",
    ],
)
def test_a_host_that_is_not_listed_is_not_contacted(app: App, url: str) -> None:
    with pytest.raises(failures.AddressRefused):
        app.talk(network.ask(catalogue.get("xero"), network.Outgoing("reads", "GET", url), {}), told({}))
    assert app.requests == []


def test_a_listed_host_is_contacted_however_it_is_written(app: App) -> None:
    for url in ("https://api.xero.com/", "https://API.XERO.COM/", "https://api.xero.com:443/"):
        app.talk(network.ask(catalogue.get("xero"), network.Outgoing("reads", "GET", url), {}), told({}))
    assert [request.url.host for request in app.requests] == ["api.xero.com"] * 3


@pytest.mark.parametrize("shop", ["evil.com/", "a@b", "127.0.0.1", "аpple", "apple\n", "..", "apple.evil", ""])
def test_an_input_that_does_not_fit_sends_nothing(app: App, shop: str) -> None:
    with pytest.raises(failures.OurFault):
        app.talk(talking.refresh(catalogue.get("shopify"), {"shop": shop}, "refresh-0"), told({}))
    outgoing = network.Outgoing("reads", "GET", "https://apple.myshopify.com/")
    with pytest.raises(failures.AddressRefused):
        app.talk(network.ask(catalogue.get("shopify"), outgoing, {"shop": shop}), told({}))
    assert app.requests == []


@pytest.mark.parametrize("realm", ["..", ".", "1/2", "1?x=1", "1#x", "1%2f2", "1\\2"])
def test_what_an_app_said_cannot_change_the_path(app: App, realm: str) -> None:
    quickbooks = catalogue.get("quickbooks-online")
    try:
        app.talk(talking.accounts(quickbooks, {}, Tokens("a", kept={"realmId": realm})), told({"CompanyInfo": {}}))
    except failures.OurFault:
        assert realm in ("..", ".")
    for request in app.requests:
        assert request.url.raw_path.count(b"/") == 5
        assert not request.url.query


def test_what_was_kept_never_takes_the_place_of_what_was_typed(app: App) -> None:
    shopify = catalogue.get("shopify")
    app.talk(
        talking.refresh(shopify, {"shop": "apple"}, "r", {"shop": "pear", "client_id": "x"}),
        told({"access_token": "a"}),
    )
    assert app.requests[0].url.host == "apple.myshopify.com"
    assert b"client_id=shopify-client-id" in app.requests[0].content


def test_no_redirect_is_followed(app: App) -> None:
    for status in (301, 302, 303, 307, 308):
        reply = httpx2.Response(status, headers={"Location": f"{XERO}/elsewhere"})
        with pytest.raises(failures.AppBroken):
            app.talk(talking.refresh(catalogue.get("xero"), {}, "refresh-0"), reply)
    assert len(app.requests) == 5


def test_an_answer_without_end_is_not_read_to_the_end(app: App) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65_536
            yield b" " * 65_536

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=endless())

    with network.through(httpx2.MockTransport(answer)):
        with pytest.raises(failures.AppBroken):
            asyncio.run(talking.refresh(catalogue.get("xero"), {}, "refresh-0"))
        assert read <= network.LARGEST_TOKEN_ANSWER + 2 * 65_536
        read = 0
        with pytest.raises(failures.AppBroken):
            asyncio.run(talking.accounts(catalogue.get("xero"), {}, Tokens("a")))
        assert read <= network.LARGEST_ANSWER + 2 * 65_536


def test_an_answer_that_comes_in_drops_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "READ", 0.05)
    monkeypatch.setattr(network, "CONNECT", 0.05)

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=drops())

    with network.through(httpx2.MockTransport(answer)), pytest.raises(failures.AnswerLost) as lost:
        asyncio.run(talking.accounts(catalogue.get("xero"), {}, Tokens("a")))
    assert lost.value.was_slow


def test_a_compressed_answer_is_not_unfolded(app: App) -> None:
    reply = httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b"{}"))

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["accept-encoding"] == "identity"
        return httpx2.Response(200, headers=reply.headers, stream=httpx2.ByteStream(gzip.compress(b"{}")))

    with network.through(httpx2.MockTransport(answer)), pytest.raises(failures.AppBroken):
        asyncio.run(talking.accounts(catalogue.get("xero"), {}, Tokens("a")))


def test_a_token_call_ends_before_anybody_stops_waiting() -> None:
    assert network.LONGEST_TOKEN_CALL < 70


def test_an_app_that_is_not_set_up_is_not_asked(app: App) -> None:
    unknown = replace(catalogue.get("xero"), client=None)
    for talk in (
        talking.refresh(unknown, {}, "r"),
        talking.redeem(unknown, {}, Callback("c"), verifier="v", redirect_uri="https://x.example/"),
        talking.latest(unknown, {}, Tokens("a"), Account("1", "Bob")),
    ):
        with pytest.raises(failures.NotSetUp):
            app.talk(talk)
    assert app.requests == []


def test_a_header_takes_no_line_break(app: App) -> None:
    xero = catalogue.get("xero")
    with pytest.raises(failures.OurFault):
        app.talk(talking.latest(xero, {}, Tokens("a"), Account("1\r\nX-Evil: 1", "Bob")), told({}))
    assert app.requests == []


class Lines:
    """A network on which some addresses take no connection."""

    def __init__(self, *silent: str) -> None:
        self.silent, self.called = silent, list[str]()

    async def connect_tcp(self, host: str, port: int, **_more: Any) -> Any:
        self.called.append(host)
        if host in self.silent:
            raise httpcore2.ConnectError
        return host


def connected(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> Any:
    """What a name with two public addresses and a private one is connected to."""
    resolving(monkeypatch, "1.1.1.1", "10.0.0.8", "8.8.8.8")
    guarded = addresses.GuardedNetwork()
    guarded.network = lines  # type: ignore[assignment]
    return asyncio.run(guarded.connect_tcp("api.xero.com", 443))


def test_when_the_first_address_takes_nobody_the_next_public_one_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines("1.1.1.1")
    assert connected(monkeypatch, lines) == "8.8.8.8"
    assert lines.called == ["1.1.1.1", "8.8.8.8"]


def test_once_an_address_takes_the_connection_no_other_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines()
    assert connected(monkeypatch, lines) == "1.1.1.1"
    assert lines.called == ["1.1.1.1"]


def test_when_no_address_takes_a_connection_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines("1.1.1.1", "8.8.8.8")
    with pytest.raises(httpcore2.ConnectError):
        connected(monkeypatch, lines)
    assert lines.called == ["1.1.1.1", "8.8.8.8"]


def test_nothing_on_this_machine_is_reached_by_a_path() -> None:
    with pytest.raises(NotImplementedError):
        asyncio.run(addresses.GuardedNetwork().connect_unix_socket("/run/postgresql/.s.PGSQL.5432"))
