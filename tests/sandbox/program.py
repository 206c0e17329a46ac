"""A program that connects to the sandbox in-process, and the person in whose browser it happens."""

import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.testclient import TestClient

from tallystick_sandbox.tokens import challenge_of
from tallystick_sandbox.world import DEMO_CLIENT

RETURN = "http://localhost:8000/connect/sandbox/return/"
SHOP = "bobs-bakery"


class Program:
    """What an outside program does, step by step. `sandbox` is the sandbox's test client."""

    def __init__(self, sandbox: TestClient) -> None:
        self.sandbox = sandbox
        self.verifier = secrets.token_urlsafe(48)

    def root(self, app: str, shop: str = SHOP) -> str:
        return f"/shop/{shop}" if app == "shop" else f"/{app}"

    def ask(self, app: str, shop: str = SHOP, **changes: str | None) -> Any:
        """Sends the person to the app."""
        query: dict[str, str | None] = {
            "response_type": "code",
            "client_id": DEMO_CLIENT.id,
            "redirect_uri": RETURN,
            "state": "the-state",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
        }
        sent = {name: value for name, value in (query | changes).items() if value is not None}
        return self.sandbox.get(f"{self.root(app, shop)}/oauth/authorize", params=sent, follow_redirects=False)

    def visit(self, app: str, person: str, shop: str = SHOP, **changes: str | None) -> Any:
        """The person follows the program's link and signs in; gives the page that comes then."""
        place = self.ask(app, shop, **changes).headers["location"]
        self.sandbox.post(f"{place}sign-out/")
        return self.sandbox.post(f"{place}sign-in/", data={"person": person}, follow_redirects=False), place

    def consent_page(self, app: str, person: str, shop: str = SHOP, **changes: str | None) -> tuple[str, str]:
        """The consent page and its address."""
        _, place = self.visit(app, person, shop, **changes)
        return self.sandbox.get(place, follow_redirects=False).text, place

    def answer(self, place: str, answer: str = "yes", **chosen: list[str]) -> dict[str, str]:
        """The person presses a button; gives the query with which the browser comes back."""
        response = self.sandbox.post(f"{place}answer/", data={"answer": answer, **chosen}, follow_redirects=False)
        return back(response)

    def agree(self, app: str, person: str = "bob", shop: str = SHOP, **changes: str | None) -> dict[str, str]:
        """The person says yes to all that is ticked."""
        page, place = self.consent_page(app, person, shop, **changes)
        return self.answer(place, permission=ticked(page, "permission"), part=ticked(page, "part"))

    def redeem(self, app: str, code: str, shop: str = SHOP, **changes: str) -> Any:
        """Asks for tokens for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETURN,
            "code_verifier": self.verifier,
        }
        return self.token(app, form | changes, shop)

    def refresh(self, app: str, refresh_token: str, shop: str = SHOP, **changes: str) -> Any:
        """Asks for new tokens."""
        return self.token(app, {"grant_type": "refresh_token", "refresh_token": refresh_token} | changes, shop)

    def token(self, app: str, form: dict[str, str], shop: str = SHOP) -> Any:
        credentials = (DEMO_CLIENT.id, DEMO_CLIENT.secret)
        return self.sandbox.post(f"{self.root(app, shop)}/oauth/token", data=form, auth=credentials)

    def connect(self, app: str, person: str = "bob", shop: str = SHOP) -> dict[str, Any]:
        """From the link to the tokens."""
        answer = self.redeem(app, self.agree(app, person, shop)["code"], shop)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def read(self, path: str, token: str, **headers: str) -> Any:
        """Reads with an access token."""
        return self.sandbox.get(path, headers={"Authorization": f"Bearer {token}", **headers})

    def switch(self, app: str, **groups: dict[str, object]) -> dict[str, Any]:
        """Sets switches."""
        answer = self.sandbox.patch(f"/switches/{app}", json=groups)
        assert answer.status_code == 200, answer.text
        values: dict[str, Any] = answer.json()
        return values

    def act(self, app: str, action: str, **asked: object) -> dict[str, Any]:
        """Does one thing to an app."""
        answer = self.sandbox.post(f"/switches/{app}/actions/{action}", json=asked)
        assert answer.status_code == 200, answer.text
        values: dict[str, Any] = answer.json()
        return values

    def advance(self, seconds: float) -> None:
        """Moves the sandbox's clock on."""
        assert self.sandbox.patch("/switches/clock", json={"advance": seconds}).status_code == 200

    def counters(self, app: str) -> dict[str, int]:
        """What the log has counted."""
        values: dict[str, int] = self.sandbox.get(f"/log/{app}").json()["counters"]
        return values


def back(response: Any) -> dict[str, str]:
    """The query of a redirect back to the program."""
    assert response.status_code == 303, response.text
    address = response.headers["location"]
    assert address.startswith(RETURN), address
    return dict(parse_qsl(urlsplit(address).query))


def ticked(page: str, name: str) -> list[str]:
    """The values of the ticked boxes of a page."""
    return re.findall(rf'<input type="checkbox" name="{name}" value="([^"]+)" checked', page)
