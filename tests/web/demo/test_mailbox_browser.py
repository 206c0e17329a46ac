"""The mailbox in a real browser: nothing for axe to find, a new letter comes in by itself, a link opens beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.outbox.contents import Contents
from tallystick.outbox.models import Letter
from tallystick.outbox.rendering import render_message
from tests.support.browser import CHROMIUM, MISSING, browsing, found_by_axe

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, browsing() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@pytest.fixture
def tab(browser: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """The mailbox with one welcome in it."""
    settings.DEMO = True
    drop("bob@bob.example", live_server.url)
    context = browser.new_context(base_url=live_server.url, bypass_csp=True)
    yield context.new_page()
    context.close()


def drop(to: str, base: str) -> None:
    """A mail of ours to somebody."""
    words = render_message("firm_approved", {"name": "Hart & Co", "action_url": f"{base}/demo/mailbox/?q=x"}, "en")
    contents = Contents(to=to, subject=words.subject, text=words.text, html=words.html)
    Letter.drop(f"<{to}>", "mail", contents)


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_is_too_wide(tab: Page, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 800})
    steps: dict[str, Callable[[], object]] = {
        "the list": lambda: tab.goto("/demo/mailbox/"),
        "the letter": lambda: tab.locator("#letters a").click(),
        "its plain text": lambda: tab.get_by_role("link", name="As plain text").click(),
    }
    for step, go in steps.items():
        go()
        assert found_by_axe(tab) == [], step
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, step


def test_a_new_letter_comes_in_by_itself(tab: Page, live_server: LiveServer) -> None:
    tab.goto("/demo/mailbox/")
    drop("charlie@charlie.example", live_server.url)
    expect(tab.locator("#letters li")).to_have_count(2, timeout=10_000)
    expect(tab.locator("#letters li").first).to_contain_text("charlie@charlie.example")


def test_the_button_of_a_mail_opens_beside_the_mailbox(tab: Page) -> None:
    tab.goto("/demo/mailbox/")
    tab.locator("#letters a").click()
    with tab.context.expect_page() as opened:
        tab.frame_locator("iframe").get_by_role("link", name="Go to your firm").click()
    expect(opened.value.get_by_role("searchbox")).to_have_value("x")
