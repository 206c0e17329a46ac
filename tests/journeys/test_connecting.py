"""Bob connects the apps of his bakery: each kind of app, and each way in which it comes to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from tests.journeys.customer import Customer
from tests.support.house import House


@pytest.fixture
def come(browser: Browser, house: House, width: int) -> Iterator[Callable[..., Customer]]:
    """Bob, at the apps of books of their own."""
    came: list[Customer] = []

    def visit(*, script: bool = True) -> Customer:
        came.append(Customer(browser, house.address, width, script=script))
        return came[-1].open_books(f"Bob’s Stall {uuid4().hex[:4]}")

    yield visit
    for customer in came:
        customer.leave()


@pytest.fixture
def bob(come: Callable[..., Customer]) -> Customer:
    return come()


def test_a_shop_is_found_named_and_connected(bob: Customer) -> None:
    bob.reads("No app is connected yet").press("See the apps")
    bob.write("Find an app", "lark").press("Search").press("Larkstall").is_at("Larkstall")
    bob.write("Shop", "evil.com/").press("Connect Larkstall").reads("This is not one that the app can have.")
    bob.write("Shop", "bobs-bakery").press("Connect Larkstall")
    bob.answer().is_at("Is this the right one?").reads("Bob's Bakery")
    bob.press("Yes, connect it").is_at("Larkstall is connected").read_first()
    bob.press("See all apps of these books").reads("Larkstall", "Working")


def test_of_a_till_one_place_is_picked(come: Callable[..., Customer]) -> None:
    bob = come(script=False)
    bob.begin("Tinkertill").answer().is_at("Which one is it?")
    bob.press("Yes, connect it").reads("Choose which one is yours.")
    bob.choose("Station Kiosk").press("Yes, connect it").is_at("Tinkertill is connected").reads("Station Kiosk")


def test_one_consent_at_a_ledger_gives_two_companies(bob: Customer) -> None:
    bob.begin("Quillstone").answer().is_at("Which one is it?")
    for box in bob.page.locator("input[name=account]").all():
        box.check()
    bob.press("Yes, connect it").is_at("Quillstone is connected")
    bob.press("See all apps of these books")
    assert bob.page.get_by_role("link", name="Quillstone").count() == 2


def test_a_key_is_pasted_and_one_that_is_wrong_or_writes_is_not_kept(bob: Customer) -> None:
    bob.begin("Paddlepay", Key="rk_sandbox_nobody_knows_this_key").arrive().is_at("Paddlepay does not know this key")
    bob.press("Try again").write("Key", "sk_sandbox_bob_can_write").press("Connect Paddlepay")
    bob.arrive().is_at("This key can do more than read")
    bob.press("Try again").write("Key", "rk_sandbox_bob_reads_everything").press("Connect Paddlepay")
    bob.arrive().press("Yes, connect it").is_at("Paddlepay is connected")


def test_a_no_somebody_without_the_right_and_an_app_that_is_down(bob: Customer) -> None:
    bob.begin("Otterbank").answer(say="No, do not share").is_at("You said no at Otterbank")
    bob.press("Try again").press("Connect Otterbank").answer()
    bob.press("No, this is not the one").is_at("You said that this is not the one")

    bob.begin("Tinkertill").answer("Sam Summers", say="").is_at("You may not share this at Tinkertill")
    bob.press("Ask somebody else").is_at("Ask somebody else")

    bob.begin("Larkstall", Shop="bobs-bakery")
    bob.switch("shop", token={"fault": "503", "next": 1})
    bob.answer().is_at("Larkstall is very busy just now")
    bob.press("Back to the apps").reads("No app is connected yet")
