"""Links that we sign and do not store: each names a row and a generation, and can be made again at any time.

A link locates, it never authorises. Its signature says only that it was ours once, so that whoever holds it may be told in
plain words what became of it; any other string gets the one neutral page.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from uuid import UUID

from django.conf import settings

from tallystick.core.sealing import derived, key_id

Kind = Literal["invitation", "client_connect"]
_KINDS: dict[Kind, int] = {"invitation": 1, "client_connect": 2}
_MAC = 16  # bytes: 128 bits that nobody guesses (quality bar 6)
_SIGNED = 4 + 1 + 3 + 16  # key id, kind, generation, row


@dataclass(frozen=True, slots=True)
class Link:
    """What a link of ours names: a row of a kind, and which of the row's links it is."""

    kind: Kind
    row: UUID
    generation: int = 1


def make_link(link: Link) -> str:
    """The link as text that is safe in an address, signed under the newest key of the ring. The same each time."""
    key = settings.SECRET_KEYS[0]
    signed = key_id(key) + bytes([_KINDS[link.kind]]) + link.generation.to_bytes(3, "big") + link.row.bytes
    return base64.urlsafe_b64encode(signed + _mac(key, signed)).rstrip(b"=").decode()


def read_link(text: str, kind: Kind) -> Link | None:
    """What a link of this kind names, or None when no key of the ring has signed it. Takes as long either way."""
    raw = _bytes_of(text)
    signed, mac = raw[:_SIGNED], raw[_SIGNED:]
    ring = settings.SECRET_KEYS
    key = next((each for each in ring if key_id(each) == signed[:4]), ring[0])
    if not hmac.compare_digest(mac, _mac(key, signed)) or signed[4] != _KINDS[kind]:
        return None
    return Link(kind, UUID(bytes=signed[8:]), int.from_bytes(signed[5:8], "big"))


def _bytes_of(text: str) -> bytes:
    """The bytes of a link, or as many of nothing for what is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    # One text for one link: bits that decoding drops must not make another that works too.
    same = len(raw) == _SIGNED + _MAC and base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text
    return raw if same else bytes(_SIGNED + _MAC)


def _mac(key: str, signed: bytes) -> bytes:
    return hmac.new(derived(key, "link"), signed, sha256).digest()[:_MAC]
