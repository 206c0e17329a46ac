"""Signing up: an address, the code that was mailed, a name, and a firm."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import PHONE, Visitor


def prove(visitor: Visitor, address: str) -> None:
    """From the first question to the code typed in."""
    visitor.go("/sign-in/").write("Mail address", address).press("Mail me a code")
    visitor.is_at("Type your code")
    visitor.write("Code", visitor.code_for(address)).press("Sign in")


def begin(visitor: Visitor, address: str, name: str) -> None:
    """Somebody new, up to the question what to set up."""
    prove(visitor, address)
    visitor.is_at("What is your name?").write("Your name", name).press("Go on")
    visitor.is_at("What do you want to set up?")


@pytest.mark.parametrize("script", [True, False], ids=["", "without script"])
def test_a_firm_signs_up_by_code(visit: Callable[..., Visitor], width: int, script: bool) -> None:
    dora = visit(width, script=script)
    begin(dora, f"dora@dora-{width}-{script}.example", "Dora Klein")
    dora.press("An accounting firm").is_at("Set up your firm")
    dora.reads(f"dora@dora-{width}-{script}.example".lower())
    dora.write("What is your firm called?", "Dora Counts").press("Set up the firm")
    dora.is_at("Clients").reads("Dora Counts is set up.", "You have no clients yet")


def test_a_firm_uses_its_own_address(visitor: Visitor, width: int) -> None:
    begin(visitor, f"erik.{width}@gmail.com", "Erik Bos")
    visitor.press("An accounting firm")
    visitor.reads("Use your firm's own address. Clients will see it.", "Your firm has no address of its own?")
    visitor.press("Add an address").press("Add an address").is_at("Add an address")
    own = f"erik@bos-{width}.example"
    visitor.write("Mail address", own).press("Mail a code there")
    visitor.write("Code", visitor.code_for(own)).press("Add this address")
    visitor.go("/new/firm/").reads(own)
    visitor.write("What is your firm called?", "Bos Books").press("Set up the firm").is_at("Clients")


def test_a_wrong_code_is_told_and_a_new_one_works(visitor: Visitor, width: int) -> None:
    address = f"fay@fay-{width}.example"
    visitor.go("/sign-in/").write("Mail address", address).press("Mail me a code")
    visitor.code_for(address)
    visitor.write("Code", "0000 0000").press("Sign in")
    visitor.reads("This is not the code we sent.")
    expect(visitor.page).to_have_title("Error: Type your code – Tallystick")
    expect(visitor.page.get_by_label("Code")).to_have_value("0000 0000")
    visitor.write("Code", f"  {visitor.code_for(address)} ").press("Sign in").is_at("What is your name?")


def test_a_slip_in_an_address_is_asked_about(visitor: Visitor) -> None:
    visitor.go("/sign-in/").press("Mail me a code").reads("Type your mail address.")
    visitor.write("Mail address", "gerda@gmial.com").press("Mail me a code")
    visitor.reads("Did you mean gerda@gmail.com?")
    expect(visitor.page.get_by_label("Mail address")).to_have_value("gerda@gmial.com")
    visitor.press("Yes, use gerda@gmail.com").is_at("Type your code")


def test_a_new_firm_may_have_to_wait(visit: Callable[..., Visitor]) -> None:
    fleur, olivia = visit(PHONE), visit()
    fleur.become("Fleur Peters").reads("Your firm waits for approval")
    olivia.become("Olivia Stone").is_at("Firms").press("Approve Peters Count").reads("Peters Count")
    fleur.go(fleur.page.url).does_not_read("Your firm waits for approval")
