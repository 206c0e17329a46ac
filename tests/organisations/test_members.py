"""Seats: taking one, its role, holding it up, leaving."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import now
from tallystick.organisations.models import Firm, Member, MemberRole, MemberSuspension
from tallystick.organisations.roles import BUSINESS_ROLES, FIRM_ROLES
from tests.conftest import Clock
from tests.support.cast import OPERATOR, Cast, acting, person
from tests.support.ledger import no_fact, one_fact, refused

HOUR = timedelta(hours=1)


# Taking a seat


@pytest.mark.parametrize("role", FIRM_ROLES)
def test_a_person_joins_a_firm_in_a_role(cast: Cast, role: str) -> None:
    firm, sam = cast.firm, person("Sam")
    with one_fact("member.joined", firm, sam, without=["Sam"]) as facts:
        seat = Member.join(firm, sam, role, by=HOUSE)
    assert seat.current_role() == role
    assert facts[0].data == {"role": role}
    assert facts[0].private()["person"] == "Sam"


@pytest.mark.parametrize("role", BUSINESS_ROLES)
def test_a_person_joins_a_business_in_a_role(cast: Cast, role: str) -> None:
    business, sam = cast.business, person("Sam")
    with one_fact("member.joined", business, sam):
        assert Member.join(business, sam, role, by=HOUSE).tenant == business


@pytest.mark.parametrize(("side", "role"), [("firm", "contact"), ("business", "staff"), ("firm", "king"), ("firm", "")])
def test_a_role_that_the_tenant_does_not_have_is_refused(cast: Cast, side: str, role: str) -> None:
    tenant = cast.firm if side == "firm" else cast.business
    sam = person("Sam")
    with refused("role_unknown", "role", 422):
        Member.join(tenant, sam, role, by=HOUSE)


def test_who_sits_already_is_refused_and_stays_as_they_are(cast: Cast) -> None:
    seat = cast.stella_seat
    with refused("already_member", status=409):
        Member.join(cast.firm, seat.person, "owner", by=HOUSE)
    assert seat.current_role() == "staff"


def test_a_seat_that_lapsed_can_be_taken_again_and_leaves_nothing_open(cast: Cast, clock: Clock) -> None:
    first = Member.join(cast.business, person("Sam"), "member", by=HOUSE, organisations=[cast.shop], until=now() + HOUR)
    first.suspend(by=cast.as_bob)
    clock.shift(hours=2)
    second = Member.join(cast.business, first.person, "contact", by=HOUSE)
    first.refresh_from_db()
    assert first.closed_at == first.until
    assert second.current_role() == "contact"
    assert not first.places.unclosed().exists()
    assert not MemberRole.objects.filter(member=first).unclosed().exists()
    assert not MemberSuspension.objects.filter(member=first).unclosed().exists()


def test_nobody_is_placed_at_the_books_of_another_business(cast: Cast) -> None:
    business, bakery, sam = cast.business, cast.bakery, person("Sam")
    with refused("organisation_unknown", "organisations", 422):
        Member.join(business, sam, "member", by=HOUSE, organisations=[bakery])
    assert not Member.objects.filter(person=sam).exists()


def test_nobody_of_a_firm_is_placed_at_books(cast: Cast) -> None:
    firm, shop, sam = cast.firm, cast.shop, person("Sam")
    with refused("not_allowed"):
        Member.join(firm, sam, "staff", by=HOUSE, organisations=[shop])


# Roles


def test_an_owner_makes_an_owner(cast: Cast) -> None:
    seat, by = cast.adam_seat, cast.as_alice
    with one_fact("member.role_changed", cast.firm, seat.person, cast.alice) as facts:
        seat.change_role("owner", by=by)
    assert seat.current_role() == "owner"
    assert facts[0].data == {"before": "admin", "after": "owner"}


def test_the_same_role_again_changes_nothing(cast: Cast) -> None:
    seat, by = cast.adam_seat, cast.as_alice
    with no_fact():
        seat.change_role("admin", by=by)


def test_the_roles_a_seat_had_stay_on_record(cast: Cast) -> None:
    cast.stella_seat.change_role("admin", by=cast.as_alice)
    assert sorted(MemberRole.objects.filter(member=cast.stella_seat).values_list("role", flat=True)) == [
        "admin",
        "staff",
    ]


def test_an_admin_gives_no_role_above_their_own(cast: Cast) -> None:
    seat, by = cast.stella_seat, cast.as_adam
    with refused("role_above_own", status=403):
        seat.change_role("owner", by=by)


@pytest.mark.parametrize("act", ["change_role", "suspend", "close_seat", "sign_out_everywhere", "resume"])
def test_an_admin_touches_no_role_above_their_own(cast: Cast, act: str) -> None:
    seat, by = cast.alice_seat, cast.as_adam
    arguments = {"role": "staff"} if act == "change_role" else {}
    with refused("role_above_own"):
        getattr(seat, act)(**arguments, by=by)


@pytest.mark.parametrize("act", ["change_role", "suspend", "close_seat", "sign_out_everywhere", "resume"])
@pytest.mark.parametrize("who", ["as_stella", "as_bob", "as_other_firm", "operator", "themselves"])
def test_only_those_who_manage_members_touch_a_seat(cast: Cast, act: str, who: str) -> None:
    seat = cast.adam_seat
    by = {"operator": OPERATOR, "themselves": cast.alice.actor}.get(who) or getattr(cast, who)
    arguments = {"role": "staff"} if act == "change_role" else {}
    with refused("not_allowed", status=403):
        getattr(seat, act)(**arguments, by=by)


def test_a_role_that_is_none_is_refused(cast: Cast) -> None:
    seat, by = cast.stella_seat, cast.as_alice
    with refused("role_unknown", "role", 422):
        seat.change_role("contact", by=by)


def test_the_last_owner_stays_one(cast: Cast) -> None:
    seat, by = cast.alice_seat, cast.as_alice
    with refused("last_owner", status=409):
        seat.change_role("admin", by=by)
    with refused("last_owner"):
        seat.suspend(by=by)
    with refused("last_owner"):
        seat.close_seat(by=by)
    assert seat.current_role() == "owner"


def test_an_owner_held_up_or_there_for_a_time_does_not_count_as_another(cast: Cast) -> None:
    alice = cast.alice_seat
    held_up = Member.join(cast.firm, person("Sam"), "owner", by=HOUSE)
    held_up.suspend(by=cast.as_alice)
    Member.join(cast.firm, person("Tom"), "owner", by=HOUSE, until=now() + HOUR)
    with refused("last_owner"):
        alice.close_seat(by=cast.as_alice)
    held_up.resume(by=cast.as_alice)
    assert alice.close_seat(by=cast.as_alice)


def test_what_the_session_remembers_of_a_role_gives_no_right(cast: Cast) -> None:
    adam, by = cast.adam_seat, cast.as_adam
    adam.change_role("staff", by=cast.as_alice)
    seat = cast.stella_seat
    with refused("not_allowed"):
        seat.suspend(by=by)


def test_a_seat_with_another_persons_name_on_it_gives_no_right(cast: Cast) -> None:
    seat, alice = cast.stella_seat, cast.as_alice
    forged = Actor("firm", cast.bob.pk, alice.member_id, alice.tenant_id, "owner")
    with refused("not_allowed"):
        seat.suspend(by=forged)


# Holding a seat up


def test_a_seat_is_held_up_and_given_back(cast: Cast) -> None:
    seat, by = cast.stella_seat, cast.as_adam
    with one_fact("member.suspended", cast.firm, seat.person, cast.adam_seat.person, without=["odd"]) as facts:
        seat.suspend(by=by, reason="odd things")
    assert facts[0].reason == "odd things"
    assert not Member.objects.at_work(seat.person).exists()
    with no_fact():
        seat.suspend(by=by)
    with one_fact("member.resumed", cast.firm, seat.person, cast.adam_seat.person):
        seat.resume(by=by)
    assert Member.objects.at_work(seat.person).exists()
    with no_fact():
        seat.resume(by=by)


def test_a_seat_held_up_until_a_time_comes_back_and_can_be_held_up_again(cast: Cast, clock: Clock) -> None:
    seat, by = cast.stella_seat, cast.as_alice
    seat.suspend(by=by, until=now() + HOUR)
    clock.shift(hours=2)
    assert Member.objects.at_work(seat.person).exists()
    with one_fact("member.suspended", cast.firm, seat.person, cast.alice):
        seat.suspend(by=by)
    assert not Member.objects.at_work(seat.person).exists()


def test_an_end_before_its_beginning_is_refused(cast: Cast) -> None:
    seat, by, past = cast.stella_seat, cast.as_alice, now() - HOUR
    with refused("end_before_start", "until", 422):
        seat.suspend(by=by, until=past)


def test_somebody_held_up_can_do_nothing(cast: Cast) -> None:
    cast.adam_seat.suspend(by=cast.as_alice)
    seat, by = cast.stella_seat, cast.as_adam
    with refused("not_allowed"):
        seat.suspend(by=by)


# The books of an employee


def test_an_employee_gets_other_books(cast: Cast) -> None:
    seat, by, cafe = cast.emma_seat, cast.as_bella, cast.cafe
    with one_fact("member.organisations_changed", cast.business, seat.person, cast.bella_seat.person) as facts:
        seat.choose_organisations([cafe], by=by)
    assert facts[0].data == {"organisations": [str(cafe.pk)]}
    assert [place.organisation for place in seat.places.live()] == [cafe]
    with no_fact():
        seat.choose_organisations([cafe], by=by)


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_other_business", "as_alice"])
def test_only_those_who_manage_members_choose_books(cast: Cast, who: str) -> None:
    seat, by, cafe = cast.emma_seat, getattr(cast, who), cast.cafe
    with refused("not_allowed"):
        seat.choose_organisations([cafe], by=by)


def test_books_of_another_business_and_closed_ones_are_refused_alike(cast: Cast) -> None:
    seat, by, cafe, bakery = cast.emma_seat, cast.as_bob, cast.cafe, cast.bakery
    type(cafe).objects.filter(pk=cafe.pk).close()
    for books in (cafe, bakery):
        with refused("organisation_unknown", "organisations", 422):
            seat.choose_organisations([cast.shop, books], by=by)
    assert seat.places.live().get().organisation == cast.shop


# Leaving


def test_a_person_leaves_by_themselves(cast: Cast) -> None:
    seat, by = cast.stella_seat, cast.as_stella
    with one_fact("member.ended", cast.firm, seat.person) as facts:
        assert seat.close_seat(by=by)
    assert facts[0].data == {"role": "staff"}
    assert not MemberRole.objects.filter(member=seat).unclosed().exists()
    with no_fact():
        assert not seat.close_seat(by=by)


@pytest.mark.parametrize("act", ["change_role", "suspend", "choose_organisations", "resume"])
def test_a_seat_that_ended_is_never_touched_again(cast: Cast, act: str) -> None:
    seat, by = cast.stella_seat, cast.as_alice
    seat.close_seat(by=by)
    arguments: dict[str, dict[str, object]] = {
        "change_role": {"role": "admin"},
        "choose_organisations": {"organisations": []},
    }
    with refused("member_ended", status=409):
        getattr(seat, act)(**arguments.get(act, {}), by=by)


def test_who_left_can_come_back_to_another_seat(cast: Cast) -> None:
    cast.stella_seat.close_seat(by=cast.as_alice)
    again = Member.join(cast.firm, cast.stella_seat.person, "staff", by=HOUSE)
    assert again != cast.stella_seat
    assert acting(again).role == "staff"


def test_who_manages_members_ends_the_sessions_of_one(cast: Cast) -> None:
    seat, by = cast.stella_seat, cast.as_adam
    with one_fact("member.signed_out", cast.firm, seat.person, cast.adam_seat.person) as facts:
        assert seat.sign_out_everywhere(by=by) == 0
    assert facts[0].data == {"sessions": 0}


# Seeing


def test_a_tenants_people_see_its_seats_and_nobody_elses(cast: Cast) -> None:
    seats = {cast.alice_seat, cast.stella_seat}
    cast.also("other_firm")
    assert set(Member.objects.visible_to(cast.as_stella)) == seats
    assert not Member.objects.visible_to(cast.alice.actor).exists()
    assert not Member.objects.visible_to(OPERATOR).exists()


def test_nothing_happens_in_a_firm_that_waits_for_approval(cast: Cast) -> None:
    sam = person("Sam")
    firm = Firm.open("Sam's", address="s@sam.example", owner=sam, by=sam.actor, sign_up="approve")
    seat, by = Member.join(firm, person("Tom"), "staff", by=HOUSE), acting(firm.members.get(person=sam))
    with refused("awaiting_approval", status=409):
        seat.suspend(by=by)
