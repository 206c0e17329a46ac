"""Two who act at the same moment: one order or the other, never something between, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from tallystick.accounts.models import Session, User
from tallystick.core.access import SCOPES, may
from tallystick.core.actor import HOUSE
from tallystick.core.clock import Now
from tallystick.endings.members import end_member
from tallystick.endings.organisations import close_organisation
from tallystick.endings.orphans import orphans
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.models import Business, Firm, Member
from tallystick.partnerships.models import Grant, Partnership, Team
from tests.support.cast import OPERATOR, Cast, acting, person
from tests.support.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200)]
Rounds = Callable[[int, int], int]


def test_of_two_owners_who_leave_at_once_one_stays(cast: Cast, rounds: Rounds) -> None:
    zoe = person("Zoe")
    for number in range(rounds(5, 1_000)):
        firm = Firm.open(f"Firm {number}", address="a@alice.example", owner=cast.alice, by=OPERATOR)
        first, second = firm.members.get(), Member.join(firm, zoe, "owner", by=HOUSE)
        outcomes = at_once(
            partial(end_member, first, by=acting(first)),
            partial(end_member, second, by=acting(second)),
        )
        assert sorted(outcomes) == ["done", "last_owner"]
        assert Member.objects.of(firm).in_role("owner").count() == 1


def test_of_two_owners_who_make_each_other_less_one_stays(cast: Cast, rounds: Rounds) -> None:
    zoe = person("Zoe")
    for number in range(rounds(5, 1_000)):
        firm = Firm.open(f"Firm {number}", address="a@alice.example", owner=cast.alice, by=OPERATOR)
        first, second = firm.members.get(), Member.join(firm, zoe, "owner", by=HOUSE)
        a, z = acting(first), acting(second)
        outcomes = at_once(
            partial(second.change_role, "staff", by=a),
            partial(first.suspend, by=z),
        )
        assert "done" in outcomes
        assert Member.objects.of(firm).in_role("owner").unsuspended().count() == 1


def test_fifty_beginnings_make_one_partnership(cast: Cast, rounds: Rounds) -> None:
    firm, business = cast.firm, cast.business
    for _round in range(rounds(1, 100)):
        outcomes = at_once(*[partial(Partnership.begin, firm, business, scopes=SCOPES, by=HOUSE)] * 50)
        assert sorted(outcomes) == ["already_partners"] * 49 + ["done"]
        end_partnership(Partnership.objects.unclosed().get(), by=HOUSE)


def test_what_is_hung_on_something_that_ends_is_refused_or_ends_with_it(cast: Cast, rounds: Rounds) -> None:
    alice, bob, business, shop = cast.as_alice, cast.as_bob, cast.business, cast.shop
    team = Team.open(cast.firm, "Team", by=alice)
    sam = person("Sam")
    for number in range(rounds(6, 1_000)):
        partnership = Partnership.begin(cast.firm, business, scopes=SCOPES, by=HOUSE)
        seat = Member.join(cast.firm, sam, "staff", by=HOUSE)
        kiosk = business.open_organisation(f"Kiosk {number}", by=bob)
        at_once(
            *in_turn(
                number,
                partial(Grant.give, partnership, seat, scopes=["see"], by=alice),
                partial(
                    Grant.give,
                    partnership,
                    seat,
                    scopes=["see"],
                    organisations=[shop, kiosk],
                    by=alice,
                ),
                partial(team.add, seat, by=alice),
                partial(partnership.exclude, seat, by=bob),
                partial(partnership.change_terms, scopes=["see"], organisations=[kiosk, shop], by=bob),
                partial(partnership.suspend, by=alice),
                partial(end_member, seat, by=alice),
                partial(end_partnership, partnership, by=bob),
                partial(close_organisation, kiosk, by=bob),
            )
        )
        assert orphans() == []
        assert not may(seat.pk, shop.pk, "see")


def in_turn(number: int, *acts: Callable[[], object]) -> list[Callable[[], object]]:
    """The same acts, begun by another one each round."""
    turn = number % len(acts)
    return [*acts[turn:], *acts[:turn]]


def test_an_employee_placed_at_books_that_close_is_refused_or_loses_them(cast: Cast, rounds: Rounds) -> None:
    bob, business, emma, shop = cast.as_bob, cast.business, cast.emma_seat, cast.shop
    for number in range(rounds(4, 1_000)):
        kiosk = business.open_organisation(f"Kiosk {number}", by=bob)
        outcomes = at_once(
            partial(emma.choose_organisations, [shop, kiosk], by=bob),
            partial(close_organisation, kiosk, by=bob),
        )
        assert outcomes[0] in ("done", "organisation_unknown")
        assert outcomes[1] == "done"
        assert orphans() == []


def test_the_last_two_books_closed_at_once_leave_one(cast: Cast, rounds: Rounds) -> None:
    for number in range(rounds(3, 1_000)):
        business = Business.open(f"B {number}", organisations=["One", "Two"], owner=cast.bob, by=HOUSE)
        bob = acting(business.members.get())
        one, two = business.organisations.all()
        outcomes = at_once(partial(close_organisation, one, by=bob), partial(close_organisation, two, by=bob))
        assert sorted(outcomes) == ["done", "last_organisation"]


def test_one_who_signs_out_while_their_seat_ends_makes_nobody_wait_for_ever(cast: Cast, rounds: Rounds) -> None:
    sam, alice = person("Sam"), cast.as_alice
    for _round in range(rounds(6, 1_000)):
        seat = Member.join(cast.firm, sam, "staff", by=HOUSE)
        sessions = [session_of(sam, number) for number in range(2)]
        outcomes = at_once(
            partial(end_member, seat, by=alice),
            *[partial(session.end, by=sam.actor) for session in sessions],
        )
        assert outcomes == ["done"] * 3
        assert not Session.objects.filter(person=sam, ended_at=None).exists()


def session_of(someone: User, number: int) -> Session:
    row = Session(person=someone, key_digest=f"{number}-{uuid4()}", data=b"x", idle=timedelta(hours=1))
    row.until = Now() + timedelta(hours=1)
    row.save()
    row.refresh_from_db()
    return row
