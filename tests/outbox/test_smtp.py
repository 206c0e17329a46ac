"""Getting into a relay: encryption, passwords, addresses with letters of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from tallystick.outbox import Delivery, sending, smtp
from tallystick.outbox.models import Relay as KnownRelay
from tests.support.relay import Relay

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")]
Queue = Callable[..., Delivery]


def sent(delivery: Delivery) -> Delivery:
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    return delivery


@pytest.mark.parametrize("tls", ["first", "later", ""])
def test_a_mail_arrives_with_a_password_encrypted_where_the_relay_can(
    settings: Settings, queue: Queue, tls: str
) -> None:
    with Relay(login=("me@x", "s/w"), tls=tls) as relay:
        settings.EMAIL_URL = relay.url.replace("://", "://me%40x:s%2Fw@")
        assert sent(queue()).state == "sent"
        assert len(relay.taken) == 1


def test_a_wrong_password_is_no_messages_fault(settings: Settings, queue: Queue) -> None:
    with Relay(login=("me", "right")) as relay:
        settings.EMAIL_URL = relay.url.replace("://", "://me:wrong@")
        delivery = sent(queue())
    assert (delivery.state, delivery.tries) == ("deferred", 0)
    assert delivery.answer.startswith("535 ")
    assert "wrong" not in delivery.answer
    assert KnownRelay.paused("mail")


def test_a_password_never_leaves_the_machine_unencrypted(
    settings: Settings, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_LOOPBACK", set())
    with Relay(login=("me", "right")) as relay:
        settings.EMAIL_URL = relay.url.replace("://", "://me:right@")
        delivery = sent(queue())
    assert "offers no encryption, so the password was not sent" in delivery.answer


def test_a_certificate_that_nobody_vouches_for_is_refused(
    settings: Settings, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_LOOPBACK", set())
    with Relay(tls="first") as relay:
        settings.EMAIL_URL = relay.url
        delivery = sent(queue())
        assert relay.taken == []
    assert "CERTIFICATE_VERIFY_FAILED" in delivery.answer


def test_letters_beyond_ascii_in_an_address_need_a_relay_that_knows_them(relay: Relay, queue: Queue) -> None:
    delivery = sent(queue(to="søren@bakery.example"))
    assert (delivery.state, delivery.answer) == ("failed", "The relay can't write to addresses with such letters.")
    relay.knows_all_letters = True
    assert sent(queue("again", to="søren@bakery.example", reply_to="åse@hart.example")).state == "sent"
    (mail,) = relay.taken
    assert mail["To"] == "søren@bakery.example"


@pytest.mark.parametrize("to", ["sø ren@bakery.example", "søren", "søren@b\u00a0.example", "ø@", "ø,x@bakery.example"])
def test_what_only_looks_like_an_address_is_not_written(relay: Relay, queue: Queue, to: str) -> None:
    relay.knows_all_letters = True
    assert sent(queue(to=to)).state == "failed"
    assert relay.tried == 0
