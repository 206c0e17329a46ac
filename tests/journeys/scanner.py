"""A mail scanner with a whole browser: it opens what a mail links to, fills in every field, and presses all there is."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page

_OURS = ("/i/", "/c/", "/r/", "/connect/")
_ROW = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\?.*|#.*")
_APP = re.compile(r"(?<=/apps/)[\w-]+")
_FILL = """for (const field of document.querySelectorAll("main input, main textarea, main select")) {
  if (field.type == "checkbox" || field.type == "radio") field.checked = true
  else if (field.tagName != "SELECT" && field.type != "hidden" && !field.readOnly)
    field.value = {email: "carla@owner.example", text: "bobs-bakery", password: "rk_sandbox_bob"}[field.type] || "x"
}"""


class Scanner:
    """It signs in nowhere: at an app's own page it turns back. One that is `quick` opens the page of one app alone."""

    def __init__(self, browser: Browser, address: str, *, quick: bool) -> None:
        self.address = address
        self.quick = quick
        self.context = browser.new_context(base_url=address)
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.pressed: set[str] = set()

    def scan(self, link: str) -> None:
        """One pass: each kind of page that can be reached is opened, and each of its buttons pressed."""
        ahead, seen = [link], set()
        while ahead:
            path = ahead.pop(0)
            kind = _APP.sub("…" if self.quick else r"\g<0>", _ROW.sub("…", path))
            if kind in seen or not path.startswith(_OURS):
                continue
            seen.add(kind)
            number = 0
            while self._press(path, number):
                ahead.append(self._place())
                number += 1
            self.page.goto(path)
            ahead += self.page.evaluate("[...document.links].map(link => link.getAttribute('href'))")

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()

    def _press(self, path: str, number: int) -> bool:
        """The button of this number on that page, filled in and pressed. False when there are no more."""
        self.page.goto(path)
        self.page.evaluate(_FILL)
        buttons = self.page.locator("main button:visible")
        if number >= buttons.count():
            return False
        self.pressed.add(buttons.nth(number).inner_text())
        buttons.nth(number).click()
        self.page.wait_for_load_state()
        return True

    def _place(self) -> str:
        return self.page.url.removeprefix(self.address)
