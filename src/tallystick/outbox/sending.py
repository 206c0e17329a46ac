"""One try to send a delivery, and what is to be done with whatever comes of it."""

from __future__ import annotations

import logging
import random
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from tallystick.core.clock import Now, now
from tallystick.core.sealing import Unopenable
from tallystick.jobs import later, later_each
from tallystick.outbox.adapters import adapter_for
from tallystick.outbox.models import Delivery, Mark, Relay, State
from tallystick.outbox.parcels import NotNowError, Parcel, RejectedError, RelayAwayError

log = logging.getLogger(__name__)

PERSIST = timedelta(days=3)
"""For how long a message that isn't taken is tried again."""

FIRST_WAIT, LONGEST_WAIT = 60.0, 6 * 3600.0
"""Seconds between tries of one message, doubled after each."""

_SWEPT = 5000  # deliveries per sweep


def send(delivery_id: UUID | str) -> None:
    """Try once, outside any transaction. Safe to run twice: what is sent or in another worker's hands stays alone."""
    channel = Delivery.objects.unsent().filter(pk=delivery_id).values_list("channel", flat=True).first()
    if channel is None:
        return
    pause = Relay.paused(channel)
    if pause is not None:
        Delivery.objects.due().filter(pk=delivery_id).update(next_try_at=pause)
        return
    with transaction.atomic(durable=True):
        delivery = Delivery.claim(delivery_id)
    if delivery is not None:
        _try(delivery)


def _try(delivery: Delivery) -> None:
    if delivery.expires_at is not None and delivery.expires_at <= now():
        delivery.settle(State.SUPPRESSED, reason="too_late")
        return
    try:
        answer = _hand_over(delivery)
    except RelayAwayError as away:
        _wait_for_the_relay(delivery, str(away))
    except NotNowError as trouble:
        _try_later(delivery, str(trouble))
    except (RejectedError, Unopenable) as refusal:
        _fail(delivery, "refused", str(refusal))
    except Exception as error:
        log.exception("delivery %s could not be sent", delivery.pk)
        _try_later(delivery, type(error).__name__)
    else:
        delivery.settle(State.SENT, sent_at=Now(), answer=answer)


def _hand_over(delivery: Delivery) -> str:
    contents = delivery.contents
    assert contents is not None, "the database keeps the contents of what is unsent"
    parcel = Parcel(contents, delivery.channel, delivery.message_id, delivery.language, delivery.created_at)
    try:
        answer = adapter_for(delivery.channel).send(parcel)
    except RejectedError as refusal:
        if refusal.address:
            Mark.put(delivery.channel, contents.to, str(refusal))
        raise
    Relay.reached(delivery.channel)
    Mark.lift(delivery.channel, contents.to)
    return answer


def _wait_for_the_relay(delivery: Delivery, answer: str) -> None:
    """Nobody's message was at fault, so this was no try. Everybody waits for the relay."""
    Relay.pause(delivery.channel, answer)
    if now() - delivery.created_at > PERSIST:
        _fail(delivery, "gave_up", answer)
        return
    delivery.settle(
        State.DEFERRED, answer=answer, tries=delivery.tries - 1, next_try_at=Relay.paused(delivery.channel) or Now()
    )


def _try_later(delivery: Delivery, answer: str) -> None:
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(delivery.tries - 1, 16)) * random.uniform(1, 1.5)  # noqa: S311 - no secret
    if now() + timedelta(seconds=wait) - delivery.created_at > PERSIST:
        _fail(delivery, "gave_up", answer)
        return
    delivery.settle(State.DEFERRED, answer=answer, next_try_at=Now() + timedelta(seconds=wait))


def _fail(delivery: Delivery, reason: str, answer: str) -> None:
    """It will never be taken. Whoever asked for it hears so: the rooms above handle `delivery.failed`."""
    with transaction.atomic():
        if delivery.settle(State.FAILED, reason=reason, answer=answer):
            later("delivery.failed", delivery_id=delivery.pk)


def sweep() -> None:
    """Leave a job for every delivery that is due and has none: nothing waits for ever, whatever became of its job."""
    due: dict[int, dict[str, dict[str, object]]] = {}
    for delivery in Delivery.objects.due().order_by("next_try_at").defer("sealed")[:_SWEPT]:
        due.setdefault(delivery.priority, {})[delivery.job_key] = {"delivery_id": delivery.pk}
    for priority, jobs in due.items():
        later_each("outbox.send", jobs, priority=priority)
