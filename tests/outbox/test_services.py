"""E-mail services: what they are given, and what their answers mean. One stands for all; it answers on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from tallystick.core.clock import Now
from tallystick.outbox import Delivery, sending
from tallystick.outbox.adapters import adapter_for
from tallystick.outbox.models import Mark
from tallystick.outbox.models import Relay as KnownRelay
from tests.support.jobs import run_jobs
from tests.support.relay import free_port

pytestmark = pytest.mark.django_db
Queue = Callable[..., Delivery]


class Postmark:
    """Answers as the service does, or as told; keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.token = ""
        self.status, self.answer = (
            200,
            {"ErrorCode": 0, "Message": "OK", "MessageID": "m-1", "To": "bob@bakery.example"},
        )


@pytest.fixture
def postmark(settings: Settings) -> Iterator[Postmark]:
    service = Postmark()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.given.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            service.token = self.headers["X-Postmark-Server-Token"]
            body = json.dumps(service.answer).encode()
            self.send_response(service.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.EMAIL_URL = "postmark://a%2Ftoken@?from=post@books.example"
    settings.ANYMAIL = {"POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/"}
    yield service
    server.shutdown()
    server.server_close()


def sent(delivery: Delivery) -> Delivery:
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def test_a_mail_is_given_whole_with_its_message_id(postmark: Postmark, queue: Queue) -> None:
    delivery = sent(queue(sender='Hart "& Co', reply_to="alice@hart.example", headers={"X-Ref": "K7"}))
    assert (delivery.state, delivery.answer) == ("sent", "taken as m-1")
    (mail,) = postmark.given
    assert postmark.token == "a/token"
    assert mail["From"] == "Hart '& Co via Tallystick <post@books.example>"
    assert (mail["To"], mail["ReplyTo"]) == ("bob@bakery.example", "alice@hart.example")
    assert mail["HtmlBody"].startswith("<html")
    assert {"Name": "Message-ID", "Value": delivery.message_id} in mail["Headers"]
    assert {"Name": "X-Ref", "Value": "K7"} in mail["Headers"]


def test_an_address_it_refuses_fails_and_is_marked(postmark: Postmark, queue: Queue) -> None:
    said = "Found inactive addresses: bob@bakery.example. Inactive recipients are ones that have bounced."
    postmark.status, postmark.answer = 422, {"ErrorCode": 406, "Message": said}
    assert sent(queue(sender="", html="")).state == "failed"
    assert Mark.stands("mail", "bob@bakery.example")


def test_an_answer_that_says_neither_yes_nor_no_is_asked_again(postmark: Postmark, queue: Queue) -> None:
    postmark.status, postmark.answer = 422, {"ErrorCode": 406, "Message": "words that name no address"}
    assert sent(queue()).state == "deferred"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_when_it_is_busy_the_message_waits(postmark: Postmark, queue: Queue, status: int) -> None:
    postmark.status = status
    delivery = sent(queue())
    assert (delivery.state, delivery.answer, delivery.tries) == ("deferred", f"HTTP {status}", 1)


@pytest.mark.parametrize("status", [401, 403])
def test_when_our_token_is_wrong_everybody_waits(postmark: Postmark, queue: Queue, status: int) -> None:
    postmark.status = status
    delivery = sent(queue())
    assert (delivery.state, delivery.tries) == ("deferred", 0)
    assert KnownRelay.paused("mail")


def test_what_it_does_not_understand_fails(postmark: Postmark, queue: Queue) -> None:
    postmark.status = 400
    assert sent(queue()).state == "failed"


def test_when_it_cannot_be_reached_everybody_waits(settings: Settings, queue: Queue) -> None:
    settings.EMAIL_URL = "postmark://token@"
    settings.ANYMAIL = {"POSTMARK_API_URL": f"http://127.0.0.1:{free_port()}/"}
    delivery = sent(queue())
    assert (delivery.state, delivery.tries) == ("deferred", 0)
    settings.EMAIL_URL = "mailbox:"
    KnownRelay.objects.update(paused_until=None)
    Delivery.objects.update(next_try_at=Now())
    sending.sweep()
    run_jobs()
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_service_needs_its_secret(settings: Settings) -> None:
    settings.EMAIL_URL = "postmark://"
    with pytest.raises(ValueError, match=r"has no secret. Write postmark://secret@\."):
        adapter_for("mail")


@pytest.mark.parametrize("name", ["brevo", "mailersend", "postmark", "resend", "sendgrid", "sparkpost"])
def test_every_service_can_be_made(settings: Settings, name: str) -> None:
    settings.EMAIL_URL = f"{name}://secret@"
    assert adapter_for("mail") is adapter_for("mail")
