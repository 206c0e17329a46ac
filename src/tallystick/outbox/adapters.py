"""The ways out: which one is meant by `TALLYSTICK_EMAIL_URL`, and what each may answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from tallystick.outbox.contents import Contents


class RelayAwayError(Exception):
    """The relay can't be reached or does not let us in: no message's fault, and none should try for a while."""


class NotNowError(Exception):
    """This message was not taken now, or nobody knows whether it was: try it again."""


class RejectedError(Exception):
    """This message will never be taken. `address`: because its address does not work."""

    def __init__(self, answer: str, *, address: bool = False) -> None:
        super().__init__(answer)
        self.address = address


@dataclass(frozen=True)
class Parcel:
    """What an adapter is given: the same on every try of one delivery."""

    contents: Contents
    channel: str
    message_id: str
    language: str
    at: datetime


class Adapter(Protocol):
    """A way out of the house."""

    def send(self, parcel: Parcel) -> str:
        """Hand it over; what the other side answered. Raises the three errors above."""


def adapter_for(channel: str) -> Adapter:
    """The way out that the settings name for a channel. Raises `ValueError` naming the setting."""
    if channel == "mail":
        return _mail_adapter(settings.EMAIL_URL)
    return _text_adapter(getattr(settings, "SMS_URL", "mailbox:"))


@cache
def _mail_adapter(url: str) -> Adapter:
    from tallystick.outbox.mailbox import Mailbox
    from tallystick.outbox.services import SERVICES, Service
    from tallystick.outbox.smtp import Smtp

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
    from tallystick.outbox.mailbox import Mailbox

    if urlsplit(url).scheme != "mailbox":
        raise ValueError(f"TALLYSTICK_SMS_URL begins with {urlsplit(url).scheme!r}. It can be mailbox: only.")
    return Mailbox()
