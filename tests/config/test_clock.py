"""The clock of the tests: the one clock moves, and nothing remains of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tallystick.core.clock import now

if TYPE_CHECKING:
    from tests.conftest import Clock


def ahead() -> timedelta:
    return now() - datetime.now(UTC)


def test_the_clock_moves_by_what_the_test_says(clock: "Clock") -> None:
    clock.shift(days=3)
    clock.shift(hours=1)
    assert timedelta(days=3, minutes=59) < ahead() < timedelta(days=3, minutes=61)


@pytest.mark.django_db
def test_another_test_has_its_own_time() -> None:
    assert abs(ahead()) < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("go", range(2))
def test_committed_time_is_put_back(go: int, clock: "Clock") -> None:
    assert abs(ahead()) < timedelta(minutes=1)
    clock.shift(days=-400)
    assert ahead() < timedelta(days=-399)


def test_rounds_are_short_unless_proving(rounds: Callable[[int, int], int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert rounds(5, 1000) in {5, 1000}
