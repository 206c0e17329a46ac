"""Talking with the real sandbox, a program of its own: shop, till, bank, ledger and payment service, whole and broken."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
from django.test import override_settings

from tallystick.connectors import catalogue, failures, hearing, network, returning, talking
from tallystick.connectors.definition import Connector
from tallystick.connectors.values import Account, Callback, Expected, Notice, Tokens
from tallystick_sandbox.server import running

APPS = ["shop", "till", "bank", "ledger"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as address, override_settings(SANDBOX_URL=address):
        yield address


@pytest.fixture(autouse=True)
def no_network() -> None:
    """These talk over loopback, which is all that the tests allow."""


class Sandbox:
    """The sandbox as somebody at its switches sees it, and one app in it as Bob uses it."""

    def __init__(self, address: str) -> None:
        self.browser = httpx2.Client(base_url=address, verify=False)
        self.address = address

    def switch(self, app: str, **groups: dict[str, Any]) -> None:
        self.browser.patch(f"/switches/{app}", json=groups).raise_for_status()

    def act(self, app: str, action: str, **asked: Any) -> Any:
        return self.browser.post(f"/switches/{app}/actions/{action}", json=asked).raise_for_status().json()

    def counters(self, app: str) -> dict[str, int]:
        return dict(self.browser.get(f"/log/{app}").json()["counters"])

    def say_yes(self, app: str, person: str = "bob", **more: Any) -> tuple[Connector, dict[str, str], Tokens]:
        """A person says yes at the app, and the code is redeemed."""
        connector, inputs, verifier = catalogue.get(f"sandbox-{app}"), inputs_of(app), talking.new_verifier()
        back = f"http://localhost:8000/connect/{connector.slug}/return/"
        self.switch(app, consents={"answer_as": person})
        asked = talking.consent_url(connector, inputs, state="state-1", verifier=verifier, redirect_uri=back, **more)
        callback = come_back(connector, inputs, self.browser.get(asked).headers["location"])
        talk = talking.redeem(connector, inputs, callback, verifier=verifier, redirect_uri=back)
        return connector, inputs, asyncio.run(talk)


def inputs_of(app: str) -> dict[str, str]:
    return {"shop": "bobs-bakery"} if app == "shop" else {}


def come_back(connector: Connector, inputs: dict[str, str], location: str) -> Callback:
    return returning.check_callback(connector, location.partition("?")[2], Expected("state-1", inputs))


@pytest.fixture
def sandbox(address: str) -> Iterator[Sandbox]:
    sandbox = Sandbox(address)
    sandbox.browser.post("/reset").raise_for_status()
    yield sandbox
    sandbox.browser.close()


# ---------------------------------------------------------------- all is well


@pytest.mark.parametrize("app", APPS)
def test_bob_connects_reads_renews_and_leaves(sandbox: Sandbox, app: str) -> None:
    connector, inputs, tokens = sandbox.say_yes(app)
    assert connector.left_out(tokens.scopes) == ()
    account = asyncio.run(talking.accounts(connector, inputs, tokens))[0]
    assert "Bob's Bakery" in account.full_name
    records = asyncio.run(talking.latest(connector, inputs, tokens, account))
    assert len(records) == 3
    assert (records[0].currency, records[0].moment is None, records[0].amount is None) == ("GBP", False, False)
    renewed = asyncio.run(talking.refresh(connector, inputs, tokens.refresh or "", tokens.kept))
    assert (renewed.refresh != tokens.refresh) == (connector.tokens.rotates == "yes")
    promised, given = connector.tokens.life or timedelta(0), renewed.expires_in or timedelta(0)
    assert abs(given - promised) < timedelta(seconds=2)
    assert asyncio.run(talking.accounts(connector, inputs, renewed))[0].id == account.id
    asyncio.run(talking.revoke(connector, inputs, renewed))
    with pytest.raises(failures.AccessRefused):
        asyncio.run(talking.accounts(connector, inputs, renewed))
    with pytest.raises(failures.GrantEnded):
        asyncio.run(talking.refresh(connector, inputs, renewed.refresh or "", tokens.kept))


def test_the_till_has_three_locations_to_pick_from(sandbox: Sandbox) -> None:
    connector, inputs, tokens = sandbox.say_yes("till")
    found = asyncio.run(talking.accounts(connector, inputs, tokens))
    assert connector.accounts
    assert connector.accounts.pick == "one"
    assert [account.full_name for account in found] == [
        f"Bob's Bakery – {place}" for place in ("Mill Lane", "Market Square", "Station Kiosk")
    ]
    read = [asyncio.run(talking.latest(connector, inputs, tokens, account))[0].id for account in found]
    assert len(set(read)) == 3


def test_the_banks_consent_ends_after_ninety_days_and_is_renewed_by_name(sandbox: Sandbox) -> None:
    connector, inputs, first = sandbox.say_yes("bank")
    assert first.consent_ends
    assert abs(first.consent_ends - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    _, _, second = sandbox.say_yes("bank", renewing=first.kept)
    assert asyncio.run(talking.accounts(connector, inputs, first))
    accounts = asyncio.run(talking.accounts(connector, inputs, second))
    assert asyncio.run(talking.latest(connector, inputs, second, accounts[0]))
    with pytest.raises(failures.AccessRefused):
        asyncio.run(talking.accounts(connector, inputs, first))


def test_the_bank_may_be_read_four_times_a_day(sandbox: Sandbox) -> None:
    connector, inputs, tokens = sandbox.say_yes("bank")
    account = asyncio.run(talking.accounts(connector, inputs, tokens))[0]
    for _ in range(connector.reads_per_day or 0):
        asyncio.run(talking.latest(connector, inputs, tokens, account))
    with pytest.raises(failures.AppBusy) as busy:
        asyncio.run(talking.latest(connector, inputs, tokens, account))
    assert 0 < (busy.value.retry_after or 0) <= 86_400


def test_one_yes_at_the_ledger_reaches_two_companies_and_one_can_be_left(sandbox: Sandbox) -> None:
    connector, inputs, tokens = sandbox.say_yes("ledger")
    first, second = asyncio.run(talking.accounts(connector, inputs, tokens))
    assert (first.is_new, second.is_new) == (True, True)
    assert asyncio.run(talking.leave(connector, inputs, tokens, second))
    assert [account.id for account in asyncio.run(talking.accounts(connector, inputs, tokens))] == [first.id]


def test_companies_of_an_earlier_yes_are_told_apart(sandbox: Sandbox) -> None:
    sandbox.say_yes("ledger")
    sandbox.switch("ledger", consents={"earlier_companies": True})
    made = sandbox.act("ledger", "make-consent", person="bob", parts=["com-bobs-bakery-2"])
    connector = catalogue.get("sandbox-ledger")
    tokens = Tokens(made["tokens"]["access_token"], kept={"consent_event": made["consent"]})
    found = asyncio.run(talking.accounts(connector, {}, tokens))
    assert [(account.id, account.is_new) for account in found] == [
        ("com-bobs-bakery-1", False),
        ("com-bobs-bakery-2", True),
    ]


def test_a_new_business_has_no_records(sandbox: Sandbox) -> None:
    connector, inputs, tokens = sandbox.say_yes("till", "dana")
    account = asyncio.run(talking.accounts(connector, inputs, tokens))[0]
    assert asyncio.run(talking.latest(connector, inputs, tokens, account)) == []


def test_keys_of_the_payment_service(sandbox: Sandbox) -> None:
    payments = catalogue.get("sandbox-payments")
    good = {"key": "rk_sandbox_bob_reads_everything"}
    (account,) = asyncio.run(talking.check_key(payments, good))
    assert account.name == "Bob's Bakery"
    assert len(asyncio.run(talking.latest(payments, good, None, account))) == 3
    with pytest.raises(failures.KeyCanWrite):
        asyncio.run(talking.check_key(payments, {"key": "sk_sandbox_bob_can_write"}))
    with pytest.raises(failures.KeyWrong):
        asyncio.run(talking.check_key(payments, {"key": "rk_sandbox_of_nobody"}))
    sandbox.act("payments", "revoke", consent=account.details["key_id"])
    with pytest.raises(failures.AccessRefused):
        asyncio.run(talking.latest(payments, good, None, account))


# ---------------------------------------------------------------- people say no


@pytest.mark.parametrize("app", APPS)
def test_bob_says_no(sandbox: Sandbox, app: str) -> None:
    sandbox.switch(app, consents={"answer": "no"})
    with pytest.raises(failures.SaidNo):
        sandbox.say_yes(app)


def walk(sandbox: Sandbox, app: str, person: str, answer: dict[str, Any]) -> httpx2.Response:
    """A person's way through the app's own pages. Gives the last answer."""
    connector, inputs = catalogue.get(f"sandbox-{app}"), inputs_of(app)
    back = f"http://localhost:8000/connect/{connector.slug}/return/"
    verifier = talking.new_verifier()
    asked = talking.consent_url(connector, inputs, state="state-1", verifier=verifier, redirect_uri=back)
    visit = sandbox.browser.get(asked).headers["location"]
    sandbox.browser.post(f"{visit}sign-in/", data={"person": person})
    page = sandbox.browser.get(visit)
    return sandbox.browser.post(f"{visit}answer/", data=answer) if page.status_code == 200 and answer else page


def test_staff_without_the_right_are_told_apart_from_a_no(sandbox: Sandbox) -> None:
    """The till sends them straight back."""
    page = walk(sandbox, "till", "sam", {})
    with pytest.raises(failures.NoRight):
        come_back(catalogue.get("sandbox-till"), {}, page.headers["location"])


def test_a_permission_that_is_left_out_is_known_and_read_around(sandbox: Sandbox) -> None:
    made = sandbox.act("shop", "make-consent", person="bob", permissions=["read_products", "read_payouts"])
    shop, inputs = catalogue.get("sandbox-shop"), inputs_of("shop")
    tokens = Tokens(made["tokens"]["access_token"])
    (account,) = asyncio.run(talking.accounts(shop, inputs, tokens))
    assert [scope.name for scope in shop.left_out(account.granted)] == ["read_orders", "read_customers"]
    assert asyncio.run(talking.latest(shop, inputs, tokens, account))[0].label
    with pytest.raises(failures.PermissionMissing):
        asyncio.run(talking.latest(shop, inputs, tokens, replace(account, granted=None)))


@pytest.mark.parametrize("odd", [{"iss": "wrong"}, {"iss": "absent"}, {"state": "wrong"}, {"state": "absent"}])
@pytest.mark.parametrize("app", APPS)
def test_an_odd_return_is_refused(sandbox: Sandbox, app: str, odd: dict[str, str]) -> None:
    sandbox.switch(app, callback=odd)
    with pytest.raises(failures.ReturnRefused):
        sandbox.say_yes(app)


@pytest.mark.parametrize("odd", [{"hmac": "wrong"}, {"hmac": "absent"}, {"shop": "wrong"}, {"shop": "absent"}])
def test_a_shops_odd_return_is_refused(sandbox: Sandbox, odd: dict[str, str]) -> None:
    sandbox.switch("shop", callback=odd)
    with pytest.raises(failures.ReturnRefused):
        sandbox.say_yes("shop")


# ---------------------------------------------------------------- the app is broken


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """We give up in a moment, so that a test need not take a minute."""
    for name in ("CONNECT", "READ", "TOKEN"):
        monkeypatch.setattr(network, name, 0.3)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "failure", "happened"),
    [
        ("hang", failures.AnswerLost, True),
        ("hang_after", failures.AnswerLost, True),
        ("drop_before", failures.AnswerLost, True),
        ("drop_after", failures.AnswerLost, True),
        ("cut_short", failures.AnswerLost, True),
        ("drip", failures.AnswerLost, True),
        ("500", failures.AppBroken, True),
        ("503", failures.AppBusy, False),
        ("429", failures.AppBusy, False),
        ("html", failures.AppBroken, True),
        ("error_in_200", failures.AppBusy, False),
        ("invalid_grant", failures.GrantEnded, False),
        ("invalid_client", failures.OurFault, False),
        ("redirect", failures.AppBroken, False),
        ("huge_body", failures.AppBroken, True),
    ],
)
def test_a_refresh_that_goes_wrong(
    sandbox: Sandbox, fault: str, failure: type[failures.TalkFailed], happened: bool
) -> None:
    connector, inputs, tokens = sandbox.say_yes("shop")
    sandbox.switch("shop", token={"fault": fault, "retry_after": 7, "next": 1})
    with pytest.raises(failure) as wrong:
        asyncio.run(talking.refresh(connector, inputs, tokens.refresh or "", tokens.kept))
    assert wrong.value.may_have_happened is happened
    assert wrong.value.retry_after == 7 or fault not in ("503", "429")
    assert sandbox.counters("shop").get("elsewhere", 0) == 0
    again = asyncio.run(talking.refresh(connector, inputs, tokens.refresh or "", tokens.kept))
    assert asyncio.run(talking.accounts(connector, inputs, again))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "fault", ["hang", "drop_before", "cut_short", "drip", "503", "429", "html", "redirect", "huge_body"]
)
def test_a_read_that_goes_wrong_and_then_does_not(sandbox: Sandbox, fault: str) -> None:
    connector, inputs, tokens = sandbox.say_yes("till")
    sandbox.switch("till", api={"fault": fault, "next": 1})
    with pytest.raises((failures.AnswerLost, failures.AppBusy, failures.AppBroken)):
        asyncio.run(talking.accounts(connector, inputs, tokens))
    assert sandbox.counters("till").get("elsewhere", 0) == 0
    assert asyncio.run(talking.accounts(connector, inputs, tokens))


def test_an_app_that_is_not_there_was_surely_not_reached(sandbox: Sandbox) -> None:
    gone = "http://127.0.0.1:9"
    here = catalogue.get("sandbox-till")
    authorisation = replace(here.authorisation, token_url=f"{gone}/token")
    elsewhere = replace(here, sandbox_url=gone, hosts=(gone,), authorisation=authorisation)
    with pytest.raises(failures.Unreachable):
        asyncio.run(talking.refresh(elsewhere, {}, "refresh-0"))


def test_only_the_sandbox_itself_may_be_on_this_machine(sandbox: Sandbox) -> None:
    real = replace(catalogue.get("sandbox-till"), is_sandbox=False)
    with pytest.raises(failures.AddressRefused):
        asyncio.run(talking.refresh(real, {}, "refresh-0"))
    assert sandbox.counters("till").get("token_requests", 0) == 0


@pytest.mark.parametrize("told", ["absent", "null", "text", "word", "zero", "negative", "huge"])
def test_a_life_told_oddly(sandbox: Sandbox, told: str) -> None:
    sandbox.switch("bank", answer={"expires_in": told})
    _, _, tokens = sandbox.say_yes("bank")
    assert tokens.expires_in == timedelta(hours=1)


def test_an_answer_without_refresh_token_permissions_or_measure(sandbox: Sandbox) -> None:
    sandbox.switch("shop", answer={"refresh_token": False, "scope": False, "big_tokens": True})
    connector, inputs, tokens = sandbox.say_yes("shop")
    assert tokens.refresh is None
    assert tokens.scopes is None
    assert len(tokens.access) == 16_384
    (account,) = asyncio.run(talking.accounts(connector, inputs, tokens))
    assert account.granted


def test_a_hundred_slow_calls_hold_up_nobody(sandbox: Sandbox) -> None:
    connector, inputs, tokens = sandbox.say_yes("till")
    sandbox.switch("till", api={"slow": 0.5})

    async def all_at_once() -> list[list[Account]]:
        return await asyncio.gather(*(talking.accounts(connector, inputs, tokens) for _ in range(100)))

    began = time.monotonic()
    assert len(asyncio.run(all_at_once())) == 100
    assert time.monotonic() - began < 10


# ---------------------------------------------------------------- messages


class Letterbox:
    """A place for webhooks, which keeps them as they came."""

    def __init__(self) -> None:
        self.received: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        self.server = HTTPServer(("127.0.0.1", 0), self.handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}/hooks/"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.put((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        return Handler

    def hear(self, app: str) -> list[Notice]:
        """The next message, believed or refused."""
        connector = catalogue.get(f"sandbox-{app}")
        headers, body = self.received.get(timeout=5)
        secret = hearing.secret_of(connector)
        return hearing.read_webhook(connector, headers, body, secret, datetime.now(UTC), address=self.address)


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    letterbox = Letterbox()
    thread = threading.Thread(target=letterbox.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield letterbox
    letterbox.server.shutdown()
    thread.join()
    letterbox.server.server_close()


@pytest.mark.parametrize(("kind", "meant"), [("revoked", {"revoked", "uninstalled"}), ("expiring", {"expiring"})])
@pytest.mark.parametrize("app", [*APPS, "payments"])
def test_a_message_of_the_sandbox_is_heard(
    sandbox: Sandbox, letterbox: Letterbox, app: str, kind: str, meant: set[str]
) -> None:
    made = sandbox.act(app, "make-consent", person="bob")
    sandbox.switch(app, webhooks={"url": letterbox.address})
    sandbox.act(app, "send-webhook", kind=kind, consent=made["consent"])
    notices = letterbox.hear(app)
    assert notices
    assert {notice.kind for notice in notices} <= meant
    assert all(notice.about for notice in notices)


@pytest.mark.parametrize("signature", ["wrong", "absent", "old"])
@pytest.mark.parametrize("app", [*APPS, "payments"])
def test_a_message_that_is_wrong_is_not_heard(sandbox: Sandbox, letterbox: Letterbox, app: str, signature: str) -> None:
    made = sandbox.act(app, "make-consent", person="bob")
    sandbox.switch(app, webhooks={"url": letterbox.address})
    sandbox.act(app, "send-webhook", kind="revoked", consent=made["consent"], signature=signature)
    with pytest.raises(failures.MessageRefused):
        letterbox.hear(app)
