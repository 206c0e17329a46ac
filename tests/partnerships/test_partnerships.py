"""Partnerships: beginning, terms, holding up, keeping to named staff, keeping somebody out, the firm's own name for a client."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.audit.models import Fact
from tallystick.core.access import SCOPES, may
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.models import Firm
from tallystick.partnerships.models import Coverage, Exclusion, Partnership, Terms
from tests.conftest import Clock
from tests.support.cast import OPERATOR, Cast, person
from tests.support.ledger import no_fact, one_fact, refused

HOUR = timedelta(hours=1)


# Beginning


def test_a_partnership_begins_on_everything(cast: Cast) -> None:
    firm, business = cast.firm, cast.business
    with one_fact("partnership.began", firm, business, without=["Alice", "Bob"]) as facts:
        partnership = Partnership.begin(firm, business, scopes=["data", "see", "see"], by=HOUSE)
    assert facts[0].data == {"scopes": ["see", "data"], "named_staff_only": False, "organisations": None}
    assert str(partnership) == "Alice & Co for Bob's"
    assert partnership.client_name == "Bob's"
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert not may(cast.alice_seat.pk, cast.shop.pk, "connect")
    cast.other_business.refresh_from_db()
    assert not may(cast.alice_seat.pk, cast.bakery.pk, "see")


def test_future_books_are_covered_when_everything_is_and_not_when_books_are_listed(cast: Cast) -> None:
    cast.also("partnership")
    kiosk = cast.business.open_organisation("Kiosk", by=cast.as_bob)
    assert may(cast.alice_seat.pk, kiosk.pk, "see")
    cast.partnership.change_terms(scopes=SCOPES, organisations=[cast.shop], by=cast.as_bob)
    stand = cast.business.open_organisation("Stand", by=cast.as_bob)
    assert not may(cast.alice_seat.pk, stand.pk, "see")
    assert not may(cast.alice_seat.pk, kiosk.pk, "see")
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")


def test_a_pair_has_one_at_most(cast: Cast) -> None:
    cast.also("partnership")
    with refused("already_partners", status=409):
        Partnership.begin(cast.firm, cast.business, scopes=SCOPES, by=HOUSE)


def test_one_that_lapsed_or_ended_can_begin_again_and_leaves_nothing_open(cast: Cast, clock: Clock) -> None:
    first = Partnership.begin(
        cast.firm, cast.business, scopes=["see"], organisations=[cast.shop], by=HOUSE, until=now() + HOUR
    )
    first.suspend(by=cast.as_bob)
    clock.shift(hours=2)
    second = Partnership.begin(cast.firm, cast.business, scopes=SCOPES, by=HOUSE)
    first.refresh_from_db()
    assert first.closed_at == first.until
    assert not Terms.objects.filter(partnership=first).unclosed().exists()
    assert not first.suspensions.unclosed().exists()
    end_partnership(second, by=cast.as_bob)
    third = Partnership.begin(cast.firm, cast.business, scopes=SCOPES, by=HOUSE)
    assert third.pk != second.pk
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")


@pytest.mark.parametrize("scopes", [[], ["fly"], ["see", "fly"]])
def test_scopes_that_are_none_are_refused(cast: Cast, scopes: list[str]) -> None:
    firm, business = cast.firm, cast.business
    with refused("scope_unknown", "scopes", 422):
        Partnership.begin(firm, business, scopes=scopes, by=HOUSE)


def test_an_end_before_the_beginning_is_refused(cast: Cast) -> None:
    firm, business, past = cast.firm, cast.business, now() - HOUR
    with refused("end_before_start", "until", 422):
        Partnership.begin(firm, business, scopes=SCOPES, by=HOUSE, until=past)


def test_books_that_are_not_the_businesss_are_refused_and_nothing_is_half_done(cast: Cast) -> None:
    firm, business, bakery = cast.firm, cast.business, cast.bakery
    with refused("organisation_unknown", "organisations", 422):
        Partnership.begin(firm, business, scopes=SCOPES, organisations=[cast.shop, bakery], by=HOUSE)
    with refused("organisation_missing", "organisations", 422):
        Partnership.begin(firm, business, scopes=SCOPES, organisations=[], by=HOUSE)
    assert not Partnership.objects.exists()


def test_a_firm_that_waits_for_approval_begins_nothing(cast: Cast) -> None:
    sam, business = person("Sam"), cast.business
    firm = Firm.open("Sam's", address="s@sam.example", owner=sam, by=sam.actor, sign_up="approve")
    with refused("awaiting_approval", status=409):
        Partnership.begin(firm, business, scopes=SCOPES, by=HOUSE)


# Terms


def test_the_business_says_anew_what_the_firm_may_do(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_bella
    with one_fact("partnership.changed", cast.firm, cast.business, cast.bella_seat.person) as facts:
        partnership.change_terms(scopes=["see"], organisations=[cast.shop], named_staff_only=True, by=by)
    assert facts[0].data["before"]["scopes"] == list(SCOPES)
    assert facts[0].data["after"] == {
        "scopes": ["see"],
        "named_staff_only": True,
        "organisations": [str(cast.shop.pk)],
    }
    assert str(partnership.terms) == "see"
    assert [str(each) for each in partnership.coverage.live()] == [str(cast.shop.pk)]


def test_coverage_that_stays_is_left_as_it_was(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_bob
    partnership.change_terms(scopes=["see"], organisations=[cast.shop], by=by)
    kept = partnership.coverage.live().get()
    partnership.change_terms(scopes=["see"], organisations=[cast.shop, cast.cafe], by=by)
    assert kept in partnership.coverage.live()
    assert Coverage.objects.count() == 2


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_alice", "as_other_business", "as_other_firm"])
def test_nobody_else_changes_terms(cast: Cast, who: str) -> None:
    partnership, by = cast.partnership, getattr(cast, who)
    with refused("not_allowed", status=403):
        partnership.change_terms(scopes=["see"], by=by)


def test_terms_with_the_books_of_another_are_refused(cast: Cast) -> None:
    partnership, by, bakery = cast.partnership, cast.as_bob, cast.bakery
    with refused("organisation_unknown", "organisations"):
        partnership.change_terms(scopes=["see"], organisations=[bakery], by=by)
    with refused("scope_unknown", "scopes"):
        partnership.change_terms(scopes=["fly"], by=by)
    assert partnership.terms.everything


def test_the_terms_that_held_last_are_known_after_the_end(cast: Cast) -> None:
    partnership = cast.partnership
    partnership.change_terms(scopes=["see"], by=cast.as_bob)
    end_partnership(partnership, by=cast.as_bob)
    assert partnership.terms.scopes == ["see"]
    partnership.refresh_from_db()
    assert partnership.terms.scopes == ["see"]


# Holding up


@pytest.mark.parametrize(("who", "person_of"), [("as_adam", "adam_seat"), ("as_bella", "bella_seat")])
def test_either_side_holds_access_up_and_gives_it_back(cast: Cast, who: str, person_of: str) -> None:
    partnership, by, somebody = cast.partnership, getattr(cast, who), getattr(cast, person_of).person
    with one_fact("partnership.suspended", cast.firm, cast.business, somebody) as facts:
        partnership.suspend(by=by, reason="We must talk")
    assert facts[0].data == {"side": by.side}
    assert facts[0].reason == "We must talk"
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert may(cast.bob_seat.pk, cast.shop.pk, "see")
    assert str(partnership.suspensions.get()).startswith(f"by the {by.side}")
    with no_fact():
        partnership.suspend(by=by)
    with one_fact("partnership.resumed", cast.firm, cast.business, somebody):
        partnership.resume(by=by)
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")
    with no_fact():
        partnership.resume(by=by)


def test_both_have_to_give_back_what_both_hold_up(cast: Cast) -> None:
    partnership = cast.partnership
    partnership.suspend(by=cast.as_alice)
    partnership.suspend(by=cast.as_bob)
    partnership.resume(by=cast.as_alice)
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert Partnership.objects.with_holds().get().state == "suspended"
    partnership.resume(by=cast.as_bob)
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert Partnership.objects.with_holds().get().state == "active"


def test_held_up_until_a_time_it_comes_back_and_can_be_held_up_again(cast: Cast, clock: Clock) -> None:
    partnership, by = cast.partnership, cast.as_bob
    partnership.suspend(by=by, until=now() + HOUR)
    clock.shift(hours=2)
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")
    with one_fact("partnership.suspended", cast.firm, cast.business, cast.bob):
        partnership.suspend(by=by)
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")


@pytest.mark.parametrize("who", ["as_stella", "as_emma", "as_connie", "as_other_firm", "as_other_business"])
@pytest.mark.parametrize("act", ["suspend", "resume"])
def test_nobody_else_holds_it_up_or_gives_it_back(cast: Cast, who: str, act: str) -> None:
    partnership, by = cast.partnership, getattr(cast, who)
    with refused("not_allowed"):
        getattr(partnership, act)(by=by)


def test_somebody_for_themselves_and_an_operator_are_of_neither_side(cast: Cast) -> None:
    partnership = cast.partnership
    for by in (cast.alice.actor, OPERATOR):
        with refused("not_allowed"):
            partnership.suspend(by=by)


def test_a_hold_with_an_end_in_the_past_is_refused(cast: Cast) -> None:
    partnership, by, past = cast.partnership, cast.as_bob, now() - HOUR
    with refused("end_before_start", "until", 422):
        partnership.suspend(by=by, until=past)


@pytest.mark.parametrize("act", ["suspend", "resume", "change_terms", "restrict", "unrestrict", "exclude"])
@pytest.mark.parametrize("over", ["ended", "lapsed"])
def test_what_has_ended_is_never_touched_again(cast: Cast, clock: Clock, act: str, over: str) -> None:
    partnership = Partnership.begin(cast.firm, cast.business, scopes=SCOPES, by=HOUSE, until=now() + HOUR)
    by = cast.as_alice if act in ("restrict", "unrestrict") else cast.as_bob
    arguments: dict[str, dict[str, object]] = {
        "change_terms": {"scopes": ["see"]},
        "exclude": {"member": cast.stella_seat},
    }
    cast.also("stella_seat")
    if over == "ended":
        end_partnership(partnership, by=cast.as_bob)
    else:
        clock.shift(hours=2)
        assert Partnership.objects.with_holds().get().state == "ended"
    with refused("partnership_ended", status=409):
        getattr(partnership, act)(**arguments.get(act, {}), by=by)


# Kept to named staff


def test_the_firm_keeps_a_client_to_those_it_was_given_to(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_adam
    cast.also("stella_grant")
    with one_fact("partnership.restricted", cast.firm, cast.business, cast.adam_seat.person):
        partnership.restrict(by=by)
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert may(cast.stella_seat.pk, cast.shop.pk, "see")
    assert str(partnership.restrictions.get()).startswith("since")
    with no_fact():
        partnership.restrict(by=by)
    with one_fact("partnership.unrestricted", cast.firm, cast.business, cast.adam_seat.person):
        partnership.unrestrict(by=by)
    with no_fact():
        partnership.unrestrict(by=by)
    assert may(cast.alice_seat.pk, cast.shop.pk, "see")


def test_the_business_can_ask_for_named_staff_only(cast: Cast) -> None:
    cast.also("stella_grant")
    cast.partnership.change_terms(scopes=SCOPES, named_staff_only=True, by=cast.as_bob)
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert may(cast.stella_seat.pk, cast.shop.pk, "see")


@pytest.mark.parametrize("who", ["as_stella", "as_bob", "as_other_firm"])
@pytest.mark.parametrize("act", ["restrict", "unrestrict"])
def test_nobody_else_keeps_it_to_named_staff(cast: Cast, who: str, act: str) -> None:
    partnership, by = cast.partnership, getattr(cast, who)
    with refused("not_allowed"):
        getattr(partnership, act)(by=by)


# Keeping somebody out


def test_the_business_keeps_one_of_the_firms_people_out_of_everything(cast: Cast) -> None:
    partnership, by, alice = cast.partnership, cast.as_bella, cast.alice_seat
    with one_fact("exclusion.made", cast.firm, cast.business, cast.bella_seat.person, cast.alice):
        exclusion = partnership.exclude(alice, by=by)
    assert not may(alice.pk, cast.shop.pk, "see")
    assert may(cast.adam_seat.pk, cast.shop.pk, "see")
    assert str(exclusion).endswith("kept out of everything")
    with no_fact():
        assert partnership.exclude(alice, by=by) == exclusion
    with one_fact("exclusion.ended", cast.firm, cast.business, cast.bella_seat.person, cast.alice):
        exclusion.end(by=by)
    assert may(alice.pk, cast.shop.pk, "see")
    with no_fact():
        exclusion.end(by=by)


def test_or_out_of_one_set_of_books(cast: Cast) -> None:
    cast.partnership.exclude(cast.alice_seat, cast.shop, by=cast.as_bob)
    assert not may(cast.alice_seat.pk, cast.shop.pk, "see")
    assert may(cast.alice_seat.pk, cast.cafe.pk, "see")


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_alice", "as_other_business"])
def test_nobody_else_keeps_anybody_out_or_lets_them_in(cast: Cast, who: str) -> None:
    partnership, by, seat = cast.partnership, getattr(cast, who), cast.alice_seat
    with refused("not_allowed"):
        partnership.exclude(seat, by=by)
    exclusion = partnership.exclude(seat, by=cast.as_bob)
    with refused("not_allowed"):
        exclusion.end(by=by)


def test_only_people_of_the_firm_are_kept_out_and_only_of_the_businesss_books(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_bob
    strangers = cast.other_firm.members.get()
    with refused("not_allowed"):
        partnership.exclude(strangers, by=by)
    seat, bakery = cast.alice_seat, cast.bakery
    with refused("organisation_unknown", "organisations"):
        partnership.exclude(seat, bakery, by=by)
    stella = cast.stella_seat
    stella.close_seat(by=HOUSE)
    with refused("member_ended", status=409):
        partnership.exclude(stella, by=by)


def test_only_the_business_sees_whom_it_keeps_out(cast: Cast) -> None:
    cast.partnership.exclude(cast.alice_seat, by=cast.as_bob)
    assert Exclusion.objects.visible_to(cast.as_bella).count() == 1
    for by in (cast.as_emma, cast.as_alice, cast.as_other_business, OPERATOR):
        assert not Exclusion.objects.visible_to(by).exists()


# The firm's own name for a client


def test_the_firms_name_for_a_client_is_the_firms_alone(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_alice
    with one_fact("client.renamed", cast.firm, cast.alice, without=["grumpy"]) as facts:
        partnership.call_client("The  grumpy\nbaker", by=by)
    assert facts[0].private()["after"] == "The grumpy baker"
    assert cast.business.name == "Bob's"
    with no_fact():
        partnership.call_client("The grumpy baker", by=by)
    assert list(Partnership.objects.called("GRUMPY")) == [partnership]
    assert not Partnership.objects.called("Bob").exists()
    assert Partnership.objects.called("  ").exists()


def test_staff_name_only_the_clients_they_reach(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_stella
    with refused("not_allowed"):
        partnership.call_client("Mine", by=by)
    cast.also("stella_grant")
    partnership.call_client("Bob the baker", by=by)
    assert partnership.client_name == "Bob the baker"


@pytest.mark.parametrize("who", ["as_bob", "as_other_firm"])
def test_nobody_else_names_it(cast: Cast, who: str) -> None:
    partnership, by = cast.partnership, getattr(cast, who)
    with refused("not_allowed"):
        partnership.call_client("Mine", by=by)


def test_no_fact_that_the_business_reads_holds_the_firms_name_for_it(cast: Cast) -> None:
    partnership = cast.partnership
    partnership.call_client("The grumpy baker", by=cast.as_alice)
    cast.stella_grant.end(by=cast.as_alice)
    partnership.suspend(by=cast.as_alice)
    end_partnership(partnership, by=cast.as_alice)
    for fact in Fact.objects.visible_to(cast.as_bob):
        assert "grumpy" not in f"{fact.private()} {fact.data}"
