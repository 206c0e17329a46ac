"""A bookkeeper asks, and an owner who has never heard of us connects the app on a phone: without an account or a password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from tests.journeys.customer import Customer
from tests.journeys.scanner import Scanner
from tests.journeys.visitor import DESK, PROVING
from tests.support.house import House

Come = Callable[..., Customer]


@pytest.fixture
def come(browser: Browser, house: House, width: int) -> Iterator[Come]:
    """Somebody else each time, with a browser of their own."""
    came: list[Customer] = []

    def visit(*, script: bool = True) -> Customer:
        came.append(Customer(browser, house.address, width, script=script))
        return came[-1]

    yield visit
    for customer in came:
        customer.leave()


@pytest.fixture
def alice(come: Come) -> Customer:
    """The bookkeeper, at Client Connect of books that Bob has just opened."""
    name = f"Bob’s Van {uuid4().hex[:4]}"
    books = come().open_books(name).page.url.split("/books/")[1].split("/")[0]
    alice = come().become("Alice Jansen")
    alice.go(re.sub(r"(/f/[^/]+/).*", rf"\1books/{books}/client-connect/", alice.page.url))
    return alice


def its_link(customer: Customer) -> str:
    """The link in the field with the Copy button, as a path."""
    link = customer.page.locator("#address").input_value()
    return link.removeprefix(customer.address)


def asks(alice: Customer, *apps: str, of: str = "", name: str = "") -> Customer:
    """Ask for these apps: by mail, or by a link to copy."""
    alice.press("Ask the owner" if alice.page.get_by_role("link", name="Ask the owner").count() else "Ask")
    for app in apps:
        alice.choose(app)
    if not of:
        return alice.press("Make a link")
    alice.write("mail address", of)
    if name:
        alice.write("name", name)
    return alice.press("Send the mail")


def code_for(customer: Customer, to: str) -> str:
    """The code mailed last to whoever was asked, once it has come after the mail that asks."""
    found = re.search(r"\d{4} \d{4}", customer.newest_mail(to, holds="code"))
    assert found, f"No code in the mail to {to}."
    return found.group()


def mailed_link(customer: Customer, to: str) -> str:
    found = re.search(r"http://localhost\S+/i/\S+", customer.newest_mail(to, holds="asks you to connect"))
    assert found, f"No link in the mail to {to}."
    return found.group().removeprefix(customer.address)


def test_the_bookkeeper_copies_the_link_the_owner_connects_and_the_bookkeeper_confirms(
    alice: Customer, come: Come
) -> None:
    alice.press("Make the link")
    owner = come().go(its_link(alice)).press("Larkstall").write("shop", "bobs-bakery").press("Connect Larkstall")
    owner.answer().is_at("Is this the right one?").press("Yes, connect it").is_at("Larkstall is connected")
    owner.reads("look whether it is the right one").read_first()
    alice.press("My apps").reads("Somebody connected this by the link. Is it yours?").press("Yes, ours")
    alice.does_not_read("Is it yours?")


def test_a_strangers_shop_is_refused(alice: Customer, come: Come) -> None:
    alice.press("Make the link")
    stranger = come(script=False).go(its_link(alice)).press("Larkstall").write("shop", "charlies-cycles")
    stranger.press("Connect Larkstall").answer("Charlie Chain").press("Yes, connect it")
    alice.press("My apps").reads("Charlie").press("Not ours")
    alice.does_not_read("Is it yours?")


def test_a_kit_of_three_is_asked_for_by_mail_two_are_connected_and_one_is_passed_on(
    alice: Customer, come: Come
) -> None:
    to, colleague = f"olaf.{uuid4().hex[:6]}@owner.example", f"carla.{uuid4().hex[:6]}@owner.example"
    asks(alice, "Larkstall", "Tinkertill", "Otterbank", of=to, name="Olaf").reads("0 of 3 done")
    ask = alice.page.url
    owner = come()
    owner.go(mailed_link(owner, to)).reads("0 of 3 done", "Is it really them?")
    owner.press("Connect Larkstall").write("shop", "bobs-bakery").press("Connect Larkstall")
    owner.answer().press("Yes, connect it").press("Go on with the next app").reads("1 of 3 done")
    owner.press("Connect Tinkertill").answer().choose("Market Square").press("Yes, connect it")
    owner.press("Go on with the next app").reads("2 of 3 done")
    owner.press("What is seen, or not you? Otterbank").press("Pass it on to a colleague").press("Send the code")
    owner.write("Code", code_for(owner, to)).press("Go on").is_at("Who can connect Otterbank?")
    owner.write("Their mail address", colleague).write("Their name", "Carla").press("Pass it on")
    owner.reads("has been asked to connect Otterbank")
    alice.go(ask.removeprefix(alice.address)).reads("2 of 3 done", "Passed on")
    assert "2 apps" not in mailed_link(owner, colleague)
    for admin in ("bob@bobs-bakery.example", "bea@bobs-bakery.example"):  # Bea reads Dutch
        assert "Olaf" in owner.newest_mail(admin, holds="Tinkertill")


def test_a_link_that_was_replaced_is_dead_at_once(alice: Customer, come: Come) -> None:
    alice.press("Make the link")
    old = its_link(alice)
    owner = come().go(old).press("Larkstall").write("shop", "bobs-bakery")
    alice.press("Replace the link").reads("stop working at once").press("Replace the link")
    owner.press("Connect Larkstall").is_at("There is a newer link")
    come().go(old).is_at("There is a newer link")
    assert its_link(alice) != old


def test_the_owner_says_no(alice: Customer, come: Come) -> None:
    to = f"olga.{uuid4().hex[:6]}@owner.example"
    asks(alice, "Otterbank", of=to)
    ask = alice.page.url
    owner = come(script=False)
    owner.go(mailed_link(owner, to)).press("Say no").press("Send the code").write("Code", code_for(owner, to))
    owner.press("Go on").write("Why not?", "It is not my bank").press("Say no").is_at("You said no")
    alice.go(ask.removeprefix(alice.address)).reads("Declined", "It is not my bank")


def test_staff_without_rights_can_pass_it_on(alice: Customer, come: Come) -> None:
    to, colleague = f"sam.{uuid4().hex[:6]}@owner.example", f"carla.{uuid4().hex[:6]}@owner.example"
    asks(alice, "Tinkertill", of=to)
    staff = come()
    staff.go(mailed_link(staff, to)).press("Connect Tinkertill")
    staff.answer("Sam Summers", say="").is_at("You may not share this at Tinkertill")
    staff.press("Pass it on to a colleague").press("Send the code")
    staff.write("Code", code_for(staff, to)).press("Go on").write("Their mail address", colleague).press("Pass it on")
    owner = come()
    owner.go(mailed_link(owner, colleague)).press("Connect Tinkertill").answer().choose("Mill Lane")
    owner.press("Yes, connect it").is_at("Tinkertill is connected")


def test_what_was_connected_is_shown_to_another_device_by_a_code_alone(alice: Customer, come: Come) -> None:
    to = f"otto.{uuid4().hex[:6]}@owner.example"
    asks(alice, "Otterbank", of=to)
    phone, desk = come(), come()
    link = mailed_link(phone, to)
    phone.go(link).press("Connect Otterbank").answer().choose("current account")
    phone.press("Yes, connect it").read_first()
    desk.go(link).press("Look at it").does_not_read("The latest we read").press("See it with a code").press(
        "Send the code"
    )
    desk.write("Code", code_for(desk, to)).press("Go on").reads("The latest we read").press("Disconnect")
    desk.press("Disconnect").reads("Otterbank is disconnected.")


def test_the_same_shop_connected_from_two_browsers_at_once_is_one(alice: Customer, come: Come) -> None:
    asks(alice, "Tinkertill")
    ask, link = alice.page.url, its_link(alice)
    first, second = come().go(link), come().go(link)
    for owner in (first, second):
        owner.press("Connect Tinkertill").answer().choose("Market Square")
    first.press("Yes, connect it").is_at("Tinkertill is connected")
    second.page.get_by_role("button", name="Yes, connect it").click()
    second.reads("Tinkertill is connected already.")
    alice.go(ask.removeprefix(alice.address)).reads("1 of 1 done")


def test_the_reference_from_the_mail_is_typed_instead(alice: Customer, come: Come) -> None:
    to = f"oona.{uuid4().hex[:6]}@owner.example"
    asks(alice, "Otterbank", of=to)
    reference = alice.page.locator(".mono").last.inner_text()
    owner = come().go("/r/").write("Reference", reference).press("Go on")
    owner.write("Code", code_for(owner, to)).press("Go on").reads("asks you to connect Otterbank")


@pytest.mark.parametrize("width", [DESK], indirect=True)
def test_scanners_with_browsers_change_nothing_and_the_owner_then_succeeds(
    alice: Customer, come: Come, browser: Browser, house: House, rounds: Callable[[int, int], int]
) -> None:
    alice.press("Make the link")
    standing, to = its_link(alice), f"olaf.{uuid4().hex[:6]}@owner.example"
    asks(alice, "Larkstall", "Otterbank", of=to)
    ask, link = alice.page.url, mailed_link(alice, to)
    scanners = [Scanner(browser, house.address, quick=not PROVING) for _network in range(rounds(1, 2))]
    for _time in range(rounds(1, 50)):
        for scanner in scanners:
            scanner.scan(link)
            scanner.scan(standing)
    for scanner in scanners:
        scanner.leave()
        assert {"Connect Larkstall", "Connect Otterbank", "Send the code"} <= scanner.pressed
    alice.go(ask.removeprefix(alice.address)).reads("0 of 2 done", "Asked").does_not_read("Declined")
    alice.go(re.sub("asks/.*", "apps/", ask.removeprefix(alice.address))).reads("No app is connected yet")
    owner = come().go(link).press("Connect Larkstall").write("shop", "bobs-bakery").press("Connect Larkstall").answer()
    owner.press("Yes, connect it").is_at("Larkstall is connected")
