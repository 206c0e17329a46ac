"""Coming back: by passkey, and by password with an authenticator app."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.journeys.test_signing_up import begin
from tests.journeys.visitor import DESK, Visitor

PASSWORD = "seven notches on a hazel stick"


def sign_out(visitor: Visitor) -> None:
    visitor.go("/me/").press("Sign out").is_at("What is your mail address?")


@pytest.mark.parametrize("offered", [True, False], ids=["offered by the browser", "by its button"])
def test_a_passkey_is_made_and_signs_in(visitor: Visitor, width: int, offered: bool) -> None:
    visitor.with_passkeys(offered=offered)
    begin(visitor, f"ida@ida-{width}-{offered}.example", "Ida Moen")
    visitor.go("/me/passkeys/").write("Name of this passkey", "My phone").press("Add a passkey")
    visitor.is_at("Keep these codes").press("I have kept them").is_at("My account")
    visitor.go("/me/passkeys/").reads("My phone")
    if offered:  # the device answers as soon as the page that says good-bye asks it
        visitor.go("/me/")
        with visitor.page.expect_response("**/sign-in/passkey/"):
            visitor.find("Sign out").click()
    else:
        sign_out(visitor)
        visitor.press("Use a passkey")
    visitor.is_at("What do you want to set up?")


def test_a_password_wants_the_code_of_the_app_as_well(visit: Callable[..., Visitor], width: int) -> None:
    jon = visit(width, script=width == DESK)
    address = f"jon@jon-{width}.example"
    begin(jon, address, "Jón Páll")
    jon.go("/me/password/").write("New password", "short").press("Set this password")
    expect(jon.page.locator(".errors")).to_be_visible()
    jon.write("New password", PASSWORD).press("Set this password").is_at("My account")
    jon.go("/me/authenticator-app/")
    secret = jon.page.locator("main .mono").first.inner_text().replace(" ", "")
    jon.write("Code from your app", shown_by_app(secret)).press("Ask for my app from now on")
    jon.is_at("Keep these codes")
    sign_out(jon)

    jon.press("Use your password").is_at("Sign in with your password")
    jon.write("Mail address", address).write("Password", "not this one at all").press("Sign in")
    jon.reads("The address and the password do not belong together.")
    jon.write("Password", PASSWORD).press("Sign in").is_at("One more step")
    jon.write("Code from your app", "000000").press("Sign in")
    expect(jon.page.locator(".errors")).to_be_visible()
    jon.write("Code from your app", shown_by_app(secret, later=1)).press("Sign in")
    jon.is_at("What do you want to set up?")


def shown_by_app(secret: str, later: int = 0) -> str:
    """What an app with this secret shows now, or half a minute later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later)))
