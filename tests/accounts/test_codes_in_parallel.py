"""A hundred tries at once, each on a connection of its own: never a sixth, never two that win."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tallystick.accounts.models import Attempt
from tallystick.accounts.models.codes import TRIES
from tallystick.accounts.models.limits import Limit
from tallystick.core.refused import Refused
from tests.support.codes import asked, mailed

AT_ONCE = 100
CONNECTIONS = 25


def together(work: Callable[[int], str], count: int = AT_ONCE) -> Counter[str]:
    """What came of so many calls that start together on many connections."""
    start = Barrier(CONNECTIONS)

    def one(share: int) -> list[str]:
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            return [work(number) for number in range(share, count, CONNECTIONS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return Counter(outcome for outcomes in pool.map(one, range(CONNECTIONS)) for outcome in outcomes)


def outcome(attempt: Attempt, typed: str) -> str:
    try:
        Attempt.objects.get(pk=attempt.pk).prove(typed, purpose="sign_in")
    except Refused as no:
        return no.code
    return "proved"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_wrong_tries_never_allow_a_sixth(rounds: Callable[[int, int], int]) -> None:
    for _round in range(rounds(1, 50)):
        attempt = asked(source=str(_round), browser="")
        code = int(mailed(attempt).replace(" ", ""))
        outcomes = together(lambda n, a=attempt, c=code: outcome(a, f"{(c + 1 + n) % 10**8:08d}"))  # type: ignore[misc]
        attempt.refresh_from_db()
        assert attempt.tries == TRIES
        assert outcomes["proved"] == 0
        assert outcomes["code_wrong"] + outcomes["code_tries_used_up"] == AT_ONCE
        attempt.delete()
        connection.cursor().execute("truncate accounts_allowance")


@pytest.mark.django_db(transaction=True)
def test_a_hundred_right_tries_win_once() -> None:
    attempt = asked()
    code = mailed(attempt)
    outcomes = together(lambda _number: outcome(attempt, code))
    assert outcomes["proved"] == 1
    attempt.refresh_from_db()
    assert attempt.tries <= TRIES


@pytest.mark.django_db(transaction=True)
def test_a_limit_is_exact_under_a_hundred_at_once() -> None:
    from datetime import timedelta

    limit = Limit("test", times=7, every=timedelta(minutes=1))
    assert together(lambda _number: str(limit.take("one key")))["True"] == 7
