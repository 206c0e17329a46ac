"""The frame in a real browser: nothing for axe to find, nothing wider than a phone, and what the script adds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import CHROMIUM, MISSING, browsing, found_by_axe
from tests.web import frame_urls

pytestmark = [
    pytest.mark.urls("tests.web.frame_urls"),
    pytest.mark.journey,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]

PAGES = ["/components/", "/components/desk/", "/components/page/", "/components/page/?wrong=1", "/nowhere/"]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedWSGIServer(("localhost", 0), Quiet)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    page = context.new_page()
    faults: list[object] = []
    page.on("pageerror", lambda fault: faults.append(fault))  # noqa: PLW0108 - it marks the function it is given
    yield page
    context.close()
    assert faults == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing(browser: Browser, address: str, width: int, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        bypass_csp=True,
        base_url=address,
    )
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        assert found_by_axe(page) == [], path
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_the_screen(tab: Page, path: str) -> None:
    tab.goto(path)
    for width in (320, 360, 768, 1440):
        tab.set_viewport_size({"width": width, "height": 640})
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width


@pytest.mark.parametrize("path", PAGES)
def test_what_can_be_pressed_is_big_enough(tab: Page, path: str) -> None:
    tab.goto(path)
    for width in (360, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        small = tab.evaluate(
            """[...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
            .filter(item => item.offsetParent && !item.closest("p, li li, .errors") && !item.matches(".skip"))
            .map(item => [item.outerHTML.slice(0, 80), Math.round(item.getBoundingClientRect().height)])
            .filter(([, height]) => height < 24)"""
        )
        assert small == [], width


def test_a_form_is_sent_once(tab: Page) -> None:
    frame_urls.sent.times = 0  # type: ignore[attr-defined]
    tab.goto("/components/page/")
    tab.evaluate("document.querySelector('main form').action = '/sent/'")
    tab.evaluate("const b = document.querySelector('main form .primary'); b.click(); b.click(); b.click();")
    expect(tab).to_have_url(tab.url.split("/components")[0] + "/sent/")
    assert frame_urls.sent.times == 1  # type: ignore[attr-defined]


def test_a_button_that_was_pressed_is_busy(tab: Page) -> None:
    tab.goto("/components/page/")
    tab.route("**/components/page/", lambda route: route.fulfill(status=204))
    button = tab.locator("main form .button.primary")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")


def test_the_switcher_works_by_keyboard(tab: Page) -> None:
    tab.goto("/components/desk/")
    summary = tab.locator(".switcher > summary")
    summary.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-filter]")).to_be_focused()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("c")
    expect(tab.get_by_role("link", name="Charlie & Partners")).to_be_focused()
    tab.keyboard.press("c")
    expect(tab.locator(".switcher").get_by_role("link", name="Café Noord")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(tab.locator(".switcher .panel")).to_be_hidden()


def test_the_switcher_finds_a_name(tab: Page) -> None:
    tab.goto("/components/desk/")
    tab.locator(".switcher > summary").click()
    tab.locator("[data-filter]").fill("bob")
    expect(tab.locator(".switcher li:visible")).to_have_count(1)
    tab.locator("[data-filter]").fill("zzz")
    expect(tab.locator("[data-none]")).to_be_visible()


def test_a_password_is_shown_and_hidden(tab: Page) -> None:
    tab.goto("/components/page/")
    show = tab.locator("[data-show]")
    show.click()
    expect(tab.locator("#id_password")).to_have_attribute("type", "text")
    show.click()
    expect(tab.locator("#id_password")).to_have_attribute("type", "password")


def test_copying_says_so(tab: Page) -> None:
    tab.goto("/components/")
    tab.locator("[data-copy]").click()
    expect(tab.locator("[data-copy]")).to_contain_text("Copied")


def test_a_dialog_opens_in_place_and_closes(tab: Page) -> None:
    tab.goto("/components/")
    tab.locator("#dialogs .button.danger").first.click()
    expect(tab.locator("dialog")).to_be_visible()
    tab.locator("dialog .quiet").click()
    expect(tab.locator("dialog")).to_be_hidden()


def test_the_summary_of_mistakes_has_the_focus_and_leads_to_the_field(tab: Page) -> None:
    tab.goto("/components/page/?wrong=1")
    expect(tab.locator(".errors")).to_be_focused()
    tab.locator(".errors a").first.click()
    expect(tab.locator("#id_email")).to_be_focused()


def test_a_part_keeps_itself_up_to_date_until_it_is_done(tab: Page) -> None:
    tab.goto("/live/")
    expect(tab.locator("#state b")).to_have_text("Connected")


def test_without_a_script_everything_is_still_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, base_url=address)
    page = context.new_page()
    page.goto("/components/desk/")
    page.locator(".switcher > summary").click()
    expect(page.get_by_role("link", name="Bob’s Bikes").first).to_be_visible()
    page.goto("/components/")
    page.locator("#dialogs .button.danger").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This did not go through")
    context.close()


def test_focus_is_never_under_the_bar_of_a_phone(tab: Page) -> None:
    tab.set_viewport_size({"width": 360, "height": 640})
    tab.goto("/components/desk/")
    for _ in range(40):
        tab.keyboard.press("Tab")
        hidden = tab.evaluate(
            """(() => { const item = document.activeElement;
            const bar = document.querySelector(".nav").getBoundingClientRect();
            if (item === document.body || item.closest(".nav")) return false;
            return item.getBoundingClientRect().bottom > bar.top + 1; })()"""
        )
        assert not hidden, tab.evaluate("document.activeElement.outerHTML")
