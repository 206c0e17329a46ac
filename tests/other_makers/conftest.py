"""A server of another maker beside the tests, and an operator's own connector to it."""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.conf import settings as ours
from django.test import override_settings

from tests.other_makers.installing import HERE, Missing, installed

CLIENT = ("tallystick", "a secret between the two of us")


class OtherMaker:
    """What people do at its pages, and what a program asks it beside us."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.program = httpx2.Client(base_url=address, timeout=20, verify=False)

    def say_at_its_pages(self, address: str, *, who: str, answer: str) -> str:
        """Sign in there, and say yes or no; the address on our side that the browser is sent back to."""
        forms = [{"prompt": "login", "login": who, "password": "any"}, {"prompt": "consent"}]
        with httpx2.Client(base_url=self.address, timeout=20, verify=False) as browser:
            page = browser.get(address)
            while not (page.is_redirect and page.headers["Location"].startswith(ours.BASE_URL)):
                if page.is_redirect:
                    page = browser.get(page.headers["Location"])
                elif answer == "no":
                    page = browser.get(_named(page.text, r'href="([^"]+/abort)"'))
                else:
                    page = browser.post(_named(page.text, r'action="([^"]+)"'), data=forms.pop(0))
        parts = urlsplit(page.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def lets_in(self, access_token: str) -> bool:
        """Does it show who one is to this token?"""
        answer = self.program.get("/me", headers={"Authorization": f"Bearer {access_token}"})
        return answer.status_code == httpx2.codes.OK

    def refreshes(self, refresh_token: str) -> bool:
        """Does it take this refresh token? One that it gave out another for ends the consent when it comes again."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = self.program.post("/token", data=form, auth=CLIENT)
        assert answer.status_code == httpx2.codes.OK or answer.json()["error"] == "invalid_grant"
        return answer.status_code == httpx2.codes.OK

    def says_no_without_a_challenge(self, address: str) -> bool:
        """Does it refuse the same question without its PKCE challenge?"""
        parts = urlsplit(address)
        asked = {name: value for name, value in parse_qs(parts.query).items() if not name.startswith("code_challenge")}
        location = self.program.get(parts.path, params=asked).headers["Location"]
        return "invalid_request" in parse_qs(urlsplit(location).query)["error"]


def _named(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found, page
    return html.unescape(found[1])


@pytest.fixture(scope="package")
def folder() -> Path:
    """Where the server is installed. Loudly skipped where that can't be; in CI that is a failure."""
    try:
        return installed()
    except Missing as missing:
        said = f"NO SERVER OF ANOTHER MAKER: nobody tried our sign-in at a server that is not ours; {missing}"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)


@pytest.fixture(scope="package")
def server(folder: Path) -> Iterator[str]:
    """Its address. It goes with its input, whatever becomes of the tests."""
    back = f"{ours.BASE_URL}/connect/other/return/"
    words = ["node", str(folder / "server.mjs"), back]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, f"It did not start: {' '.join(words)}"
        yield address
        process.stdin.close()


@pytest.fixture
def other_maker(server: str) -> Iterator[OtherMaker]:
    """The server, with the connector of one TOML file in the operator's own folder."""
    with override_settings(SANDBOX_URL=server, CONNECTORS_DIR=str(HERE)):
        other_maker = OtherMaker(server)
        yield other_maker
        other_maker.program.close()
