"""The ways out: which one is meant by `TALLYSTICK_EMAIL_URL`."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from tallystick.outbox.mailbox import Mailbox
from tallystick.outbox.parcels import Adapter
from tallystick.outbox.services import SERVICES, Service
from tallystick.outbox.smtp import Smtp


def adapter_for(channel: str) -> Adapter:
    """The way out that the settings name for a channel. Raises `ValueError` naming the setting."""
    if channel == "mail":
        return _mail_adapter(settings.EMAIL_URL)
    return _text_adapter(getattr(settings, "SMS_URL", "mailbox:"))


@cache
def _mail_adapter(url: str) -> Adapter:
    scheme = urlsplit(url).scheme
    if scheme == "mailbox":
        return Mailbox()
    if scheme in {"smtp", "smtps"}:
        return Smtp(url)
    if scheme in SERVICES:
        return Service(url)
    known = ", ".join(["mailbox:", "smtp://", "smtps://", *(f"{name}://" for name in SERVICES)])
    raise ValueError(f"TALLYSTICK_EMAIL_URL begins with {scheme!r}. It can begin with {known}.")


@cache
def _text_adapter(url: str) -> Adapter:
    if urlsplit(url).scheme != "mailbox":
        raise ValueError(f"TALLYSTICK_SMS_URL begins with {urlsplit(url).scheme!r}. It can be mailbox: only.")
    return Mailbox()
