"""Rows that hold for a period of time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import now
from tallystick.organisations.models import MemberOrganisation, MemberSuspension
from tests.conftest import Clock
from tests.support.cast import Cast

HOUR = timedelta(hours=1)


@pytest.fixture
def suspension(cast: Cast) -> MemberSuspension:
    moment = now()
    return MemberSuspension.objects.create(member=cast.stella_seat, since=moment - HOUR, until=moment + HOUR)


def test_a_row_holds_from_its_beginning_up_to_its_end(suspension: MemberSuspension) -> None:
    rows, end = MemberSuspension.objects.all(), suspension.until
    assert end is not None
    assert rows.live().get() == suspension
    assert rows.live(at=suspension.since).exists()
    assert not rows.live(at=end).exists()
    assert not rows.live(at=suspension.since - HOUR).exists()


def test_a_closed_row_never_holds_now_though_it_did_then(suspension: MemberSuspension, clock: Clock) -> None:
    assert MemberSuspension.objects.close() == 1
    assert MemberSuspension.objects.close() == 0
    clock.shift(minutes=-30)
    assert not MemberSuspension.objects.live().exists()
    assert not MemberSuspension.objects.forbidding().exists()
    assert MemberSuspension.objects.live(at=now()).exists()


def test_a_row_that_lapsed_is_closed_at_its_end_not_later(suspension: MemberSuspension, clock: Clock) -> None:
    clock.shift(hours=3)
    assert MemberSuspension.objects.lapsed().get() == suspension
    MemberSuspension.objects.close()
    suspension.refresh_from_db()
    assert suspension.closed_at == suspension.until


def test_a_row_still_to_begin_is_closed_at_its_beginning(cast: Cast) -> None:
    place = MemberOrganisation.objects.create(
        member=cast.emma_seat, business=cast.business, organisation=cast.cafe, since=now() + HOUR
    )
    MemberOrganisation.objects.filter(pk=place.pk).close()
    place.refresh_from_db()
    assert place.closed_at == place.since


def test_a_clock_set_back_lifts_no_suspension(suspension: MemberSuspension, clock: Clock) -> None:
    clock.shift(hours=-5)
    assert not MemberSuspension.objects.live().exists()
    assert MemberSuspension.objects.forbidding().exists()


def test_an_actor_speaks_for_one_side_only() -> None:
    assert HOUSE.firm_id is None
    assert HOUSE.business_id is None
    alice = Actor("firm", tenant_id=None)
    assert alice.firm_id is None
