"""What Bob decides about a firm holds at once, on every page that is open anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def bob(visitor: Visitor) -> Visitor:
    """Bob, at what he agreed with Alice's firm."""
    visitor.become("Bob Baker").press("Who has access", within=".nav").is_at("Who has access")
    return visitor.press("Alice & Partners").is_at("Alice & Partners")


def test_a_paused_firm_loses_the_client_on_pages_that_are_open(bob: Visitor, visit: Visit) -> None:
    alice, sofia = visit(), visit()
    alice.become("Alice Jansen").press("Bob’s Bakery").reads("Bob’s Bakery Shop")
    sofia.become("Sofia Lindqvist").press("Bob’s Bakery").reads("Bob’s Bakery Shop")

    bob.press("Pause access").is_at("Pause access for Alice & Partners?")
    bob.write("Why?", "We look at the agreement first.").press("Pause access")
    bob.reads("Alice & Partners has no access now.", "You paused this firm’s access", "Nobody at the moment.")

    alice.go(alice.page.url).reads("The client has paused your access", "You cannot work on any of its books now.")
    expect(alice.page.locator("section[aria-labelledby=books]")).not_to_contain_text("Bob’s Bakery Shop")
    alice.press("Clients", within=".nav").does_not_read("Bob’s Bakery")
    alice.press("Paused and ended").reads("Bob’s Bakery", "The client paused it")
    sofia.go(sofia.page.url, status=404).is_at("We can’t find this page")

    bob.press("Give access back").reads("Alice & Partners has access again.")
    sofia.go("/").press("Bob’s Bakery").reads("Bob’s Bakery Shop")


def test_one_person_is_kept_out(bob: Visitor, visit: Visit) -> None:
    sofia = visit().become("Sofia Lindqvist").press("Bob’s Bakery")
    bob.press("Keep out Sofia Lindqvist").reads("Sofia Lindqvist has no access to your books now.", "Kept out by you")
    expect(sofia.page.get_by_role("heading", level=1)).to_have_text("We can’t find this page", timeout=10_000)
    sofia.go(sofia.page.url, status=404)
    bob.press("Let in again Sofia Lindqvist").does_not_read("Kept out by you")
    sofia.go("/").press("Bob’s Bakery").is_at("Bob’s Bakery")


def test_what_a_firm_may_do_is_narrowed(bob: Visitor) -> None:
    bob.press("Change what they may do").is_at("What may Alice & Partners do?")
    everything = bob.page.locator("input[name=scopes]").all()
    for box in everything:
        box.uncheck()
    bob.press("Save what they may do").reads("Choose what the firm may do.")
    bob.choose("See the books and which apps are connected").choose("Only those ticked here")
    for box in bob.page.locator("input[name=organisations]").all():
        box.uncheck()
    bob.press("Save what they may do").reads("Tick at least one set of books, or choose all of them.")
    bob.choose("Bob’s Bakery Shop").press("Save what they may do").reads("Alice & Partners was told.")
    bob.reads("On these books only:")
    bob.press("Change what they may do").choose("All of them, future ones too")
    for box in bob.page.locator("input[name=scopes]").all():
        box.check()
    bob.press("Save what they may do").reads("On all your books, future ones too.")


def test_without_script(visit: Visit, width: int) -> None:
    noor = visit(width, script=False).become("Noor van Dijk").in_english()
    noor.press("Who has access", within=".nav").press("Alice & Partners")
    noor.press("Give access back").reads("Alice & Partners has access again.")
    noor.press("Pause access").press("Pause access").reads("You paused this firm’s access")
