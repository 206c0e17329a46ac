"""What a way out is given, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
