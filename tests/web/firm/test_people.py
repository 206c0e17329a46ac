"""The people of a firm: who is there, and giving, pausing and ending a seat."""

from __future__ import annotations

import pytest

from tallystick.accounts.models import Session
from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk

PAGES = ["role/", "hold/", "ending/"]
ACTS = ["release/", "sign-out/"]


def test_everybody_sees_who_is_there(cast: Cast) -> None:
    assert cast.adam_seat
    page = Desk.of(cast.stella_seat).read("people/")
    for said in ("Alice", "Adam", "Stella", "(you)", "Owner", "Staff"):
        assert said in page


def test_an_admin_may_change_staff_but_not_an_owner(cast: Cast) -> None:
    adam = Desk.of(cast.adam_seat)
    assert "Change the role" in adam.read(f"people/{cast.stella_seat.pk}/")
    assert "Change the role" not in adam.read(f"people/{cast.alice_seat.pk}/")


def test_staff_see_a_person_and_change_nothing(cast: Cast) -> None:
    page = Desk.of(cast.stella_seat).read(f"people/{cast.alice_seat.pk}/")
    assert "Only an owner or admin can change what this person may do." in page
    assert "Change the role" not in page


def test_a_role_is_changed(cast: Cast) -> None:
    page = Desk.of(cast.alice_seat).send(f"people/{cast.stella_seat.pk}/role/", role="admin")
    assert "Stella has another role now." in page
    assert "Admin" in page


def test_nobody_gives_a_role_above_their_own(cast: Cast) -> None:
    adam = Desk.of(cast.adam_seat)
    assert "Owner:" not in adam.read(f"people/{cast.stella_seat.pk}/role/")
    assert "Error:" in adam.mistake(f"people/{cast.stella_seat.pk}/role/", role="owner")
    assert adam.answers(f"people/{cast.alice_seat.pk}/role/", role="staff") == 403


@pytest.mark.parametrize("role", ["", "member", "king"])
def test_a_role_that_is_none(cast: Cast, role: str) -> None:
    Desk.of(cast.alice_seat).mistake(f"people/{cast.stella_seat.pk}/role/", role=role)


def test_the_last_owner_stays(cast: Cast) -> None:
    alice = Desk.of(cast.alice_seat)
    page = alice.mistake(f"people/{cast.alice_seat.pk}/ending/", reason="I want to sail.")
    assert "Alice is the only owner of Alice & Co." in page
    assert "Make somebody else an owner first." in page
    assert "I want to sail." in page
    assert "only owner" in alice.mistake(f"people/{cast.alice_seat.pk}/role/", role="staff")


def test_a_seat_is_paused_and_given_back(cast: Cast) -> None:
    alice, stella = Desk.of(cast.alice_seat), Desk.of(cast.stella_seat)
    assert "Stella has no access here now." in alice.send(f"people/{cast.stella_seat.pk}/hold/", reason="On leave.")
    assert stella.opens() == 404
    assert "Stella has access again." in alice.send(f"people/{cast.stella_seat.pk}/release/")
    assert stella.opens() == 200


def test_somebody_is_signed_out_everywhere(cast: Cast) -> None:
    stella = Desk.of(cast.stella_seat)
    Desk.of(cast.alice_seat).send(f"people/{cast.stella_seat.pk}/sign-out/")
    assert stella.opens() == 302
    assert not Session.objects.live().filter(person=cast.stella_seat.person).exists()


def test_a_seat_is_ended(cast: Cast) -> None:
    stella = Desk.of(cast.stella_seat)
    page = Desk.of(cast.adam_seat).send(f"people/{cast.stella_seat.pk}/ending/", reason="")
    assert "Stella no longer has access here." in page
    assert stella.opens() in {302, 404}


def test_somebody_leaves_by_themselves(cast: Cast) -> None:
    stella = Desk.of(cast.stella_seat)
    page = stella.read(f"people/{cast.stella_seat.pk}/ending/")
    assert "Leave Alice & Co" in page
    assert stella.answers(f"people/{cast.stella_seat.pk}/ending/", reason="") == 302
    assert stella.opens() in {302, 404}


@pytest.mark.parametrize("page", [*PAGES, *ACTS])
def test_staff_may_not(cast: Cast, page: str) -> None:
    stella = Desk.of(cast.stella_seat)
    assert stella.answers(f"people/{cast.adam_seat.pk}/{page}", role="staff", reason="") == 403


@pytest.mark.parametrize("page", ["", *PAGES])
def test_somebody_of_elsewhere_is_like_nobody(cast: Cast, page: str) -> None:
    alice = Desk.of(cast.alice_seat)
    theirs = alice.browser.get(alice.path(f"people/{cast.other_firm.members.get().pk}/{page}"))
    unknown = alice.browser.get(alice.path(f"people/{UNKNOWN}/{page}"))
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_no_page(cast: Cast, act: str) -> None:
    assert Desk.of(cast.alice_seat).opens(f"people/{cast.stella_seat.pk}/{act}") == 405
