"""Who of a firm works on which client: grants to people and teams."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.core.access import SCOPES, may
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.endings.partnerships import end_partnership
from tallystick.partnerships.models import Grant, Team
from tests.conftest import Clock
from tests.support.cast import OPERATOR, Cast
from tests.support.ledger import no_fact, one_fact, refused

HOUR = timedelta(hours=1)


def test_a_client_is_given_to_one_of_the_firm(cast: Cast) -> None:
    partnership, seat, by = cast.partnership, cast.stella_seat, cast.as_adam
    with one_fact("grant.given", cast.firm, cast.business, seat.person, cast.adam_seat.person) as facts:
        grant = Grant.give(partnership, seat, scopes=["data", "see"], by=by)
    assert facts[0].data == {
        "member": str(seat.pk), "team": "", "scopes": ["see", "data"], "organisations": None,
    }  # fmt: skip
    assert may(seat.pk, cast.shop.pk, "see")
    assert not may(seat.pk, cast.shop.pk, "connect")
    assert grant.receiver_name == "Stella"
    assert str(grant) == f"{seat.pk} on {partnership.pk}"


def test_or_some_of_its_books(cast: Cast) -> None:
    grant = Grant.give(cast.partnership, cast.stella_seat, scopes=["see"], organisations=[cast.shop], by=cast.as_alice)
    assert may(cast.stella_seat.pk, cast.shop.pk, "see")
    assert not may(cast.stella_seat.pk, cast.cafe.pk, "see")
    assert [str(each) for each in grant.listed.all()] == [str(cast.shop.pk)]


def test_no_grant_goes_beyond_what_the_business_agreed_to(cast: Cast) -> None:
    cast.partnership.change_terms(scopes=["see"], organisations=[cast.cafe], by=cast.as_bob)
    Grant.give(cast.partnership, cast.stella_seat, scopes=SCOPES, by=cast.as_alice)
    assert may(cast.stella_seat.pk, cast.cafe.pk, "see")
    assert not may(cast.stella_seat.pk, cast.cafe.pk, "data")
    assert not may(cast.stella_seat.pk, cast.shop.pk, "see")


def test_giving_anew_replaces_what_they_had(cast: Cast) -> None:
    first, by = cast.stella_grant, cast.as_alice
    second = Grant.give(cast.partnership, cast.stella_seat, scopes=["data"], by=by)
    first.refresh_from_db()
    assert first.closed_at is not None
    assert list(Grant.objects.live()) == [second]
    assert not may(cast.stella_seat.pk, cast.shop.pk, "see")


def test_a_grant_for_a_time_ends_by_itself_and_can_be_given_again(cast: Cast, clock: Clock) -> None:
    Grant.give(cast.partnership, cast.stella_seat, scopes=["see"], by=cast.as_alice, until=now() + HOUR)
    clock.shift(hours=2)
    assert not may(cast.stella_seat.pk, cast.shop.pk, "see")
    Grant.give(cast.partnership, cast.stella_seat, scopes=["see"], by=cast.as_alice)
    assert may(cast.stella_seat.pk, cast.shop.pk, "see")


def test_it_is_taken_back_once(cast: Cast) -> None:
    grant, by = cast.stella_grant, cast.as_alice
    with one_fact("grant.ended", cast.firm, cast.business, cast.stella_seat.person, cast.alice) as facts:
        grant.end(by=by, reason="Other work")
    assert facts[0].reason == "Other work"
    assert not may(cast.stella_seat.pk, cast.shop.pk, "see")
    with no_fact():
        grant.end(by=by)


@pytest.mark.parametrize("who", ["as_stella", "as_bob", "as_other_firm", "as_other_business"])
def test_nobody_else_gives_or_takes_back(cast: Cast, who: str) -> None:
    partnership, grant, by = cast.partnership, cast.stella_grant, getattr(cast, who)
    with refused("not_allowed", status=403):
        Grant.give(partnership, cast.stella_seat, scopes=SCOPES, by=by)
    with refused("not_allowed"):
        grant.end(by=by)


def test_only_people_of_the_firm_are_given_its_clients(cast: Cast) -> None:
    partnership, by = cast.partnership, cast.as_alice
    for stranger in (cast.other_firm.members.get(), cast.bob_seat):
        with refused("not_allowed"):
            Grant.give(partnership, stranger, scopes=["see"], by=by)
    stella = cast.stella_seat
    stella.close_seat(by=HOUSE)
    with refused("member_ended", status=409):
        Grant.give(partnership, stella, scopes=["see"], by=by)


def test_bad_terms_are_refused(cast: Cast) -> None:
    partnership, seat, by, bakery = cast.partnership, cast.stella_seat, cast.as_alice, cast.bakery
    for scopes in ([], ["fly"]):
        with refused("scope_unknown", "scopes", 422):
            Grant.give(partnership, seat, scopes=scopes, by=by)
    with refused("organisation_unknown", "organisations", 422):
        Grant.give(partnership, seat, scopes=["see"], organisations=[bakery], by=by)
    with refused("organisation_missing", "organisations", 422):
        Grant.give(partnership, seat, scopes=["see"], organisations=[], by=by)
    past = now() - HOUR
    with refused("end_before_start", "until", 422):
        Grant.give(partnership, seat, scopes=["see"], until=past, by=by)
    end_partnership(partnership, by=cast.as_bob)
    with refused("partnership_ended", status=409):
        Grant.give(partnership, seat, scopes=["see"], by=by)


def test_a_grant_is_seen_by_the_firm_and_by_those_who_lead_the_business(cast: Cast) -> None:
    cast.also("stella_grant")
    for by in (cast.as_stella, cast.as_bob, cast.as_bella):
        assert Grant.objects.visible_to(by).count() == 1
    for by in (cast.as_emma, cast.as_connie, cast.as_other_firm, cast.as_other_business, cast.alice.actor):
        assert not Grant.objects.visible_to(by).exists()


# Teams


@pytest.fixture
def team(cast: Cast) -> Team:
    return Team.open(cast.firm, "Retail", by=cast.as_alice)


def test_a_team_is_made_by_those_who_manage_members(cast: Cast) -> None:
    firm, by = cast.firm, cast.as_adam
    with one_fact("team.opened", firm, cast.adam_seat.person):
        team = Team.open(firm, "Retail", by=by)
    assert str(team) == "Retail"
    with refused("name_taken", "name", 409):
        Team.open(firm, "Retail", by=by)
    with refused("name_missing", "name"):
        Team.open(firm, " ", by=by)
    assert list(Team.objects.visible_to(cast.as_stella)) == [team]
    assert not Team.objects.visible_to(cast.as_bob).exists()
    assert not Team.objects.visible_to(cast.as_other_firm).exists()


def test_what_a_team_was_given_is_its_peoples(cast: Cast, team: Team) -> None:
    grant = Grant.give(cast.partnership, team, scopes=["see"], by=cast.as_alice)
    assert grant.receiver_name == "Retail"
    seat, by = cast.stella_seat, cast.as_alice
    assert not may(seat.pk, cast.shop.pk, "see")
    with one_fact("team.joined", cast.firm, seat.person, cast.alice):
        place = team.add(seat, by=by)
    assert str(place) == f"{seat.pk} in {team.pk}"
    assert may(seat.pk, cast.shop.pk, "see")
    with no_fact():
        assert team.add(seat, by=by) == place
    with one_fact("team.left", cast.firm, seat.person, cast.alice):
        team.remove(seat, by=by)
    assert not may(seat.pk, cast.shop.pk, "see")
    with no_fact():
        team.remove(seat, by=by)


def test_a_team_that_closes_takes_its_grants_and_places_along(cast: Cast, team: Team) -> None:
    grant = Grant.give(cast.partnership, team, scopes=["see"], by=cast.as_alice)
    seat, by = cast.stella_seat, cast.as_alice
    place = team.add(seat, by=by)
    with one_fact("team.closed", cast.firm, cast.alice) as facts:
        team.close(by=by)
    assert facts[0].data == {"grants": [str(grant.pk)], "places": [str(place.pk)]}
    assert not may(seat.pk, cast.shop.pk, "see")
    with no_fact():
        team.close(by=by)
    with refused("team_closed", "team", 409):
        team.add(seat, by=by)
    with refused("team_closed", "team", 409):
        Grant.give(cast.partnership, team, scopes=["see"], by=by)
    assert Team.open(cast.firm, "Retail", by=by) != team


@pytest.mark.parametrize("who", ["as_stella", "as_bob", "as_other_firm"])
def test_nobody_else_touches_a_team(cast: Cast, team: Team, who: str) -> None:
    by, seat, firm = getattr(cast, who), cast.stella_seat, cast.firm
    for act in (
        lambda: Team.open(firm, "Mine", by=by), lambda: team.add(seat, by=by),
        lambda: team.remove(seat, by=by), lambda: team.close(by=by),
    ):  # fmt: skip
        with refused("not_allowed"):
            act()


def test_only_people_of_the_firm_are_in_its_teams(cast: Cast, team: Team) -> None:
    stranger, by = cast.other_firm.members.get(), cast.as_alice
    with refused("not_allowed"):
        team.add(stranger, by=by)


def test_nobody_of_another_firm_gets_a_client_through_a_team_of_theirs(cast: Cast) -> None:
    theirs = Team.open(cast.other_firm, "Retail", by=cast.as_other_firm)
    partnership, by = cast.partnership, cast.as_alice
    with refused("not_allowed"):
        Grant.give(partnership, theirs, scopes=["see"], by=by)
    assert not Team.objects.visible_to(OPERATOR).exists()
