"""The sandbox beside the tests, and connections to it made without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from pytest_django import Settings

from tallystick.connections.attempts import described
from tallystick.connections.clocks import set_clocks
from tallystick.connections.models import Connection, Credential
from tallystick.connectors import catalogue, talking
from tallystick.connectors.values import Tokens
from tallystick.core.clock import now
from tallystick.organisations.models import Organisation
from tallystick_sandbox.server import running

SLUGS = {name: f"sandbox-{name}" for name in ("shop", "till", "bank", "ledger", "payments")}


class Outside:
    """The sandbox's switches, actions and log, and connections to its apps."""

    def __init__(self, address: str) -> None:
        self.address = address
        # Plain http on loopback: the list of authorities, which takes long to read, is of no use.
        self.client = httpx2.Client(base_url=address, timeout=90, verify=False)
        self.consents: dict[str, str] = {}

    def browse(self, address: str) -> httpx2.Response:
        """What a page of the sandbox answers to a browser, which is not sent on."""
        return self.client.get(address, follow_redirects=False)

    def switch(self, app: str, **groups: dict[str, object]) -> None:
        """Sets switches: `outside.switch("bank", token={"fault": "503"})`."""
        answer = self.client.patch(f"/switches/{app}", json=groups)
        assert answer.status_code == 200, answer.text

    def as_it_comes(self, app: str) -> None:
        """All switches back; what hangs goes on."""
        self.client.delete(f"/switches/{app}")

    def act(self, app: str, action: str, **asked: object) -> dict[str, Any]:
        """Does one thing to an app."""
        answer = self.client.post(f"/switches/{app}/actions/{action}", json=asked)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def log(self, app: str) -> dict[str, Any]:
        """Counters and requests."""
        log: dict[str, Any] = self.client.get(f"/log/{app}").json()
        return log

    def counted(self, app: str, what: str) -> int:
        """One counter."""
        return int(self.log(app)["counters"].get(what, 0))

    def connected(
        self, organisation: Organisation, app: str = "bank", person: str = "bob", **asked: object
    ) -> Connection:
        """A connection of these books to the first account of a consent that `person` gave just now."""
        made = self.act(app, "make-consent", person=person, **asked)
        connector = catalogue.get(SLUGS[app])
        asked_at = now()
        inputs, typed, tokens = {}, {}, None
        if "key" in made:
            typed = {"key": made["key"]}
        else:
            inputs = {"shop": made["account"]["address"]} if app == "shop" else {}
            tokens = _tokens(app, made["tokens"], asked_at)
        accounts = async_to_sync(talking.accounts)(connector, {**inputs, **typed}, tokens)
        credential = Credential(
            business_id=organisation.business_id,
            connector=connector.slug,
            inputs=inputs,
            scopes=list((tokens.scopes if tokens else None) or ()),
            obtained_at=asked_at,
        )
        secret: dict[str, Any] = {"access": None, "refresh": None, "kept": {}, "inputs": typed}
        if tokens:
            secret |= {"access": tokens.access, "refresh": tokens.refresh, "kept": dict(tokens.kept)}
            set_clocks(credential, connector, tokens, asked_at)
        credential.seal(secret)
        credential.save()
        account = described(replace(accounts[0]))
        connection = Connection.objects.create(
            business_id=organisation.business_id,
            organisation=organisation,
            connector=connector.slug,
            credential=credential,
            account_id=account["id"],
            account_name=account["name"],
            account=account,
            made_by_side="house",
            state="working",
        )
        self.consents[str(connection.pk)] = made["consent"]
        return connection

    def consent_of(self, connection: Connection) -> str:
        """The sandbox's id of the consent behind a connection."""
        return self.consents[str(connection.pk)]


def _tokens(app: str, said: dict[str, Any], asked_at: datetime) -> Tokens:
    kept = {name: str(said[name]) for name in ("consent_id", "consent_event", "merchant_id") if said.get(name)}
    separator = "," if app == "shop" else " "
    ends = said.get("consent_expires_at")
    return Tokens(
        access=said["access_token"],
        refresh=said.get("refresh_token"),
        scopes=tuple(said["scope"].split(separator)),
        expires_in=timedelta(seconds=said["expires_in"]),
        consent_ends=datetime.fromtimestamp(ends, asked_at.tzinfo) if ends else None,
        kept=kept,
    )


def expire(connection: Connection, *, since: float = 1.0) -> None:
    """For us its access token is over, and the time to renew it has come."""
    moment = now() - timedelta(seconds=since)
    Credential.objects.filter(pk=connection.credential_id).update(access_ends_at=moment, renew_at=moment)


@pytest.fixture(scope="session")
def outside_address() -> Iterator[str]:
    """The sandbox, for the length of the tests."""
    with running() as address:
        yield address


@pytest.fixture
def outside(outside_address: str, settings: Settings) -> Iterator[Outside]:
    """The sandbox as on its first day, known to our catalogue."""
    settings.BASE_URL = settings.BASE_URL  # messages_of changes it: it is put back
    settings.SANDBOX_URL = outside_address
    outside = Outside(outside_address)
    outside.client.post("/reset")
    yield outside
    outside.client.close()


_OF_THE_WAY = {"host", "connection", "accept", "accept-encoding", "content-length", "user-agent"}


def messages_of(outside: Outside, app: str, kind: str, consent: str, *, signature: str = "right") -> dict[str, Any]:
    """A message of an app as it would send it to our address: `headers` and `body`. Taken by a letterbox of the test's."""
    taken: list[dict[str, Any]] = []

    class Letterbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_WAY}
            taken.append({"headers": headers, "body": self.rfile.read(length)})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Letterbox) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        origin = f"http://127.0.0.1:{server.server_port}"
        settings.BASE_URL = origin  # some apps sign the address along
        outside.switch(app, webhooks={"url": f"{origin}/hooks/sandbox-{app}/"})
        outside.act(app, "send-webhook", kind=kind, consent=consent, signature=signature)
        end = time.monotonic() + 10
        while not taken:
            assert time.monotonic() < end, "No message came."
            time.sleep(0.005)
    outside.switch(app, webhooks={"url": ""})
    return taken[0]
