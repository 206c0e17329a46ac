"""Who has access: the firms of a business, what each may do, and pausing, narrowing, ending, keeping out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk

PAGES = ["terms/", "hold/", "ending/"]


def of(cast: Cast, page: str = "") -> str:
    return f"access/{cast.partnership.pk}/{page}"


def terms(**other: Any) -> dict[str, Any]:
    return {"scopes": ["see"], "reach": "everything", **other}


def test_nobody_has_access_at_first(cast: Cast) -> None:
    assert "Nobody but your own people" in Desk.of(cast.bob_seat).read("access/")


def test_an_owner_sees_every_firm_and_what_it_may_do(cast: Cast) -> None:
    assert cast.stella_grant
    bella = Desk.of(cast.bella_seat)
    assert "Alice & Co" in bella.read("access/")
    page = bella.read(of(cast))
    for said in (
        "Make keys for accounting software",
        "On all your books, future ones too.",
        "Stella",
        "leads the firm",
    ):
        assert said in page


@pytest.mark.parametrize("page", ["", "terms/", "hold/", "ending/", "release/"])
def test_employees_and_contacts_may_not(cast: Cast, page: str) -> None:
    for seat in (cast.emma_seat, cast.connie_seat):
        desk = Desk.of(seat)
        assert desk.opens("access/") == 403
        assert desk.answers(of(cast, page), **terms()) in {403, 404, 405}


@pytest.mark.parametrize("page", ["", *PAGES])
def test_what_others_agreed_is_like_an_unknown_thing(cast: Cast, page: str) -> None:
    bob = Desk.of(cast.bob_seat)
    theirs = bob.browser.get(bob.path(f"access/{cast.other_partnership.pk}/{page}"))
    unknown = bob.browser.get(bob.path(f"access/{UNKNOWN}/{page}"))
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


def test_a_firm_is_paused_and_let_in_again(cast: Cast) -> None:
    bob, alice = Desk.of(cast.bob_seat), Desk.of(cast.alice_seat)
    assert "Alice & Co has no access now." in bob.send(of(cast, "hold/"), reason="")
    assert "Bob's" not in alice.read()
    assert "Alice & Co has access again." in bob.send(of(cast, "release/"))
    assert "Bob's" in alice.read()


def test_one_side_lifts_only_its_own_pause(cast: Cast) -> None:
    cast.partnership.suspend(by=cast.as_alice)
    bob = Desk.of(cast.bob_seat)
    page = bob.read(of(cast))
    assert "The firm has paused its own access" in page
    bob.answers(of(cast, "release/"))
    assert "Bob's" not in Desk.of(cast.alice_seat).read()


def test_what_a_firm_may_do_is_narrowed(cast: Cast) -> None:
    bob = Desk.of(cast.bob_seat)
    page = bob.send(of(cast, "terms/"), **terms(reach="listed", organisations=[cast.shop.pk]))
    assert "Alice & Co was told." in page
    assert "On these books only:" in page
    assert "Café" not in Desk.of(cast.alice_seat).read(f"clients/{cast.partnership.pk}/").split("What happened")[0]


def test_only_named_people_may_be_let_in(cast: Cast) -> None:
    assert cast.stella_grant
    Desk.of(cast.bob_seat).send(of(cast, "terms/"), **terms(named_staff_only="on"))
    assert "Bob's" not in Desk.of(cast.alice_seat).read()
    assert "Bob's" in Desk.of(cast.stella_seat).read()


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["everything"]}, {"reach": "some"}, {"reach": "listed"}],
)
def test_terms_that_make_no_sense_change_nothing(cast: Cast, wrong: dict[str, Any]) -> None:
    bob = Desk.of(cast.bob_seat)
    bob.mistake(of(cast, "terms/"), **terms(**wrong))
    assert "Make keys for accounting software" in bob.read(of(cast)).split("Who at the firm")[0]


def test_books_of_others_are_no_choice(cast: Cast) -> None:
    Desk.of(cast.bob_seat).mistake(of(cast, "terms/"), **terms(reach="listed", organisations=[cast.bakery.pk]))


def test_working_together_is_stopped(cast: Cast) -> None:
    bob = Desk.of(cast.bob_seat)
    assert "The firm loses all access to your books at once." in bob.read(of(cast, "ending/"))
    assert "Alice & Co no longer works for you." in bob.send(of(cast, "ending/"), reason="We move.")
    page = bob.read(of(cast))
    assert "What they could do" in page
    assert "Pause access" not in page


def test_one_person_is_kept_out_and_let_in_again(cast: Cast) -> None:
    assert cast.stella_grant
    bob, stella = Desk.of(cast.bob_seat), Desk.of(cast.stella_seat)
    page = bob.send(of(cast, f"exclusions/{cast.stella_seat.pk}/"))
    assert "Stella has no access to your books now." in page
    assert "Bob's" not in stella.read()
    kept_out = cast.partnership.exclusions.get()
    assert "Let in again" not in bob.send(of(cast, f"exclusions/{kept_out.pk}/ending/"))
    assert "Bob's" in stella.read()


def test_only_people_of_that_firm_can_be_kept_out(cast: Cast) -> None:
    bob = Desk.of(cast.bob_seat)
    for somebody in (cast.other_firm.members.get().pk, cast.bella_seat.pk, UNKNOWN):
        assert bob.answers(of(cast, f"exclusions/{somebody}/")) == 404
    assert bob.answers(of(cast, f"exclusions/{UNKNOWN}/ending/")) == 404


def test_an_employee_keeps_nobody_out(cast: Cast) -> None:
    assert Desk.of(cast.emma_seat).answers(of(cast, f"exclusions/{cast.alice_seat.pk}/")) in {403, 404}
