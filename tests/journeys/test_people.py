"""The people of a business: another role, and the owner who can't go."""

from __future__ import annotations

import pytest

from tests.journeys.visitor import Visitor


@pytest.fixture
def bob(visitor: Visitor) -> Visitor:
    return visitor.become("Bob Baker").press("People", within=".nav").is_at("People")


def test_somebody_is_given_another_role(bob: Visitor) -> None:
    bob.press("Bo Chen").press("Change the role").is_at("Which role does Bo Chen have?")
    bob.choose("Employee").press("Save the role").reads("Bo Chen has another role now.", "Employee")
    bob.press("Change the role").choose("Contact").press("Save the role").reads("Contact")


def test_somebody_is_paused_and_let_in_again(bob: Visitor) -> None:
    bob.press("Ben Yılmaz").press("Pause access").is_at("Pause access for Ben Yılmaz?").press("Pause access")
    bob.reads("Ben Yılmaz has no access here now.", "Paused")
    bob.press("Give access back").reads("Ben Yılmaz has access again.")


def test_the_last_owner_stays(bob: Visitor) -> None:
    bob.press("Bob Baker").press("Leave Bob’s Bakery").is_at("Leave Bob’s Bakery?")
    bob.write("Why?", "I want to sail.").press("Leave Bob’s Bakery")
    bob.reads("Bob Baker is the only owner of Bob’s Bakery.", "Make somebody else an owner first.")
    assert bob.page.get_by_label("Why?").input_value() == "I want to sail."
