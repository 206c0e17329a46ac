"""What can go wrong between us and an outside app.

TalkFailed
├── NotReceived              surely not received: asking again does no harm
│   ├── Unreachable          no connection: name, network, TLS
│   └── AddressRefused       not on the app's list, or not a public address: we did not even try
├── AnswerLost               sent, and no whole answer came: nobody knows whether it was done
├── AppBusy                  429, 503 or "temporarily unavailable": later, and `retry_after` says when
├── AppBroken                an answer that makes no sense: HTML, 5xx, a redirect, too much, no token in it
├── OurFault                 the app does not know us or our request: no client is told
│   └── NotSetUp             an operator has not given client id and secret
├── NeedsPerson              a person must act
│   ├── GrantEnded           `invalid_grant`: consent or refresh token are no more
│   ├── AccessRefused        401: the access token is not taken
│   ├── PermissionMissing    403: this was left out, or taken back
│   ├── KeyWrong             a pasted key is not known there
│   ├── KeyCanWrite          a pasted key could do more than read
│   ├── SaidNo               the person said no
│   └── NoRight              the person may not share this
├── ReturnRefused            a return that is not the one we wait for: state, issuer, signature, shop
└── MessageRefused           a webhook that is not proved, too old, or unreadable
InsideTransaction            a mistake of ours: talking while a database transaction is open

No message, argument or cause of these holds a token, a key, a code or a body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

Place = Literal["", "token", "revoke", "identity", "accounts", "reads", "leave", "return", "webhook"]
Whose = Literal["app", "person", "us", "stranger"]

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,60}")


@dataclass
class Evidence:
    """What is kept of a failure: where, the HTTP status, the app's own code, and seconds to wait if it said so."""

    place: Place = ""
    status: int | None = None
    code: str = ""
    retry_after: float | None = None
    slow: bool = False

    def __post_init__(self) -> None:
        # A code is shown and stored. Anything else in its place could be an echo of what we sent.
        self.code = self.code if _CODE.fullmatch(self.code) else ""


class TalkFailed(Exception):
    """Talking with an outside app did not work. `whose` turn it is; `kind` is stable and chooses the words people read.

    `may_have_happened`: the app may have done what was asked, so that a refresh token may be used up.
    """

    whose: ClassVar[Whose] = "app"
    kind: ClassVar[str] = "app_down"
    may_have_happened: bool = False

    def __init__(self, what: str = "", evidence: Evidence | None = None) -> None:
        self.evidence = evidence or Evidence()
        details = [what or type(self).__name__, self.evidence.place, self.evidence.code]
        status = [str(self.evidence.status)] if self.evidence.status else []
        super().__init__(", ".join(filter(None, details + status)))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the app asked us to wait, at most a day. None: it did not say."""
        return self.evidence.retry_after

    @property
    def was_slow(self) -> bool:
        """Did we give up waiting?"""
        return self.evidence.slow


class NotReceived(TalkFailed):
    """The app surely did not get our request."""


class Unreachable(NotReceived):
    """No connection could be made."""


class AddressRefused(NotReceived):
    """The address is not one that we may contact for this app."""

    whose = "us"
    kind = "our_fault"


class AnswerLost(TalkFailed):
    """The request went out and no whole answer came back."""

    may_have_happened = True


class AppBusy(TalkFailed):
    """The app asks us to come back later."""

    kind = "app_busy"


class AppBroken(TalkFailed):
    """The app answered with something that is no answer."""

    def __init__(self, what: str = "", evidence: Evidence | None = None, *, may_have_happened: bool = False) -> None:
        super().__init__(what, evidence)
        self.may_have_happened = may_have_happened


class OurFault(TalkFailed):
    """The app does not know us, or does not understand what we ask."""

    whose = "us"
    kind = "our_fault"


class NotSetUp(OurFault):
    """Nobody has given the client id and secret for this app."""

    kind = "not_set_up"


class NeedsPerson(TalkFailed):
    """Only a person can mend this."""

    whose = "person"
    kind = "needs_person"


class GrantEnded(NeedsPerson):
    """The consent was taken back, ran out, or its refresh token was used up."""

    kind = "grant_ended"


class AccessRefused(NeedsPerson):
    """The access token is not taken. Where it can be renewed, renew it and ask again before telling anybody."""

    kind = "access_refused"


class PermissionMissing(NeedsPerson):
    """What we asked needs a permission that was not given."""

    kind = "permission_missing"


class KeyWrong(NeedsPerson):
    """The app does not know this key."""

    kind = "key_wrong"


class KeyCanWrite(NeedsPerson):
    """The key can do more than read, and a read-only one was asked for."""

    kind = "key_can_write"


class SaidNo(NeedsPerson):
    """The person said no at the app."""

    kind = "said_no"


class NoRight(NeedsPerson):
    """The person may not share this at the app."""

    kind = "no_right"


class ReturnRefused(TalkFailed):
    """Somebody came back with what this attempt did not ask for."""

    whose = "stranger"
    kind = "return_refused"


class MessageRefused(TalkFailed):
    """A message did not prove that it comes from the app."""

    whose = "stranger"
    kind = "message_refused"


class InsideTransaction(RuntimeError):
    """Talking while a database transaction is open: a slow app would hold its locks."""
