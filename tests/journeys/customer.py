"""Somebody who connects apps in a browser: from our pages to those of the sandbox and back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import httpx2
from playwright.sync_api import Browser, Request
from playwright.sync_api import Error as BrowserFault

from tests.journeys.visitor import Visitor

SANDBOX_STEP = 100
"""The sandbox's port follows the demo's."""
WAITING = "We are talking"
"""How the page begins that waits for the app."""
_SCRIPT = httpx2.Client(verify=False)
"""Whoever turns the switches. Plain http on loopback: the list of authorities, which takes long to read, is of no use."""


class Customer(Visitor):
    """A visitor who may go to the outside apps too. Their pages are not ours to examine."""

    def __init__(self, browser: Browser, address: str, width: int, *, script: bool = True) -> None:
        super().__init__(browser, address, width, script=script)
        host, _, port = address.rpartition(":")
        self.outside = f"{host.replace('localhost', '127.0.0.1')}:{int(port) + SANDBOX_STEP}"

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.outside):
            super()._asked(request)

    def look(self, *widths: int) -> None:
        """Examine a page of ours."""
        if not self.page.url.startswith(self.outside):
            super().look(*widths)

    def open_books(self, name: str) -> Self:
        """As Bob: a set of books to which nothing is connected; their apps."""
        self.become("Bob Baker")
        desk = self.page.url.removeprefix(self.address)
        found = re.search(
            rf'href="([^"]+)"[^>]*>{re.escape(name)}<', self._fetch(self.send(f"{desk}books/new/", name=name))
        )
        assert found, f"{name} is not among the books."
        self.go(f"{found.group(1)}apps/")
        self.apps = self.page.url
        return self

    def begin(self, app: str, **typed: str) -> Self:
        """Go to an app by the list of those there are, up to its own pages."""
        self.go(f"{self.apps}available/").press(app)
        for label, text in typed.items():
            self.write(label, text)
        self.press(f"Connect {app}")
        return self

    def answer(self, who: str = "Bob Baker", say: str = "Yes, share this") -> Self:
        """At the app: sign in as somebody, say yes or no, and come back."""
        if self.page.get_by_role("heading", level=1).inner_text().startswith("Sign in"):
            self.page.get_by_role("button", name=who).click()
        if say:
            self.page.get_by_role("button", name=say).click()
        return self.arrive()

    def arrive(self) -> Self:
        """Back on our side, and past the page that waits for the app."""
        self.page.wait_for_url(re.compile(re.escape(self.address)))
        self.look()
        return self._when(lambda text: WAITING not in text)

    def read_first(self) -> Self:
        """Until the first read is shown."""
        return self.until("The latest we read")

    def until(self, sentence: str) -> Self:
        """Until the page has this on it."""
        return self._when(lambda text: sentence in text)

    def _when(self, so: Callable[[str], bool], seconds: float = 20) -> Self:
        """Look at the page once its text is so. It is asked for unseen meanwhile: drawing it costs ten times as much."""
        if not so(" ".join((self.page.locator("body").text_content() or "").split())):
            end = time.monotonic() + seconds
            while not so(said := self.said_by(self.page.url)):
                assert time.monotonic() < end, f"What was waited for never came on {self.page.url}: {said}"
                self.page.wait_for_timeout(100)
            self.again()
        self.look()
        return self

    def again(self) -> None:
        """The page once more. Where it goes on by itself at that very moment, our asking is broken off."""
        with suppress(BrowserFault):
            self.page.reload()
        self.page.wait_for_load_state()

    # What is done to the apps, without their pages.

    def switch(self, app: str, **groups: dict[str, object]) -> None:
        """Set switches of an app."""
        assert _SCRIPT.patch(f"{self.outside}/switches/{app}", json=groups).status_code == httpx2.codes.OK

    def act(self, app: str, action: str, **asked: Any) -> None:
        """Do something to the consent that this app was given last."""
        consent = _SCRIPT.get(f"{self.outside}/switches/{app}").json()["consents"][0]["id"]
        answer = _SCRIPT.post(f"{self.outside}/switches/{app}/actions/{action}", json={"consent": consent} | asked)
        assert answer.status_code == httpx2.codes.OK, answer.text
