"""The books of a business: the list, one set of them, and adding, naming, closing."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk

PAGES = ["name/", "closing/"]


def of(cast: Cast, page: str = "") -> str:
    return f"books/{cast.shop.pk}/{page}"


def test_an_owner_sees_all_books_and_who_works_for_them(cast: Cast) -> None:
    assert cast.partnership
    page = Desk.of(cast.bob_seat).read()
    for said in ("Shop", "Café", "Alice & Co", "Add a set of books"):
        assert said in page


def test_an_employee_sees_the_books_they_were_given(cast: Cast) -> None:
    page = Desk.of(cast.emma_seat).read()
    assert "Shop" in page
    assert "Café" not in page
    assert "Add a set of books" not in page


def test_a_contact_finds_nothing_asked(cast: Cast) -> None:
    assert "Nothing is asked of you" in Desk.of(cast.connie_seat).read()


def test_an_outsider_finds_no_such_desk(cast: Cast) -> None:
    for somebody in (cast.charlie, cast.alice):
        desk = Desk(somebody, cast.business)
        assert [desk.opens(page) for page in ("", of(cast), "access/", "people/", "settings/")] == [404] * 5


def test_books_are_added(cast: Cast) -> None:
    assert "“Kiosk” was added." in Desk.of(cast.bella_seat).send("books/new/", name="Kiosk")


@pytest.mark.parametrize("name", ["", "\r\n", "x" * 500])
def test_books_without_a_proper_name_are_not(cast: Cast, name: str) -> None:
    Desk.of(cast.bob_seat).mistake("books/new/", name=name)
    assert cast.business.organisations.count() == 2


def test_an_employee_adds_none(cast: Cast) -> None:
    assert Desk.of(cast.emma_seat).answers("books/new/", name="Mine") == 403


def test_one_set_of_books_says_who_works_on_it(cast: Cast) -> None:
    assert cast.partnership
    page = Desk.of(cast.bob_seat).read(of(cast))
    assert "Alice & Co" in page
    assert "The books of Shop were added" in page


def test_an_employee_opens_their_own_books_only(cast: Cast) -> None:
    emma = Desk.of(cast.emma_seat)
    assert "Close these books" not in emma.read(of(cast))
    assert emma.opens(f"books/{cast.cafe.pk}/") == 404


def test_books_are_renamed(cast: Cast) -> None:
    assert "Workshop" in Desk.of(cast.bob_seat).send(of(cast, "name/"), name="Workshop")


def test_books_are_closed(cast: Cast) -> None:
    bob = Desk.of(cast.bob_seat)
    assert "This cannot be undone." in bob.read(of(cast, "closing/"))
    assert "“Shop” is closed." in bob.send(of(cast, "closing/"), reason="Sold.")
    assert bob.opens(of(cast, "name/")) == 404


def test_the_last_books_stay(cast: Cast) -> None:
    bob = Desk.of(cast.bob_seat)
    bob.send(of(cast, "closing/"))
    page = bob.mistake(f"books/{cast.cafe.pk}/closing/", reason="All sold.")
    assert "Café" in page
    assert "All sold." in page


@pytest.mark.parametrize("page", PAGES)
def test_an_employee_changes_nothing(cast: Cast, page: str) -> None:
    assert Desk.of(cast.emma_seat).answers(of(cast, page), name="Mine", reason="") == 403


@pytest.mark.parametrize("page", ["", *PAGES])
def test_books_of_others_are_like_unknown_ones(cast: Cast, page: str) -> None:
    bob = Desk.of(cast.bob_seat)
    theirs = bob.browser.get(bob.path(f"books/{cast.bakery.pk}/{page}"))
    unknown = bob.browser.get(bob.path(f"books/{UNKNOWN}/{page}"))
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content
