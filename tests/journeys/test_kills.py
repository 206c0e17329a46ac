"""Web and worker are killed while somebody asks and somebody connects: both just go on, and everybody is told once."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from uuid import uuid4

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as BrowserFault

from tests.journeys.customer import WAITING, Customer
from tests.journeys.visitor import DESK
from tests.support.house import House, until

BUTTONS = {
    "asks you to connect": "Connect Tinkertill",
    "Sign in": "Bob Baker",
    "Let Tallystick": "Yes, share this",
    "Which one": "Yes, connect it",
}
"""On the way from the link: which heading calls for which button, on our side and at the app."""

LONGEST_WAIT = 300
"""Seconds. A dead worker is missed after 40; what it had taken is free after 90, a mail that it was handing over after 120
and found within the next minute; and there may be two such on the way."""

LONGEST_WAY = 60  # presses, from the link to done, with the ones that came to nothing


class Owner:
    """Whoever was asked. They press what stands on the page; when a page does not come, they open the link again."""

    def __init__(self, customer: Customer, link: str, fall: Callable[[], None]) -> None:
        self.customer, self.page, self.link, self.fall = customer, customer.page, link, fall

    def connect(self) -> None:
        """From the link to done, whatever falls on the way."""
        self.open()
        for _step in range(LONGEST_WAY):
            heading = self.past_the_wait()
            if heading.endswith(("is connected", "Thank you")) or heading == "Tinkertill":
                return
            self.go_on(heading)
        raise AssertionError(f"Never done; it says {self.heading()!r} at {self.page.url}")

    def past_the_wait(self) -> str:
        """What the page says once the app was talked to, however long it takes to see that a worker died over it."""
        end = time.monotonic() + LONGEST_WAIT
        while (heading := self.heading()).startswith(WAITING) and time.monotonic() < end:
            self.page.wait_for_timeout(200)
            with suppress(BrowserFault, AssertionError):  # nobody answers for a moment
                if WAITING not in self.customer.said_by(self.page.url):
                    self.reload()
        return heading

    def go_on(self, heading: str) -> None:
        """What one does on a page with this heading; on one that leads nowhere, the link once more."""
        if heading.startswith("Which one") and not self.chooses("Market Square"):
            return
        button = next((button for words, button in BUTTONS.items() if words in heading), None)
        if button:
            self.press(button)
        else:
            self.open()

    def chooses(self, label: str) -> bool:
        """Pick what has this label; False when the page went away meanwhile, which the next look shows."""
        try:
            self.page.get_by_label(label).check(timeout=3_000)
        except BrowserFault:
            return False
        return True

    def heading(self) -> str:
        """What the page says first; "" for a page that did not come."""
        try:
            return self.page.get_by_role("heading", level=1).first.inner_text(timeout=1_000)
        except BrowserFault:
            return ""

    def open(self) -> None:
        """The link, until its page comes."""
        assert until(self._open)

    def reload(self) -> None:
        """The page once more, or the link."""
        try:
            self.page.reload()
        except BrowserFault:
            self.open()

    def press(self, name: str) -> None:
        """Press a button, and let fall what falls while the answer is on its way."""
        before = self.page.url
        try:
            self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click(
                no_wait_after=True, timeout=3_000
            )
            self.fall()
            self.page.wait_for_url(
                lambda url: url != before, timeout=5_000
            )  # else the same page would be pressed again
        except BrowserFault:
            self.open()

    def _open(self) -> bool:
        try:
            answer = self.page.goto(self.link)
        except BrowserFault:
            return False
        return answer is not None and answer.ok


@pytest.mark.timeout(7200)
def test_killed_at_each_step_of_an_ask_nothing_is_lost_or_told_twice(
    browser: Browser, house: House, rounds: Callable[[int, int], int]
) -> None:
    dice = random.Random(random.random())  # of the run's own seed
    for _round in range(rounds(1, 20)):
        falls = iter([True, *(dice.random() < 0.5 for _press in range(rounds(3, 12)))])

        def fall(falls: Iterator[bool] = falls) -> None:
            if not next(falls, False):
                return
            time.sleep(dice.uniform(0, 0.15))
            for process in (*house.called("serve"), *house.called("worker")):
                os.kill(process, signal.SIGKILL)
            assert until(house.is_ready)

        ask_and_connect(browser, house, fall)


def ask_and_connect(browser: Browser, house: House, fall: Callable[[], None]) -> None:
    """Alice asks by mail, the owner connects; then everything stands once."""
    name, to = f"Bob’s Van {uuid4().hex[:4]}", f"olaf.{uuid4().hex[:6]}@owner.example"
    desk, phone = (Customer(browser, house.address, DESK) for _one in range(2))
    books = desk.open_books(name).page.url.split("/books/")[1].split("/")[0]
    desk.context.clear_cookies()
    desk.become("Alice Jansen")
    below = f"{re.findall('/f/[^/]+/', desk.page.url)[0]}books/{books}/"
    asked = desk.send(f"{below}asks/new/", apps="sandbox-till", days="14", address=to, language="en")
    fall()
    # The next worker takes over what the killed one held.
    assert until(partial(desk.mails, to, "asks you to connect"), LONGEST_WAIT, pause=0.5)
    found = re.search(r"http://localhost\S+/i/\S+", desk.newest_mail(to, holds="asks you to connect"))
    assert found
    Owner(phone, found.group(), fall).connect()
    desk.go(asked).reads("1 of 1 done")
    desk.go(f"{below}apps/").reads("Tinkertill")
    assert desk.page.get_by_text("Market Square").count() == 1
    assert len(desk.mails(to, "asks you to connect")) == 1
    for admin in ("alice@alice-partners.example", "bob@bobs-bakery.example", "bea@bobs-bakery.example"):
        assert until(partial(desk.mails, admin, name), LONGEST_WAIT, pause=0.5), admin
        assert len(desk.mails(admin, name)) == 1
    desk.leave()
    phone.faults.clear()  # it saw a site that was away
    phone.leave()
