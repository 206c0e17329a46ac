"""What a firm changes about a client: its name, pausing, keeping it to some, stopping."""

from __future__ import annotations

import pytest

from tallystick.audit.models import Fact
from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk

PAGES = ["name/", "hold/", "ending/", "grants/new/"]
ACTS = ["release/", "restriction/", "opening/"]


def of(cast: Cast, page: str) -> str:
    return f"clients/{cast.partnership.pk}/{page}"


def test_a_client_gets_a_name_of_the_firms_own(cast: Cast) -> None:
    alice = Desk.of(cast.alice_seat)
    assert "The client calls itself Bob's." in alice.read(of(cast, "name/"))
    assert "Bob the baker" in alice.send(of(cast, "name/"), name="  Bob   the\nbaker ")
    assert "Bob's" in Desk.of(cast.bob_seat).read()


@pytest.mark.parametrize(("name", "sentence"), [("", "Enter a name."), ("\u202e\n", "Enter a name."), ("x" * 500, "")])
def test_a_name_that_is_none_stays_in_its_field(cast: Cast, name: str, sentence: str) -> None:
    page = Desk.of(cast.alice_seat).mistake(of(cast, "name/"), name=name)
    assert sentence in page
    assert name.strip() in page


def test_the_firm_pauses_its_own_access_and_goes_on(cast: Cast) -> None:
    alice = Desk.of(cast.alice_seat)
    assert "is paused." in alice.send(of(cast, "hold/"), reason="Waiting for papers.")
    assert "Waiting for papers." in Desk.of(cast.bob_seat).read("activity/")
    assert "Your firm goes on with" in alice.send(of(cast, "release/"))
    assert alice.opens(of(cast, "")) == 200


def test_a_reason_too_long_is_told(cast: Cast) -> None:
    assert "500" in Desk.of(cast.alice_seat).mistake(of(cast, "hold/"), reason="x" * 501)


def test_the_firm_stops_working_for_a_client(cast: Cast) -> None:
    alice = Desk.of(cast.alice_seat)
    assert "Your firm loses all access at once." in alice.read(of(cast, "ending/"))
    assert "You no longer work for Bob's." in alice.send(of(cast, "ending/"), reason="")
    assert "Ended on" in alice.read("standing-still/")


def test_what_was_ended_is_ended(cast: Cast) -> None:
    alice = Desk.of(cast.alice_seat)
    alice.send(of(cast, "ending/"))
    assert "no longer works for" in alice.mistake(of(cast, "hold/"))


def test_a_client_is_kept_to_named_people_and_opened_again(cast: Cast) -> None:
    assert cast.stella_grant
    alice, adam = Desk.of(cast.alice_seat), Desk.of(cast.adam_seat)
    alice.send(of(cast, "restriction/"))
    assert adam.opens(of(cast, "")) == 404
    assert Desk.of(cast.stella_seat).opens(of(cast, "")) == 200


@pytest.mark.parametrize("page", PAGES)
def test_looking_changes_nothing(cast: Cast, page: str) -> None:
    alice = Desk.of(cast.alice_seat)
    address = of(cast, page)
    before = Fact.objects.count()
    assert alice.opens(address) == 200
    assert Fact.objects.count() == before


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_no_page(cast: Cast, act: str) -> None:
    assert Desk.of(cast.alice_seat).opens(of(cast, act)) == 405


@pytest.mark.parametrize("page", [*PAGES[1:], *ACTS])
def test_staff_may_not(cast: Cast, page: str) -> None:
    assert cast.stella_grant
    assert Desk.of(cast.stella_seat).answers(of(cast, page), reason="") == 403


@pytest.mark.parametrize("page", [*PAGES, *ACTS])
def test_a_client_of_others_is_like_an_unknown_one(cast: Cast, page: str) -> None:
    alice = Desk.of(cast.alice_seat)
    assert alice.answers(f"clients/{cast.other_partnership.pk}/{page}") == 404
    assert alice.answers(f"clients/{UNKNOWN}/{page}") == 404
