"""Webhooks: signed in the style of each app, sent again, in the wrong order, or wrongly signed."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tallystick_sandbox.apps import BANK, LEDGER, PAYMENTS, TILL
from tallystick_sandbox.world import DEMO_CLIENT
from tests.sandbox.conftest import Letterbox
from tests.sandbox.program import Program

URL = "http://localhost:8000/hooks/sandbox/"


@pytest.fixture
def listening(program: Program) -> Program:
    for app in ("shop", "till", "bank", "ledger", "payments"):
        program.switch(app, webhooks={"url": URL})
    return program


def in_base64(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()


def latest(program: Program, letterbox: Letterbox, app: str, **asked: Any) -> tuple[bytes, dict[str, str]]:
    """Sends a webhook and gives what arrived."""
    if app != "payments":
        program.connect(app)
    program.act(app, "send-webhook", **asked)
    program.sandbox.get("/healthz")
    _, body, headers = letterbox.taken[-1]
    return body, headers


def test_the_shop_signs_the_body(listening: Program, letterbox: Letterbox) -> None:
    body, headers = latest(listening, letterbox, "shop", kind="uninstalled")
    assert headers["X-Larkstall-Hmac-Sha256"] == in_base64(DEMO_CLIENT.secret, body)
    assert headers["X-Larkstall-Topic"] == "app/uninstalled"
    assert headers["X-Larkstall-Shop"] == json.loads(body)["address"] == "bobs-bakery"
    assert headers["X-Larkstall-Event-Id"].startswith("msg_")


def test_the_till_signs_the_address_and_the_body(listening: Program, letterbox: Letterbox) -> None:
    body, headers = latest(listening, letterbox, "till")
    expected = in_base64(TILL.webhook_secret, URL.encode() + body)
    assert headers["X-Tinkertill-Hmacsha256-Signature"] == expected
    assert json.loads(body)["type"] == "oauth.authorization.revoked"


def test_the_bank_follows_standard_webhooks(listening: Program, letterbox: Letterbox) -> None:
    body, headers = latest(listening, letterbox, "bank", kind="expiring")
    Webhook(BANK.webhook_secret).verify(body, headers)
    told = json.loads(body)
    assert told["type"] == "consent.expiring"
    assert told["data"]["ends_at"]


def test_the_ledger_tells_of_each_company(listening: Program, letterbox: Letterbox) -> None:
    body, headers = latest(listening, letterbox, "ledger")
    assert headers["X-Quillstone-Signature"] == in_base64(LEDGER.webhook_secret, body)
    assert len(json.loads(body)["events"]) == 2


def test_the_payment_service_signs_the_time_and_the_body(listening: Program, letterbox: Letterbox) -> None:
    body, headers = latest(listening, letterbox, "payments")
    moment, signature = (piece.split("=")[1] for piece in headers["Paddlepay-Signature"].split(","))
    signed = hmac.new(PAYMENTS.webhook_secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == signed


@pytest.mark.parametrize("signature", ["wrong", "absent", "old"])
def test_a_signature_can_be_bad(listening: Program, letterbox: Letterbox, signature: str) -> None:
    body, headers = latest(listening, letterbox, "bank", signature=signature)
    with pytest.raises(WebhookVerificationError):
        Webhook(BANK.webhook_secret).verify(body, headers)


def test_a_message_can_come_many_times(listening: Program, letterbox: Letterbox) -> None:
    latest(listening, letterbox, "bank", times=3)
    assert len(letterbox.taken) == 3
    assert len({headers["webhook-id"] for _, _, headers in letterbox.taken}) == 1


def test_a_message_is_sent_again_as_it_was(listening: Program, letterbox: Letterbox) -> None:
    first = latest(listening, letterbox, "bank")
    listening.advance(600)
    listening.act("bank", "replay-webhook")
    listening.sandbox.get("/healthz")
    assert len(letterbox.taken) == 2
    assert letterbox.taken[1][1:] == first


def test_messages_can_come_in_the_wrong_order(listening: Program, letterbox: Letterbox) -> None:
    listening.connect("bank")
    listening.act("bank", "swap-webhooks")
    listening.sandbox.get("/healthz")
    told = [json.loads(body) for _, body, _ in letterbox.taken]
    assert [message["type"] for message in told] == ["consent.granted", "consent.revoked"]
    assert told[0]["timestamp"] > told[1]["timestamp"]


def test_whoever_is_put_out_by_a_person_is_told(listening: Program, letterbox: Letterbox) -> None:
    listening.connect("shop")
    page = listening.sandbox.get("/shop/connected/").text
    removal = page.split('action="/shop/connected/')[1].split('"')[0]
    listening.sandbox.post(f"/shop/connected/{removal}")
    assert [headers["X-Larkstall-Topic"] for _, _, headers in letterbox.taken] == ["app/uninstalled"]
    listening.sandbox.post(f"/shop/connected/{removal}")
    assert len(letterbox.taken) == 1


def test_staff_and_strangers_put_nobody_out(listening: Program, letterbox: Letterbox) -> None:
    consent = listening.connect("bank")["consent_id"]
    for person in ("sam", "charlie"):
        listening.sandbox.post("/bank/sign-in/", data={"person": person})
        listening.sandbox.post(f"/bank/connected/{consent}/removal/")
    assert letterbox.taken == []


def test_a_switch_that_revokes_tells_too_unless_told_not_to(listening: Program, letterbox: Letterbox) -> None:
    listening.connect("bank")
    listening.act("bank", "revoke")
    listening.switch("bank", webhooks={"automatic": False})
    listening.connect("bank")
    listening.act("bank", "revoke")
    listening.sandbox.get("/healthz")
    assert len(letterbox.taken) == 1


def test_without_an_address_nothing_is_sent(program: Program, letterbox: Letterbox) -> None:
    program.connect("bank")
    program.act("bank", "revoke")
    assert letterbox.taken == []
    answer = program.sandbox.post("/switches/bank/actions/send-webhook", json={})
    assert answer.json()["faults"] == ["Set webhooks.url first."]


def test_what_became_of_a_message_is_told(listening: Program, letterbox: Letterbox) -> None:
    letterbox.status = 500
    latest(listening, letterbox, "bank")
    message = listening.sandbox.get("/switches/bank").json()["webhooks"][-1]
    assert (message["kind"], message["attempts"]) == ("revoked", ["500"])
    assert listening.counters("bank")["webhooks_sent"] == 1
