"""The firm's activity and settings."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tests.support.desks import Desk


def test_what_happened_is_told_in_sentences(cast: Cast) -> None:
    assert cast.stella_grant
    page = Desk.of(cast.alice_seat).read("activity/")
    for sentence in (
        "Alice & Co was set up",
        "Alice & Co began to work for Bob's",
        "Stella was given Bob's to work on",
    ):
        assert sentence in page


def test_times_name_their_zone(cast: Cast) -> None:
    cast.alice.choose_time_zone("Asia/Tokyo", by=cast.alice.actor)
    assert "JST" in Desk.of(cast.alice_seat).read("activity/")


def test_staff_do_not_read_it(cast: Cast) -> None:
    assert Desk.of(cast.stella_seat).opens("activity/") == 403
    assert "/activity/" not in Desk.of(cast.stella_seat).read()


def test_nothing_of_others_is_in_it(cast: Cast) -> None:
    assert cast.other_partnership
    assert "Charlie" not in Desk.of(cast.alice_seat).read("activity/")


@pytest.mark.parametrize("after", ["0", "-1", "x", "9" * 30, "%00"])
def test_an_odd_page_number_is_no_trouble(cast: Cast, after: str) -> None:
    assert Desk.of(cast.alice_seat).opens(f"activity/?after={after}") == 200


def test_the_firm_gets_another_name(cast: Cast) -> None:
    page = Desk.of(cast.adam_seat).send("settings/", name="Alice & Adam")
    assert "Saved." in page
    assert 'value="Alice & Adam"' in page
    assert cast.firm.address in page


def test_a_firm_has_a_name(cast: Cast) -> None:
    assert "Enter a name." in Desk.of(cast.alice_seat).mistake("settings/", name=" ")


def test_staff_change_no_settings(cast: Cast) -> None:
    assert Desk.of(cast.stella_seat).opens("settings/") == 403
    assert Desk.of(cast.stella_seat).answers("settings/", name="Stella’s") == 403
