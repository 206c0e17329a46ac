"""A browser remembers, sealed, who has signed in with it, so that strangers' tries elsewhere never shut it out.

The cookie opens nothing. It gives this browser an allowance of its own where tries and codes are counted
(the "device cookie" of OWASP, Slow Down Online Guessing Attacks with Device Cookies).
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TypedDict

from django.http import HttpRequest, HttpResponse

from tallystick.accounts.models import User
from tallystick.core.sealing import Unopenable, keyed_digest, random_text, seal, unseal

COOKIE = "__Host-known"
YEAR = 365 * 24 * 60 * 60
_PLACE = ("cookie", "known")
_MOST = 30  # contacts and people remembered, newest last


class Held(TypedDict):
    """What the cookie says: the browser's name, and marks of those who came in."""

    id: str
    of: list[str]


def browser_of(request: HttpRequest, key: str) -> str:
    """A name for this browser, if somebody has come in here with this address or as this person; else empty."""
    held = _read(request)
    return held["id"] if _mark(key) in held["of"] else ""


def remember(request: HttpRequest, response: HttpResponse, person: User) -> HttpResponse:
    """This person has come in here."""
    held = _read(request)
    keys = [str(person.pk), *person.contacts.filter(verified_at__isnull=False).values_list("value", flat=True)]
    marks = [_mark(key) for key in keys]
    of = [*(mark for mark in held["of"] if mark not in marks), *marks][-_MOST:]
    sealed = seal(json.dumps({"id": held["id"], "of": of}).encode(), place=_PLACE)
    value = base64.urlsafe_b64encode(sealed).decode()
    response.set_cookie(COOKIE, value, max_age=YEAR, secure=True, httponly=True, samesite="Lax")
    return response


def _read(request: HttpRequest) -> Held:
    try:
        sealed = base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, ""))
        held: Held = json.loads(unseal(sealed, place=_PLACE))
    except (Unopenable, binascii.Error, ValueError):
        return {"id": random_text(12), "of": []}
    return held


def _mark(key: str) -> str:
    return keyed_digest(key, purpose="known browser")[:16]
