"""Whether a firm as such may act on books: while the partnership does, with the scopes and on the books it names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.endings.organisations import close_organisation
from tallystick.endings.partnerships import end_partnership
from tallystick.partnerships.models import Partnership
from tallystick.partnerships.reaching import firm_may
from tests.conftest import Clock
from tests.support.cast import Cast

TAKEN: dict[str, Callable[[Cast], object]] = {
    "paused by the business": lambda cast: cast.partnership.suspend(by=cast.as_bob),
    "paused by the firm": lambda cast: cast.partnership.suspend(by=cast.as_alice),
    "narrowed to looking": lambda cast: cast.partnership.change_terms(scopes=["see"], by=cast.as_bob),
    "narrowed to other books": lambda cast: cast.partnership.change_terms(
        scopes=SCOPES, organisations=[cast.cafe], by=cast.as_bob
    ),
    "ended": lambda cast: end_partnership(cast.partnership, by=cast.as_bob),
    "closed books": lambda cast: close_organisation(cast.shop, by=cast.as_bob),
}


@pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
def test_what_takes_access_from_a_firm_takes_it_as_such(cast: Cast, take: Callable[[Cast], object]) -> None:
    cast.also("partnership", "shop", "cafe", "other_firm", "as_alice", "as_bob")
    assert firm_may(cast.firm.pk, cast.shop.pk, "ask")
    assert not firm_may(cast.other_firm.pk, cast.shop.pk, "ask")
    take(cast)
    assert not firm_may(cast.firm.pk, cast.shop.pk, "ask")


def test_a_pause_of_both_ends_with_the_second(cast: Cast) -> None:
    for by in (cast.as_alice, cast.as_bob):
        cast.partnership.suspend(by=by)
    cast.partnership.resume(by=cast.as_alice)
    assert not firm_may(cast.firm.pk, cast.shop.pk, "see")
    cast.partnership.resume(by=cast.as_bob)
    assert firm_may(cast.firm.pk, cast.shop.pk, "see")


def test_on_chosen_books_and_until_a_day(cast: Cast, clock: Clock) -> None:
    Partnership.begin(
        cast.firm,
        cast.business,
        scopes=["see"],
        organisations=[cast.shop],
        until=now() + timedelta(hours=1),
        by=HOUSE,
    )
    asked = [(books, scope) for books in ("shop", "cafe") for scope in ("see", "ask")]
    assert [firm_may(cast.firm.pk, getattr(cast, books).pk, scope) for books, scope in asked] == [True, *[False] * 3]
    clock.shift(hours=2)
    assert not firm_may(cast.firm.pk, cast.shop.pk, "see")
