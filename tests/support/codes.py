"""Asking for codes, and reading them where they were sent."""

from __future__ import annotations

import re

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tallystick.accounts.addresses import Address, clean_address
from tallystick.accounts.models import Attempt, Code
from tallystick.accounts.models.second_factor import STEP
from tallystick.core.clock import now
from tallystick.outbox.models import Delivery


def mailed(attempt: Attempt) -> str:
    """The newest code mailed for an attempt."""
    newest = attempt.codes.order_by("-number").first()
    assert newest is not None
    contents = Delivery.objects.get(once=f"code:{newest.pk}").contents
    assert contents is not None
    found = re.search(r"\d{4} \d{4}", contents.text)
    assert found is not None
    return found.group()


def asked(
    address: str | Address = "bob@shop.example",
    purpose: str = "sign_in",
    *,
    source: str = "192.0.2.0/24",
    browser: str = "",
) -> Attempt:
    """An attempt whose code was just sent."""
    cleaned = clean_address(address) if isinstance(address, str) else address
    return Code.send(cleaned, purpose, source=source, browser=browser)


def last_code(to: str) -> str:
    """The newest code mailed to an address."""
    for delivery in Delivery.objects.filter(kind="code").order_by("-created_at"):
        contents = delivery.contents
        if contents is not None and contents.to == to:
            found = re.search(r"\d{4} \d{4}", contents.text)
            assert found is not None
            return found.group()
    raise AssertionError(f"No code was mailed to {to}.")


def app_code(secret: str, later: int = 0) -> str:
    """What an authenticator app with this secret shows now, or so many steps from now."""
    step = int(now().timestamp()) // STEP + later
    return str(format_hotp_value(hotp_value(secret, step)))
