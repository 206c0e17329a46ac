"""What talking with an outside app gives: small frozen values. Those that hold secrets do not show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tallystick.connectors.definition import NoticeKind


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint gave.

    `refresh` None: the app gave none. After a refresh that means: the one you sent still holds.
    `scopes` None: the app did not say which permissions these have.
    `expires_in`: how long the access token lives, counted from when the call began. None: it does not end by itself.
    `refresh_expires_in`: the same of the refresh token; None: no end is known.
    `consent_ends`: when the person must say yes again; None: no end is known, or (after a refresh) it is as it was.
    `kept`: what the app said on the way that later calls need, such as a company's number.
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] | None = None
    expires_in: timedelta | None = None
    refresh_expires_in: timedelta | None = None
    consent_ends: datetime | None = None
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Account:
    """One account at the app that a consent reaches: a shop, a location, a bank account, a company.

    `holder_…`: whose it is, where the app tells them apart. `granted` None: the app does not say what was allowed.
    `is_new`: was it added by this very consent? None: the app does not say.
    """

    id: str
    name: str
    details: Mapping[str, str] = field(default_factory=dict)
    granted: tuple[str, ...] | None = None
    holder_id: str = ""
    holder_name: str = ""
    is_new: bool | None = None

    @property
    def full_name(self) -> str:
        """The name with whose it is: "Bob's Bakery – Mill Lane". A name that begins with whose it is says so already."""
        if not self.holder_name or self.name.startswith(self.holder_name):
            return self.name
        return f"{self.holder_name} – {self.name}"


@dataclass(frozen=True)
class Record:
    """One line of an account: what people recognise it by. What the app does not tell is None or empty."""

    id: str
    label: str
    amount: Decimal | None = None
    currency: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class Expected:
    """What an attempt waits for: its state, and what was typed before it."""

    state: str = field(repr=False)
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Callback:
    """A return that was ours: the code to redeem, and what is kept of it."""

    code: str = field(repr=False)
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Notice:
    """One thing that an app told by webhook.

    `id` is the same however often it is sent. `about`: `account` and `holder` are ids as in `Account`; other names are
    those of `Tokens.kept` or of `Account.details`. Each that is there must match; several accounts may.
    """

    id: str
    kind: NoticeKind
    about: Mapping[str, str]
    moment: datetime | None = None
    ends: datetime | None = None
