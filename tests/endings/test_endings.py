"""Ending a seat, a partnership, a set of books: all that hung on it goes along, once, and for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.accounts.models import Session
from tallystick.audit.models import Fact
from tallystick.core.access import SCOPES, may
from tallystick.core.actor import HOUSE
from tallystick.core.clock import Now, now
from tallystick.endings.handlers import look_for_orphans, write_down
from tallystick.endings.lapsing import write_down_what_lapsed
from tallystick.endings.members import end_member
from tallystick.endings.organisations import close_organisation
from tallystick.endings.orphans import orphans
from tallystick.endings.partnerships import end_partnership
from tallystick.jobs import GiveUp
from tallystick.organisations.models import Member, MemberSuspension, Organisation
from tallystick.partnerships.models import Exclusion, Grant, Partnership, PartnershipSuspension, Team, TeamMember
from tests.conftest import Clock
from tests.support.cast import Cast, person
from tests.support.ledger import no_fact, one_fact, refused

HOUR = timedelta(hours=1)


# A seat


def test_a_seat_ends_with_all_that_hung_on_it(cast: Cast) -> None:
    seat, alice = cast.stella_seat, cast.as_alice
    team = Team.open(cast.firm, "Retail", by=alice)
    place = team.add(seat, by=alice)
    exclusion = cast.partnership.exclude(seat, cast.cafe, by=cast.as_bob)
    session = signed_in(seat)
    grant = cast.stella_grant
    last = Fact.objects.latest("pk").pk
    end_member(seat, by=alice, reason="Moved on")
    ended, signed_out = Fact.objects.filter(pk__gt=last).order_by("pk")
    assert (ended.kind, ended.reason) == ("member.ended", "Moved on")
    assert ended.data == {
        "role": "staff", "grants": [str(grant.pk)], "places": [str(place.pk)], "exclusions": [str(exclusion.pk)],
    }  # fmt: skip
    assert signed_out.kind == "session.ended"
    assert orphans() == []
    assert not may(seat.pk, cast.shop.pk, "see")
    session.refresh_from_db()
    assert session.ended_at is not None
    with no_fact():
        end_member(seat, by=alice)


def signed_in(seat: Member) -> Session:
    session = Session(person=seat.person, key_digest=str(seat.pk), data=b"x", idle=HOUR)
    session.until = Now() + HOUR
    session.save()
    session.refresh_from_db()
    return session


def test_a_person_leaves_by_themselves(cast: Cast) -> None:
    seat, by = cast.emma_seat, cast.as_emma
    with one_fact("member.ended", cast.business, seat.person):
        end_member(seat, by=by)


@pytest.mark.parametrize("who", ["as_stella", "as_bob", "as_other_firm"])
def test_nobody_else_ends_a_seat_and_a_no_ends_nothing(cast: Cast, who: str) -> None:
    by, seat = getattr(cast, who), cast.adam_seat
    Grant.give(cast.partnership, seat, scopes=["see"], by=cast.as_alice)
    with refused("not_allowed"):
        end_member(seat, by=by)
    assert Grant.objects.live().filter(member=seat).exists()


def test_an_outsider_learns_nothing_of_a_seat_that_ended(cast: Cast) -> None:
    seat, by = cast.stella_seat, cast.as_other_firm
    end_member(seat, by=cast.as_alice)
    with refused("not_allowed"):
        end_member(seat, by=by)


def test_the_last_owner_stays(cast: Cast) -> None:
    seat, by = cast.bob_seat, cast.as_bob
    with refused("last_owner", status=409):
        end_member(seat, by=by)


# A partnership


@pytest.mark.parametrize(("who", "seat"), [("as_adam", "adam_seat"), ("as_bella", "bella_seat")])
def test_either_side_ends_a_partnership_with_all_that_hung_on_it(cast: Cast, who: str, seat: str) -> None:
    partnership, by, grant = cast.partnership, getattr(cast, who), cast.stella_grant
    partnership.change_terms(scopes=SCOPES, organisations=[cast.shop], by=cast.as_bob)
    partnership.suspend(by=cast.as_bob)
    partnership.restrict(by=cast.as_alice)
    partnership.exclude(cast.stella_seat, by=cast.as_bob)
    with one_fact("partnership.ended", cast.firm, cast.business, getattr(cast, seat).person) as facts:
        end_partnership(partnership, by=by, reason="Thank you")
    assert facts[0].data == {"grants": [str(grant.pk)], "invitations": [], "links": []}
    assert facts[0].reason == "Thank you"
    assert orphans() == []
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")
    with no_fact():
        end_partnership(partnership, by=by)


@pytest.mark.parametrize("who", ["as_stella", "as_emma", "as_connie", "as_other_firm", "as_other_business"])
def test_nobody_else_ends_it_and_a_no_ends_nothing(cast: Cast, who: str) -> None:
    partnership, by = cast.partnership, getattr(cast, who)
    cast.also("stella_grant")
    with refused("not_allowed"):
        end_partnership(partnership, by=by)
    assert may(cast.stella_seat.pk, cast.shop.pk, "see")


# A set of books


def test_books_close_with_all_that_hung_on_them(cast: Cast) -> None:
    partnership, by, shop = cast.partnership, cast.as_bob, cast.shop
    cast.also("emma_seat")
    partnership.change_terms(scopes=SCOPES, organisations=[shop, cast.cafe], by=by)
    partnership.exclude(cast.alice_seat, shop, by=by)
    with one_fact("organisation.closed", cast.business, cast.bob, without=["Shop"]) as facts:
        close_organisation(shop, by=by, reason="Sold")
    assert (facts[0].organisation_id, facts[0].reason) == (shop.pk, "Sold")
    assert orphans() == []
    for seat in (cast.bob_seat, cast.emma_seat, cast.alice_seat):
        assert not may(seat.pk, shop.pk, "see")
    assert may(cast.alice_seat.pk, cast.cafe.pk, "see")
    with no_fact():
        close_organisation(shop, by=by)


def test_a_business_keeps_one_set_of_books(cast: Cast) -> None:
    close_organisation(cast.shop, by=cast.as_bob)
    cafe, by = cast.cafe, cast.as_bob
    with refused("last_organisation", status=409):
        close_organisation(cafe, by=by)


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_alice", "as_other_business"])
def test_nobody_else_closes_books(cast: Cast, who: str) -> None:
    shop, by = cast.shop, getattr(cast, who)
    with refused("not_allowed"):
        close_organisation(shop, by=by)


def test_a_name_of_closed_books_is_free_again(cast: Cast) -> None:
    close_organisation(cast.shop, by=cast.as_bob)
    assert cast.business.open_organisation("Shop", by=cast.as_bob).pk != cast.shop.pk


# What ends by itself


def test_every_end_that_came_by_itself_gets_its_fact_once(cast: Cast, clock: Clock) -> None:
    soon, alice, bob = now() + HOUR, cast.as_alice, cast.as_bob
    cast.partnership.suspend(by=bob, until=soon)
    cast.adam_seat.suspend(by=alice, until=soon)
    Grant.give(cast.partnership, cast.stella_seat, scopes=["see"], by=alice, until=soon)
    cast.partnership.exclude(cast.alice_seat, by=bob)
    Team.open(cast.firm, "Retail", by=alice).add(cast.alice_seat, by=alice)
    for rows in (Exclusion, TeamMember):
        rows.objects.update(until=soon)
    Partnership.begin(cast.other_firm, cast.business, scopes=SCOPES, by=HOUSE, until=soon)
    Member.join(cast.firm, person("Temp"), "staff", by=HOUSE, until=soon)
    assert write_down_what_lapsed() == 0
    clock.shift(hours=2)
    last = Fact.objects.latest("pk").pk
    assert write_down_what_lapsed() == 7
    written = Fact.objects.filter(pk__gt=last)
    assert sorted(fact.kind for fact in written) == [
        "exclusion.ended", "grant.ended", "member.ended", "member.resumed", "partnership.ended", "partnership.resumed",
        "team.left",
    ]  # fmt: skip
    assert {fact.side for fact in written} == {"house"}
    assert write_down_what_lapsed() == 0
    assert orphans() == []


def test_what_was_written_down_stays_ended_when_the_clock_is_set_back(cast: Cast, clock: Clock) -> None:
    Grant.give(cast.partnership, cast.stella_seat, scopes=["see"], by=cast.as_alice, until=now() + HOUR)
    clock.shift(hours=2)
    write_down_what_lapsed()
    clock.shift(hours=-2)
    assert not may(cast.stella_seat.pk, cast.shop.pk, "see")


def test_an_owner_there_for_a_time_lapses_even_as_the_last(cast: Cast, clock: Clock) -> None:
    Member.objects.filter(pk=cast.bob_seat.pk).update(until=now() + HOUR)
    clock.shift(hours=2)
    assert write_down_what_lapsed() == 1
    assert not cast.business.is_claimed


def test_one_that_can_not_be_written_down_does_not_hold_up_the_others(cast: Cast, clock: Clock) -> None:
    soon = now() + HOUR
    cast.adam_seat.suspend(by=cast.as_alice, until=soon)
    cast.partnership.suspend(by=cast.as_bob, until=soon)
    Member.objects.filter(pk=cast.adam_seat.pk).update(closed_at=soon)  # an orphan, as no verb leaves one
    clock.shift(hours=2)
    write_down_what_lapsed()
    assert not PartnershipSuspension.objects.unclosed().exists()
    assert MemberSuspension.objects.unclosed().exists()


# Orphans


def test_whatever_outlives_that_on_which_it_hung_is_found(cast: Cast) -> None:
    cast.also("stella_grant", "emma_seat")
    write_down()
    look_for_orphans()
    Organisation.objects.filter(pk=cast.shop.pk).close()
    Member.objects.filter(pk=cast.stella_seat.pk).close()
    assert {table for table, _row in orphans()} == {
        "organisations_memberorganisation", "organisations_memberrole", "partnerships_grant",
    }  # fmt: skip
    with pytest.raises(GiveUp, match="3 open rows hang on ended ones"):
        look_for_orphans()
