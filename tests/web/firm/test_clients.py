"""The firm's clients: the list, what stands still, and one of them."""

from __future__ import annotations

from tallystick.core.actor import HOUSE
from tallystick.organisations.models import Business, Member
from tallystick.partnerships.models import Partnership
from tests.support.cast import Cast, person
from tests.support.desks import UNKNOWN, Desk


def test_an_owner_sees_all_clients(cast: Cast) -> None:
    assert cast.partnership
    assert "Bob's" in Desk.of(cast.alice_seat).read()


def test_staff_see_what_they_were_given(cast: Cast) -> None:
    assert cast.partnership
    stella = Desk.of(cast.stella_seat)
    assert "An owner or admin of your firm gives them to you." in stella.read()
    assert cast.stella_grant
    assert "Bob's" in stella.read()


def test_an_outsider_finds_no_such_desk(cast: Cast) -> None:
    charlie = Desk(cast.charlie, cast.firm)
    assert [charlie.opens(page) for page in ("", "standing-still/", "people/", "activity/", "settings/")] == [404] * 5


def test_a_stranger_signs_in_first(cast: Cast) -> None:
    desk = Desk.of(cast.alice_seat)
    desk.browser.logout()
    answer = desk.browser.get(desk.path(""))
    assert answer.headers["Location"] == f"/sign-in/?next={desk.path('')}"


def test_a_client_is_found_by_a_part_of_its_name(cast: Cast) -> None:
    assert cast.partnership
    desk = Desk.of(cast.alice_seat)
    assert "No client of that name" not in desk.read("?q=BOB")
    assert "No client of that name" in desk.read("?q=nobody")


def test_an_odd_page_number_is_the_first_page(cast: Cast) -> None:
    assert cast.partnership
    assert "Bob's" in Desk.of(cast.alice_seat).read(f"?after={UNKNOWN}")
    assert "Bob's" in Desk.of(cast.alice_seat).read("?after=%00")


def test_many_clients_stand_on_pages_of_fifty(cast: Cast) -> None:
    owner = person("Dan")
    for number in range(52):
        shop = Business.open(f"Shop {number:02}", organisations=["Books"], owner=owner, by=HOUSE)
        Partnership.begin(cast.firm, shop, scopes=["see"], by=HOUSE)
    desk = Desk.of(cast.alice_seat)
    first = desk.read()
    assert "Shop 49" in first
    assert "Shop 50" not in first
    later = first.split('rel="next" href="')[1].split('"')[0]
    second = desk.read(later)
    assert "Shop 51" in second
    assert "Shop 49" not in second


def test_what_is_paused_or_ended_stands_apart(cast: Cast) -> None:
    cast.partnership.suspend(by=cast.as_bob, reason="")
    desk = Desk.of(cast.alice_seat)
    assert "Bob's" not in desk.read()
    assert "The client paused it" in desk.read("standing-still/")
    cast.partnership.suspend(by=cast.as_alice)
    assert "Both sides paused it" in desk.read("standing-still/")


def test_staff_have_no_list_of_what_stands_still(cast: Cast) -> None:
    assert Desk.of(cast.stella_seat).opens("standing-still/") == 403


def test_one_client_tells_its_books_and_its_terms(cast: Cast) -> None:
    assert cast.stella_grant
    page = Desk.of(cast.alice_seat).read(f"clients/{cast.partnership.pk}/")
    for said in ("Shop", "Café", "Make keys for accounting software", "Stella", "Take back", "began to work for"):
        assert said in page


def test_staff_see_the_client_and_change_nothing(cast: Cast) -> None:
    assert cast.stella_grant
    page = Desk.of(cast.stella_seat).read(f"clients/{cast.partnership.pk}/")
    assert "Shop" in page
    assert "Take back" not in page
    assert "Stop working together" not in page


def test_a_client_of_others_is_like_an_unknown_one(cast: Cast) -> None:
    desk = Desk.of(cast.alice_seat)
    theirs = desk.browser.get(desk.path(f"clients/{cast.other_partnership.pk}/"))
    unknown = desk.browser.get(desk.path(f"clients/{UNKNOWN}/"))
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


def test_staff_without_the_client_find_no_such_page(cast: Cast) -> None:
    assert Desk.of(cast.stella_seat).opens(f"clients/{cast.partnership.pk}/") == 404


def test_a_paused_client_opens_for_those_who_lead_and_for_nobody_else(cast: Cast) -> None:
    assert cast.stella_grant
    stella, alice = Desk.of(cast.stella_seat), Desk.of(cast.alice_seat)
    assert stella.opens(f"clients/{cast.partnership.pk}/") == 200
    cast.partnership.suspend(by=cast.as_bob)
    assert stella.opens(f"clients/{cast.partnership.pk}/") == 404
    page = alice.read(f"clients/{cast.partnership.pk}/")
    assert "The client has paused your access" in page
    assert "You cannot work on any of its books now." in page


def test_a_person_who_was_paused_loses_the_desk(cast: Cast) -> None:
    desk = Desk.of(cast.adam_seat)
    assert desk.opens() == 200
    Member.objects.get(pk=cast.adam_seat.pk).suspend(by=cast.as_alice)
    assert desk.opens() == 404
