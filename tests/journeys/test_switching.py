"""Gina owns a flower shop and works for a firm as well: she goes from one to the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import PHONE, Visitor

FIRM, SHOP = "Brooks Bookkeeping", "Green Leaf Florist"


@pytest.fixture
def gina(visitor: Visitor) -> Visitor:
    visitor.become("Gina Rossi").is_at("Where do you want to work?")
    return visitor.press(FIRM).is_at("Clients")


def test_by_mouse_or_finger(gina: Visitor, width: int) -> None:
    summary = gina.page.locator(".switcher > summary")
    summary.tap() if width == PHONE else summary.click()
    expect(gina.page.locator(".switcher [aria-current]")).to_contain_text(FIRM)
    gina.look()
    gina.press(SHOP, within=".switcher").is_at("Books")
    expect(gina.page.locator(".switcher > summary")).to_contain_text(SHOP)


def test_by_keyboard(gina: Visitor) -> None:
    page = gina.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".switcher > summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("g")
    expect(page.locator(".switcher").get_by_role("link", name=SHOP)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/b/**")
    gina.is_at("Books")
    page.locator(".switcher > summary").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".switcher .panel")).to_be_hidden()
    expect(page.locator(".switcher > summary")).to_be_focused()


def test_without_script(visit: Callable[..., Visitor], width: int) -> None:
    gina = visit(width, script=False).go("/").press("Be Gina Rossi")
    gina.press(SHOP).is_at("Books")
    gina.page.locator(".switcher > summary").click()
    gina.press(FIRM, within=".switcher").is_at("Clients")
