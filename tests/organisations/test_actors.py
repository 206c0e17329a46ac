"""Who acts: the tenant from the address, the person from the session, the seat from the rows."""

from __future__ import annotations

import pytest

from tallystick.core.actor import HOUSE
from tallystick.organisations.actors import actor_for, actor_operator, actor_themselves, seats_of
from tallystick.organisations.limits import limits_of_staff
from tallystick.organisations.models import Member, MemberRole
from tallystick.organisations.rights import demand, role_now
from tallystick.organisations.roles import ACTS, allows, roles_of
from tests.support.cast import Cast
from tests.support.ledger import refused


def test_somebody_with_a_seat_acts_as_it(cast: Cast) -> None:
    found = actor_for(cast.stella_seat.person, "firm", cast.firm.handle)
    assert found is not None
    actor, tenant = found
    assert tenant == cast.firm
    assert actor == cast.as_stella
    assert actor.firm_id == cast.firm.pk
    assert actor.business_id is None


def test_one_person_in_a_firm_and_a_business_acts_as_one_or_the_other(cast: Cast) -> None:
    cast.also("other_firm", "other_business")
    firm = actor_for(cast.charlie, "firm", cast.other_firm.handle)
    business = actor_for(cast.charlie, "business", cast.other_business.handle)
    assert firm is not None
    assert business is not None
    assert firm[0].member_id != business[0].member_id
    assert business[0].business_id == cast.other_business.pk


@pytest.mark.parametrize("why", ["stranger", "unknown", "wrong side", "ended", "held up", "no role"])
def test_nobody_else_does(cast: Cast, why: str) -> None:
    seat, handle, side = cast.stella_seat, cast.firm.handle, "firm"
    if why == "stranger":
        seat = cast.bob_seat
    elif why == "unknown":
        handle = "nobody-2345"
    elif why == "wrong side":
        side = "business"
    elif why == "ended":
        seat.close_seat(by=HOUSE)
    elif why == "held up":
        seat.suspend(by=HOUSE)
    else:
        MemberRole.objects.filter(member=seat).close()
    assert actor_for(seat.person, side, handle) is None


def test_a_person_switches_between_their_live_seats_firms_first(cast: Cast) -> None:
    Member.join(cast.business, cast.alice, "member", by=HOUSE)
    cast.also("firm")
    seats = seats_of(cast.alice)
    assert [(seat.kind, seat.name, seat.role, seat.url) for seat in seats] == [
        ("firm", "Alice & Co", "owner", cast.firm.url),
        ("business", "Bob's", "member", cast.business.url),
    ]
    cast.business.members.get(person=cast.alice).close_seat(by=HOUSE)
    assert [seat.kind for seat in seats_of(cast.alice)] == ["firm"]


def test_a_person_acts_for_themselves(cast: Cast) -> None:
    actor = actor_themselves(cast.alice)
    assert (actor.side, actor.person_id, actor.tenant_id) == ("person", cast.alice.pk, None)


def test_only_who_runs_the_site_acts_as_operator(cast: Cast) -> None:
    assert actor_operator(cast.olga).side == "operator"
    with pytest.raises(PermissionError):
        actor_operator(cast.alice)


def test_the_right_is_asked_of_the_rows(cast: Cast) -> None:
    assert role_now(cast.as_stella) == "staff"
    assert demand(HOUSE, "make_owners", tenant=cast.firm) == "owner"
    for act in ACTS["firm"]:
        if allows("firm", "staff", act):
            assert demand(cast.as_stella, act, tenant=cast.firm) == "staff"
        else:
            with refused("not_allowed"):
                demand(cast.as_stella, act, tenant=cast.firm)
    cast.stella_seat.suspend(by=HOUSE)
    assert role_now(cast.as_stella) == ""
    with refused("not_allowed"):
        demand(cast.as_stella, "see_tenant", tenant=cast.firm)


def test_every_act_is_somebodys_and_every_owner_may_do_all() -> None:
    for side, acts in ACTS.items():
        for act, roles in acts.items():
            assert "owner" in roles
            assert roles <= set(roles_of(side)), act
    with pytest.raises(KeyError):
        allows("firm", "owner", "fly")


def test_staff_stay_signed_in_longer_without_a_request(cast: Cast) -> None:
    limits = limits_of_staff(cast.stella_seat.person_id)
    assert limits is not None
    assert limits_of_staff(cast.bob_seat.person_id) is None
