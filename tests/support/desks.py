"""Members at their desks: what they read there, and what answers them."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.test import Client

from tallystick.accounts.models import User
from tallystick.organisations.models import Business, Firm, Member

UNKNOWN = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""


class Desk:
    """A browser of somebody signed in; paths are below the tenant's own address."""

    def __init__(self, person: User, tenant: Firm | Business) -> None:
        self.browser = Client()
        self.browser.force_login(person)
        self.tenant = tenant

    @classmethod
    def of(cls, seat: Member) -> Desk:
        """The member's own desk."""
        return cls(seat.person, seat.tenant)

    @staticmethod
    def _form(said: dict[str, Any]) -> dict[str, Any]:
        """As a browser sends it: never empty, because every form carries its token."""
        return {"csrfmiddlewaretoken": "any", **said}

    def path(self, below: str) -> str:
        """The whole address."""
        return f"{self.tenant.url}{below}"

    def read(self, below: str = "") -> str:
        """The words of a page that opens."""
        answer = self.browser.get(self.path(below))
        assert answer.status_code == 200, answer.status_code
        return words(answer)

    def send(self, below: str, **said: Any) -> str:
        """Send a form that is taken, and read the page it leads to."""
        answer = self.browser.post(self.path(below), self._form(said))
        assert answer.status_code == 302, words(answer)
        return words(self.browser.get(answer.headers["Location"], follow=True))

    def mistake(self, below: str, **said: Any) -> str:
        """Send a form that comes back, and read it."""
        answer = self.browser.post(self.path(below), self._form(said))
        assert answer.status_code == 200, answer.status_code
        assert "<title>Error:" in answer.content.decode()
        return words(answer)

    def opens(self, below: str = "") -> int:
        """The status of a page."""
        return self.browser.get(self.path(below)).status_code

    def answers(self, below: str, **said: Any) -> int:
        """The status of what is sent."""
        return self.browser.post(self.path(below), self._form(said)).status_code


def words(answer: Any) -> str:
    """What stands on a page."""
    return unescape(answer.content.decode())
