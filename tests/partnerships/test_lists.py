"""Lists of clients and of who has access: exactly what the decision says, whoever asks."""

from __future__ import annotations

from datetime import timedelta

from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.models import Business
from tallystick.partnerships.models import Partnership, Team
from tallystick.partnerships.models.grants import Grant
from tallystick.partnerships.reaching import people_who_reach
from tests.conftest import Clock
from tests.support.cast import OPERATOR, Cast


def test_clients_stand_still_when_a_side_holds_them_up_or_they_ended(cast: Cast) -> None:
    partnership, alice = cast.partnership, cast.as_alice
    still = Partnership.objects.standing_still_for
    assert not still(alice).exists()
    partnership.suspend(by=cast.as_bob)
    assert not Partnership.objects.visible_to(alice).exists()
    assert list(still(alice)) == [partnership]
    partnership.resume(by=cast.as_bob)
    end_partnership(partnership, by=cast.as_bob)
    assert list(still(alice)) == [partnership]
    assert not still(cast.as_stella).exists()
    assert not still(cast.as_bob).exists()
    assert not still(cast.as_other_firm).exists()


def test_a_client_that_lapsed_stands_still(cast: Cast, clock: Clock) -> None:
    Partnership.begin(cast.firm, cast.business, scopes=SCOPES, by=HOUSE, until=now() + timedelta(hours=1))
    clock.shift(hours=2)
    assert Partnership.objects.standing_still_for(cast.as_alice).count() == 1


def test_a_client_kept_to_named_staff_is_not_shown_as_standing_still(cast: Cast) -> None:
    cast.partnership.restrict(by=cast.as_alice)
    cast.partnership.suspend(by=cast.as_bob)
    assert not Partnership.objects.standing_still_for(cast.as_alice).exists()


def test_the_firms_that_cover_a_set_of_books(cast: Cast) -> None:
    cast.also("partnership", "other_partnership")
    assert list(Partnership.objects.covering(cast.cafe)) == [cast.partnership]
    cast.partnership.change_terms(scopes=SCOPES, organisations=[cast.shop], by=cast.as_bob)
    assert not Partnership.objects.covering(cast.cafe).exists()
    assert list(Partnership.objects.covering(cast.shop)) == [cast.partnership]


def test_clients_are_read_page_by_page_in_one_order(cast: Cast) -> None:
    for name in ("B", "a", "C", "b"):
        business = Business.open(name, organisations=["Books"], owner=None, by=HOUSE)
        Partnership.begin(cast.firm, business, scopes=SCOPES, by=HOUSE)
    clients, seen = Partnership.objects.visible_to(cast.as_alice), []
    last = None
    while page := list(clients.after(last)[:1]):
        seen += [page[0].client_name]
        last = page[0]
    assert [name.lower() for name in seen] == ["a", "b", "b", "c"]


def test_the_business_sees_its_firms_live_or_not_and_nobody_elses(cast: Cast) -> None:
    cast.also("other_partnership")
    end_partnership(cast.partnership, by=cast.as_bob)
    assert list(Partnership.objects.visible_to(cast.as_bella)) == [cast.partnership]
    for by in (cast.as_emma, cast.as_connie, cast.alice.actor, OPERATOR):
        assert not Partnership.objects.visible_to(by).exists()


def test_who_of_the_firm_reaches_a_client_and_why(cast: Cast) -> None:
    cast.also("adam_seat")
    Grant.give(cast.partnership, cast.stella_seat, scopes=["see"], organisations=[cast.shop], by=cast.as_alice)
    team = Team.open(cast.firm, "Retail", by=cast.as_alice)
    team.add(cast.alice_seat, by=cast.as_alice)
    Grant.give(cast.partnership, team, scopes=["see"], by=cast.as_alice)
    found = [(each.member.person.name, each.via, each.organisations) for each in people_who_reach(cast.partnership)]
    assert found == [("Adam", ["role"], 2), ("Alice", ["role", "team"], 2), ("Stella", ["grant"], 1)]
