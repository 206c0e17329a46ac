"""Somebody who connects an app through our pages; at the sandbox they say yes without its pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from tallystick.accounts.models import User
from tallystick.accounts.sign_in import BACKEND
from tallystick.connections import attempts
from tallystick.connections.models import Handshake
from tallystick.connectors.bridge import wait_for
from tallystick.organisations.models import Organisation, Tenant
from tests.support.outside import Outside


class Customer:
    """A browser in which one person is signed in, and who goes to an app of which each kind of test knows the way."""

    def __init__(self, person: User, tenant: Tenant, organisation: Organisation) -> None:
        self.client = Client()
        self.client.force_login(person, backend=BACKEND)
        self.apps = f"{tenant.url}books/{organisation.pk}/apps/"

    def slug(self, app: str) -> str:
        """What our catalogue calls it."""
        return app

    def press_connect(self, app: str, **inputs: str) -> str:
        """The address that the button leads to."""
        return self.client.post(f"{self.apps}available/{self.slug(app)}/", inputs)["Location"]

    def say_at_the_app(self, app: str, address: str, *, who: str = "bob", answer: str = "yes") -> str:
        """Go there as somebody; the address on our side that they are sent back to."""
        raise NotImplementedError

    def come_back(self, path: str) -> Any:
        """The return; the page of the attempt after the job has talked to the app."""
        returned = self.client.get(path)
        if returned.status_code != 302:
            return returned
        return self.wait_on(returned["Location"])

    def wait_on(self, page: str) -> Any:
        """The attempt's page once the job that was left is done."""
        wait_for(attempts.finish(page.strip("/").split("/")[-1]))
        return self.client.get(page)

    def connect(self, app: str, *, who: str = "bob", **inputs: str) -> Any:
        """From the button to the page that asks whether this is the right one."""
        return self.come_back(self.say_at_the_app(app, self.press_connect(app, **inputs), who=who))

    def say_yes(self, page: Any, *accounts: str) -> Any:
        """Yes, this one: the page after it."""
        handshake: Handshake = page.context["handshake"]
        picked = list(accounts) or [handshake.accounts[0]["id"]]
        address = f"/connect/attempts/{handshake.pk}/"
        self.client.post(f"{address}choice/", {"account": picked})
        return self.client.get(address)


class Visitor(Customer):
    """The same, with the sandbox's apps."""

    def __init__(self, person: User, tenant: Tenant, organisation: Organisation, outside: Outside) -> None:
        super().__init__(person, tenant, organisation)
        self.outside = outside

    def slug(self, app: str) -> str:
        """What our catalogue calls it."""
        return f"sandbox-{app}"

    def say_at_the_app(self, app: str, address: str, *, who: str = "bob", answer: str = "yes") -> str:
        """Go there as somebody; the address on our side that they are sent back to."""
        self.outside.switch(app, consents={"answer_as": who, "answer": answer})
        sent_back = self.outside.browse(address)
        self.outside.switch(app, consents={"answer_as": ""})
        parts = urlsplit(sent_back.headers["Location"])
        return f"{parts.path}?{parts.query}"
