"""Whoever was asked, in a browser without an account; at the sandbox they say yes without its pages."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tallystick.connections import attempts
from tallystick.connectors.bridge import wait_for
from tests.support.codes import last_code
from tests.support.outside import Outside
from tests.support.visiting import Visitor


class Guest(Visitor):
    """A browser that holds nothing but what our links gave it."""

    def __init__(self, outside: Outside, source: str = "192.0.2.1") -> None:
        self.client = Client(REMOTE_ADDR=source)
        self.outside = outside

    def open(self, link: str) -> Any:
        """Press a link of ours: the page behind the first hop."""
        return self.client.get(link, follow=True)

    def go(self, page: str, app: str, *, who: str = "bob", answer: str = "yes", **inputs: str) -> Any:
        """From the button on a page to our page that says what came of it."""
        left = self.client.post(f"{page}apps/{self.slug(app)}/", inputs)
        assert left.status_code == 302, left.content.decode()
        return self.come_back(self.say_at_the_app(app, left["Location"], who=who, answer=answer))

    def wait_on(self, page: str) -> Any:
        """The attempt's page once the job that was left is done."""
        wait_for(attempts.finish(page.strip("/").split("/")[-1]))
        return self.client.get(page)

    def prove(self, page: str, to: str) -> Any:
        """From a page that wants a code to the page behind it."""
        wanted = self.client.get(page)
        assert wanted.status_code == 302
        sent = self.client.post(wanted["Location"])
        assert sent.status_code == 302, sent.content.decode()
        return self.client.post(sent["Location"], {"code": last_code(to)}, follow=True)
