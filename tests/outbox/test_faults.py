"""A real worker, killed at any moment, and a real relay that does all a relay can do: no message is lost, and a double
has the same Message-ID."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from pytest_django import Settings

from tallystick.jobs import later
from tallystick.jobs.models import Failure
from tallystick.outbox import Delivery
from tests.jobs import work
from tests.support.relay import Relay, free_port
from tests.support.worker import WorkerProcess, wait_until, working

pytestmark = pytest.mark.django_db(transaction=True)
Queue = Callable[..., Delivery]

HURRIED = {
    "tallystick.outbox.smtp.READ": 0.3,
    "tallystick.outbox.smtp.DEADLINE": 1.0,
    "tallystick.outbox.models.LEASE_SECONDS": 1.5,
    "tallystick.outbox.models.FIRST_PAUSE": 0.2,
    "tallystick.outbox.models.LONGEST_PAUSE": 0.5,
    "tallystick.outbox.sending.FIRST_WAIT": 0.2,
    "tallystick.outbox.sending.LONGEST_WAIT": 1.0,
}
PATIENT = {
    "tallystick.outbox.smtp.READ": 20,
    "tallystick.outbox.smtp.DEADLINE": 30,
    "tallystick.outbox.models.LEASE_SECONDS": 40,
}
"""For the last of it, when the relay takes everything: on a busy machine its answer may be slow."""

BAD_MOODS = ["refuse_later", "reject_later", "hang", "die", "drop_answer", "drop_answer"]


def waiting(name: str) -> bool:
    """Is such a job waiting or being done?"""
    with connection.cursor() as cursor:
        cursor.execute("select 1 from procrastinate_jobs where task_name = %s and status in ('todo', 'doing')", [name])
        return cursor.fetchone() is not None


def unsent() -> int:
    """How many are not sent; lays the sweep, which the clock lays each minute."""
    if not waiting("outbox.sweep"):
        later("outbox.sweep")
    time.sleep(0.2)
    return Delivery.objects.exclude(state="sent").count()


def test_killed_at_any_moment_beside_a_moody_relay_nothing_is_lost(
    relay: Relay, queue: Queue, rounds: Callable[[int, int], int]
) -> None:
    dice = random.Random()
    relay.mood = lambda: dice.choice(BAD_MOODS) if dice.random() < 0.2 else "take"
    kills, queued = rounds(2, 100), 0
    for _ in range(kills):
        for _ in range(rounds(30, 100)):
            queue(f"m{queued}", secret=dice.random() < 0.3)
            queued += 1
        tried, worker = relay.tried, WorkerProcess(values=HURRIED)
        wait_until(lambda tried=tried: unsent() == 0 or relay.tried > tried)  # type: ignore[misc]
        time.sleep(dice.uniform(0, 0.7))
        worker.kill()
    relay.mood = "take"
    with working(values=HURRIED | PATIENT):
        wait_until(lambda: unsent() == 0, seconds=rounds(60, 3600))
    ours = set(Delivery.objects.values_list("message_id", flat=True))
    assert len(ours) == queued
    assert set(relay.message_ids) == ours
    assert not Delivery.objects.filter(secret=True, sealed__isnull=False).exists()


def test_with_a_relay_that_takes_everything_and_no_kill_there_is_no_double(
    relay: Relay, queue: Queue, rounds: Callable[[int, int], int]
) -> None:
    for number in range(rounds(40, 10_000)):
        queue(f"m{number}")
    with working(), working():
        wait_until(lambda: unsent() == 0, seconds=rounds(60, 3600))
    assert max(Counter(relay.message_ids).values()) == 1


def test_a_relay_that_is_away_gets_everything_when_it_is_back(
    settings: Settings, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    for number in range(20):
        queue(f"m{number}")
    with working(values=HURRIED):
        wait_until(lambda: unsent() == 20 and Delivery.objects.filter(state="deferred").exists())
        with Relay(port) as relay:
            wait_until(lambda: unsent() == 0)
    assert len(relay.message_ids) == len(set(relay.message_ids)) == 20


def test_a_hanging_relay_holds_up_no_other_work(relay: Relay, queue: Queue) -> None:
    relay.mood = "hang"
    for number in range(30):
        queue(f"m{number}")
    patient = HURRIED | {"tallystick.outbox.smtp.READ": 5, "tallystick.outbox.smtp.DEADLINE": 5}
    with working(work.__name__, values=patient) as worker:
        wait_until(lambda: relay.tried >= 8)
        began = time.monotonic()
        later("test.give_up")
        wait_until(Failure.objects.exists)
        assert time.monotonic() - began < 1.5
        worker.kill()
