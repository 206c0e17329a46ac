"""The catalogue with every app set up, an app that answers what a test says, and no network at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
import pytest_socket
from django.test import override_settings

from tallystick.connectors import catalogue, network
from tallystick.connectors.definition import Connector

HERE = Path(__file__).parent
SANDBOX = "http://127.0.0.1:8100"
REGISTERED = {
    f"{slug}_{what}": f"{slug.lower()}-{what.lower().replace('_', '-')}"
    for slug in ("SHOPIFY", "SQUARE", "STRIPE", "QUICKBOOKS_ONLINE", "XERO")
    for what in ("CLIENT_ID", "CLIENT_SECRET", "WEBHOOK_SECRET")
}

Given = TypeVar("Given")
Reply = httpx2.Response | Exception


@pytest.fixture(scope="package", autouse=True)
def _everything_set_up() -> Iterator[None]:
    with override_settings(SANDBOX_URL=SANDBOX, CONNECTOR_SETTINGS=REGISTERED, CONNECTORS_DIR=""):
        yield


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Sockets off, but for the one that an event loop needs for itself."""
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


class App:
    """An outside app that gives the answers it was told, one after another, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.replies: list[Reply] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        # A fresh one that is not read yet, as from a network.
        return httpx2.Response(reply.status_code, headers=reply.headers, stream=httpx2.ByteStream(reply.content))

    def talk(self, talk: Coroutine[Any, Any, Given], *replies: Reply) -> Given:
        """What a talk gives when the app answers so."""
        self.replies += replies
        with network.through(httpx2.MockTransport(self.answer)):
            return asyncio.run(talk)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def connector() -> Callable[[str], Connector]:
    return catalogue.get


def told(value: Any, status: int = 200, **headers: str) -> httpx2.Response:
    """An answer in JSON."""
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx2.Response(status, json=value, headers=names)


def captured(slug: str, name: str) -> Any:
    """What an app really answered, or what its documentation says that it does."""
    return json.loads((HERE / slug / f"{name}.json").read_text())


def sent_form(request: httpx2.Request) -> dict[str, Any]:
    """The fields of a request's body, form or JSON."""
    if request.headers["content-type"].startswith("application/json"):
        return dict(json.loads(request.content))
    return dict(httpx2.QueryParams(request.content.decode()))
