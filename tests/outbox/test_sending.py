"""Sending: what the relay does decides what becomes of a message, and of others."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from tallystick.core.clock import Now, now
from tallystick.outbox import Delivery, sending, smtp
from tallystick.outbox.models import Letter, Mark
from tallystick.outbox.models import Relay as KnownRelay
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.relay import Relay, free_port

pytestmark = pytest.mark.django_db
Queue = Callable[..., Delivery]


def sent(delivery: Delivery) -> Delivery:
    """Do what waits, and see what became of it."""
    run_jobs()
    delivery.refresh_from_db()
    return delivery


def again(delivery: Delivery) -> Delivery:
    """As if its time had come once more."""
    KnownRelay.objects.update(paused_until=None)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=Now())
    sending.sweep()
    return sent(delivery)


def test_a_mail_arrives_with_both_parts_and_its_headers(relay: Relay, queue: Queue) -> None:
    delivery = sent(queue(sender="Hart & Co", reply_to="alice@hart.example", language="nl", headers={"X-Ref": "K7"}))
    assert (delivery.state, delivery.answer, delivery.tries) == ("sent", "250 2.0.0 Taken", 1)
    (mail,) = relay.taken
    assert mail["From"] == "Hart & Co via Tallystick <no-reply@localhost>"
    assert (mail["To"], mail["Reply-To"]) == ("bob@bakery.example", "alice@hart.example")
    assert mail["Subject"] == "Hart & Co asks you something"
    assert (mail["Message-ID"], mail["Content-Language"], mail["X-Ref"]) == (delivery.message_id, "nl", "K7")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("name", ['Ha"rt, Söhne; <x>', "株式会社ハート" * 9, "a@b.example", "=?utf-8?q?x?=", "\\"])
def test_odd_names_travel_whole(relay: Relay, queue: Queue, name: str) -> None:
    sent(queue(sender=name, subject=name))
    (mail,) = relay.taken
    (address,) = mail["From"].addresses
    # Python's reader leaves the spaces between encoded words in; no reader of mail does.
    expected = name.replace("<", "").replace(">", "").replace("=?utf-8?q?x?=", "x")
    assert address.display_name.replace(" ", "") == f"{expected}viaTallystick".replace(" ", "")
    assert address.addr_spec == "no-reply@localhost"
    assert relay.message_ids


def test_what_is_sent_is_not_sent_again(relay: Relay, queue: Queue) -> None:
    delivery = sent(queue())
    sending.send(delivery.pk)
    sending.sweep()
    assert waiting_jobs() == []
    assert len(relay.taken) == 1


def test_a_secret_is_erased_when_sent_and_other_words_a_month_later(relay: Relay, queue: Queue) -> None:
    code, notice = sent(queue("code", secret=True)), sent(queue("notice"))
    assert code.contents is None
    assert notice.contents is not None
    Delivery.objects.update(created_at=now() - timedelta(days=31))
    from tallystick.jobs import later

    later("outbox.forget")
    assert sent(notice).contents is None


def test_an_address_refused_for_good_fails_and_is_marked(relay: Relay, queue: Queue) -> None:
    relay.mood = "refuse"
    delivery = queue()
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.contents) == ("failed", "refused", None)
    assert delivery.answer == "550 5.1.1 <…>: Recipient address rejected: User unknown"
    assert Mark.stands("mail", "BOB@bakery.example")
    assert ("delivery.failed", {"delivery_id": str(delivery.pk)}) in waiting_jobs()


def test_a_mark_is_lifted_when_the_address_works_again(relay: Relay, queue: Queue) -> None:
    Mark.put("mail", "bob@bakery.example", "550")
    sent(queue())
    assert not Mark.stands("mail", "bob@bakery.example")


def test_rejected_contents_fail_without_a_mark(relay: Relay, queue: Queue) -> None:
    relay.mood = "reject"
    delivery = queue()
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert not Mark.objects.exists()


@pytest.mark.parametrize("mood", ["refuse_later", "reject_later", "hang", "die", "drop_answer"])
def test_what_is_not_taken_now_is_tried_again_with_the_same_message_id(relay: Relay, queue: Queue, mood: str) -> None:
    relay.mood = mood
    delivery = sent(queue())
    assert (delivery.state, delivery.tries) == ("deferred", 1)
    assert timedelta(seconds=55) < delivery.next_try_at - now() < timedelta(seconds=95)
    assert KnownRelay.paused("mail") is None
    relay.mood = "take"
    assert again(delivery).state == "sent"
    assert set(relay.message_ids) == {delivery.message_id}


def test_waits_grow_to_hours_and_end_after_three_days(relay: Relay, queue: Queue) -> None:
    relay.mood = "refuse_later"
    delivery = sent(queue())
    Delivery.objects.update(tries=5)
    assert again(delivery).next_try_at - now() > timedelta(minutes=31)
    Delivery.objects.update(tries=50)
    assert again(delivery).next_try_at - now() > timedelta(hours=5)
    Delivery.objects.update(created_at=now() - timedelta(hours=70), next_try_at=Now())
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason) == ("failed", "gave_up")


@pytest.mark.parametrize("mood", ["hang_at_the_door", "close_the_door", "refuse_sender"])
def test_while_the_relay_keeps_us_out_nobody_else_tries(relay: Relay, queue: Queue, mood: str) -> None:
    relay.mood = mood
    one = sent(queue("one"))
    tried = relay.tried
    two = sent(queue("two"))
    assert (one.state, one.tries) == ("deferred", 0)
    assert (two.state, two.tries) == ("queued", 0)
    assert two.next_try_at == KnownRelay.paused("mail")
    assert relay.tried == tried
    relay.mood = "take"
    assert again(one).state == again(two).state == "sent"
    assert KnownRelay.objects.get().failures == 0


def test_a_relay_that_is_not_there_is_left_alone_for_longer_each_time(settings: Settings, queue: Queue) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    delivery = sent(queue())
    pauses = []
    for _ in range(6):
        paused = KnownRelay.paused("mail")
        assert paused is not None
        pauses.append(round((paused - now()).total_seconds()))
        again(delivery)
    assert pauses == [15, 30, 60, 120, 240, 300]
    assert "ConnectionRefusedError" in delivery.answer


def test_a_relay_away_for_three_days_ends_the_wait(settings: Settings, queue: Queue) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    delivery = queue()
    Delivery.objects.update(created_at=now() - timedelta(days=4))
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.reason == "gave_up"


def test_a_relay_that_dribbles_is_cut_off(relay: Relay, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DEADLINE", 0.2)
    monkeypatch.setattr(smtp, "READ", 20)
    relay.mood = "hang"
    began = time.monotonic()
    assert sent(queue()).state == "deferred"
    assert time.monotonic() - began < 5


def test_what_has_become_pointless_is_not_sent(relay: Relay, queue: Queue) -> None:
    delivery = sent(queue(secret=True, expires_at=now() - timedelta(seconds=1)))
    assert (delivery.state, delivery.reason, delivery.contents) == ("suppressed", "too_late", None)
    assert relay.tried == 0


def test_one_that_another_worker_has_in_hand_is_left_to_it(relay: Relay, queue: Queue) -> None:
    delivery = queue()
    assert Delivery.claim(delivery.pk) is not None
    assert Delivery.claim(delivery.pk) is None
    assert sent(delivery).state == "queued"
    sending.sweep()
    assert waiting_jobs() == []


def test_one_whose_worker_died_is_taken_up_when_the_lease_is_over(relay: Relay, queue: Queue) -> None:
    delivery = queue()
    taken = Delivery.claim(delivery.pk)
    assert taken is not None
    run_jobs()
    Delivery.objects.update(lease_until=now() - timedelta(seconds=1))
    sending.sweep()
    assert sent(delivery).state == "sent"
    assert not taken.settle("deferred")  # type: ignore[arg-type]


def test_one_that_lost_its_job_gets_another(relay: Relay, queue: Queue) -> None:
    delivery = queue()
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs")
    sending.sweep()
    sending.sweep()
    assert len(waiting_jobs()) == 1
    assert sent(delivery).state == "sent"


def test_contents_that_no_longer_open_fail_plainly(relay: Relay, queue: Queue, settings: Settings) -> None:
    delivery = queue()
    settings.SECRET_KEYS = ["another key, of thirty-two characters"]
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, "does not open" in delivery.answer) == ("failed", True)


@pytest.mark.parametrize("to", ["nobody", "bob@bakery.example\nBcc: eve@x.example", "boß@bakery.example", ""])
def test_an_address_that_cannot_be_written_fails(relay: Relay, queue: Queue, to: str) -> None:
    delivery = queue(to=to)
    sending.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    assert relay.taken == []


def test_our_own_mistake_is_logged_and_tried_again(
    relay: Relay, queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sending, "adapter_for", lambda channel: 1 / 0)
    delivery = sent(queue())
    assert (delivery.state, delivery.answer) == ("deferred", "ZeroDivisionError")
    assert "could not be sent" in caplog.text


def test_the_mailbox_keeps_what_would_be_sent_once(settings: Settings, queue: Queue) -> None:
    settings.EMAIL_URL = "mailbox:"
    delivery = sent(queue())
    Delivery.objects.update(state="queued", next_try_at=Now())
    sending.sweep()
    run_jobs()
    assert delivery.answer == "kept in the mailbox"
    assert Letter.objects.get().contents.to == "bob@bakery.example"


def test_texts_are_kept_in_the_mailbox(settings: Settings, queue: Queue) -> None:
    assert sent(queue(channel="text", to="+31612345678", html="")).state == "sent"
    assert Letter.objects.get().channel == "text"
