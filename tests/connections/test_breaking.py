"""Leaving alone an app that fails whoever asks: one caller tries whether it is back, and its answer lets everybody in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync

from tallystick.audit.models import Fact
from tallystick.connections import breaking, renewing
from tallystick.connections.access import Unavailable
from tallystick.connections.models import Breaker, Connection
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db
BANK = "sandbox-bank"


@pytest.fixture
def bank(outside: Outside, cast: Cast) -> Connection:
    return outside.connected(cast.shop, "bank")


def left_alone(*, for_seconds: float) -> None:
    """So many credentials failed in a row that nobody asks the app until then."""
    for _credential in range(breaking.TOGETHER):
        breaking.note_failure(BANK, uuid4())
    Breaker.objects.update(open_until=now() + timedelta(seconds=for_seconds))


def test_one_credential_that_fails_again_and_again_says_nothing_of_its_app() -> None:
    broken = UUID(int=1)
    for _ in range(2 * breaking.TOGETHER):
        breaking.note_failure(BANK, broken)
    assert Breaker.objects.get().open_until is None


def test_several_that_fail_in_a_row_do() -> None:
    left_alone(for_seconds=30)
    assert not breaking.lets_through(BANK)


def test_after_its_time_one_caller_is_let_through_and_the_others_wait() -> None:
    left_alone(for_seconds=-1)
    assert [breaking.lets_through(BANK) for _caller in range(3)] == [True, False, False]


def test_an_app_that_nobody_complains_of_has_nobody_to_let_through() -> None:
    assert not breaking.lets_through(BANK)


def test_whoever_is_not_the_one_waits_without_asking(
    bank: Connection, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two saw that the time is over; between the look and the try, the other was quicker."""
    monkeypatch.setattr(renewing, "BLIP", 0.0)
    left_alone(for_seconds=-1)
    expire(bank)
    lets_through = breaking.lets_through
    monkeypatch.setattr(breaking, "lets_through", lambda app: [lets_through(app), lets_through(app)][1])
    with pytest.raises(Unavailable) as away:
        async_to_sync(renewing.fresh)(bank.credential_id)
    assert away.value.kind == "app_down"
    assert outside.counted("bank", "token_requests") == 0


def test_the_one_who_tries_is_served_and_the_app_is_asked_by_all_again(bank: Connection, outside: Outside) -> None:
    left_alone(for_seconds=-1)
    expire(bank)
    assert async_to_sync(renewing.fresh)(bank.credential_id).token
    breaker = Breaker.objects.get()
    assert (breaker.failures, breaker.open_until, breaker.failing_since) == (0, None, None)


def test_that_it_does_not_know_us_is_on_record_once_and_so_is_that_it_does_again(outside: Outside) -> None:
    for _ in range(2):
        breaking.note_refusal(BANK, "invalid_client")
    for _ in range(2):
        breaking.note_answer(BANK)
    kinds = ["app.refused_us", "app.knows_us"]
    assert list(Fact.objects.order_by("pk").values_list("kind", flat=True)) == kinds
    assert Breaker.objects.get().refused_since is None
