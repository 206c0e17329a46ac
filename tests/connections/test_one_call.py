"""One call to the app per expired credential, whatever the number of callers and processes. Real processes, real sandbox."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tallystick.connections.models import Connection, Credential
from tests.support.cast import Cast
from tests.support.nursery import Nursery, nursery
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES = 8
Rounds = Callable[[int, int], int]


@pytest.fixture
def children(outside: Outside) -> Iterator[Nursery]:
    with nursery() as made:
        yield made


def ask(children: Nursery, connection: Connection, callers: int) -> tuple[Counter[str], float]:
    """So many callers, spread over eight processes, all at once."""
    begun = [
        children.begin(connection.credential_id, callers // PROCESSES + (place < callers % PROCESSES))
        for place in range(PROCESSES)
    ]
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for child in begun:
        result = child.result()
        assert result is not None
        outcomes.update(result["outcomes"])
        slowest = max(slowest, result["slowest"])
    return outcomes, slowest


@pytest.mark.parametrize("slow", [0, 15, 40])
def test_a_hundred_callers_in_eight_processes_make_one_call(
    outside: Outside, cast: Cast, children: Nursery, slow: int, rounds: Rounds
) -> None:
    bank = outside.connected(cast.shop, "bank")  # rotation is strict: an old token used again ends the consent
    outside.switch("bank", token={"slow_after": rounds(slow * 100 // 8, slow * 1000) / 1000})
    expire(bank)
    outcomes, _ = ask(children, bank, 100)
    assert sum(outcomes.values()) == 100
    assert len(outcomes) == 1, outcomes
    assert not next(iter(outcomes)).startswith(("Ended", "Unavailable"))
    log = outside.log("bank")
    assert log["counters"]["token_requests"] == 1
    assert log["most_at_once"][f"refresh of {outside.consent_of(bank)}"] == 1
    assert log["counters"].get("reuse_detected", 0) == 0
    assert Credential.objects.get(pk=bank.credential_id).generation == 2


def test_five_minute_tokens_read_200_times_are_renewed_at_most_twice(
    outside: Outside, cast: Cast, children: Nursery
) -> None:
    outside.switch("bank", tokens={"access_life": 300})
    bank = outside.connected(cast.shop, "bank")
    expire(bank)
    outcomes, _ = ask(children, bank, 200)
    assert sum(outcomes.values()) == 200
    assert len(outcomes) == 1
    assert outside.counted("bank", "token_requests") <= 2


def test_expired_and_the_app_back_after_five_seconds_all_are_served_within_six(
    outside: Outside, cast: Cast, children: Nursery, rounds: Rounds
) -> None:
    away = rounds(1500, 5000) / 1000
    bank = outside.connected(cast.shop, "bank")
    expire(bank)
    outside.switch("bank", token={"fault": "503"})
    began = time.monotonic()
    begun = [children.begin(bank.credential_id, 5) for _ in range(PROCESSES)]
    time.sleep(max(0.0, began + away - time.monotonic()))
    outside.switch("bank", token={"fault": "none"})
    for child in begun:
        result = child.result()
        assert result is not None
        assert len(result["outcomes"]) == 1
        assert not any(outcome.startswith("Unavailable") for outcome in result["outcomes"])
        assert result["slowest"] < away + 1.0
    assert outside.log("bank")["most_at_once"][f"refresh of {outside.consent_of(bank)}"] == 1
