"""The people of a business, and the books each of them works on."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk


def books_of(seat_id: object) -> str:
    return f"people/{seat_id}/books/"


def test_a_contact_sees_only_themselves(cast: Cast) -> None:
    assert cast.bob_seat
    connie = Desk.of(cast.connie_seat)
    page = connie.read("people/")
    assert "Connie" in page
    assert "Bob</a>" not in page
    assert "Bob</h1>" not in connie.read(f"people/{cast.bob_seat.pk}/")


def test_an_employee_sees_who_is_there(cast: Cast) -> None:
    assert "Bob</a>" in Desk.of(cast.emma_seat).read("people/")


def test_the_books_of_an_employee_are_chosen(cast: Cast) -> None:
    bob, emma = Desk.of(cast.bob_seat), Desk.of(cast.emma_seat)
    assert "Which books may Emma work on?" in bob.read(books_of(cast.emma_seat.pk))
    bob.send(books_of(cast.emma_seat.pk), organisations=[cast.cafe.pk])
    assert "Café" in emma.read()
    assert "Shop" not in emma.read()


def test_an_employee_may_be_left_without_books(cast: Cast) -> None:
    Desk.of(cast.bella_seat).send(books_of(cast.emma_seat.pk))
    assert "You were given no books yet" in Desk.of(cast.emma_seat).read()


def test_books_of_others_are_no_choice(cast: Cast) -> None:
    Desk.of(cast.bob_seat).mistake(books_of(cast.emma_seat.pk), organisations=[cast.bakery.pk])


def test_employees_choose_nothing(cast: Cast) -> None:
    assert Desk.of(cast.emma_seat).answers(books_of(cast.emma_seat.pk), organisations=[cast.cafe.pk]) == 403


@pytest.mark.parametrize("page", ["", "role/", "hold/", "ending/", "books/"])
def test_somebody_of_elsewhere_is_like_nobody(cast: Cast, page: str) -> None:
    bob = Desk.of(cast.bob_seat)
    theirs = bob.browser.get(bob.path(f"people/{cast.other_business.members.get().pk}/{page}"))
    unknown = bob.browser.get(bob.path(f"people/{UNKNOWN}/{page}"))
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


def test_the_last_owner_stays(cast: Cast) -> None:
    page = Desk.of(cast.bob_seat).mistake(f"people/{cast.bob_seat.pk}/ending/", reason="")
    assert "Bob is the only owner of Bob's." in page
    assert "Make somebody else an owner first." in page


def test_an_admin_does_not_touch_an_owner(cast: Cast) -> None:
    bella = Desk.of(cast.bella_seat)
    assert bella.answers(f"people/{cast.bob_seat.pk}/role/", role="member") == 403
    assert bella.answers(f"people/{cast.bob_seat.pk}/hold/", reason="") == 403
    assert bella.answers(f"people/{cast.bob_seat.pk}/sign-out/") == 403


def test_settings_and_activity_are_for_those_who_lead(cast: Cast) -> None:
    assert "Saved." in Desk.of(cast.bella_seat).send("settings/", name="Bob & Bella")
    assert "Bob's is now called Bob & Bella" in Desk.of(cast.bob_seat).read("activity/")
    for seat in (cast.emma_seat, cast.connie_seat):
        assert Desk.of(seat).opens("settings/") == 403
        assert Desk.of(seat).opens("activity/") == 403
