"""Sealing and digests under the application's own keys, so that a copy of the database alone opens nothing."""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE = 12  # bytes; NIST SP 800-38D, 8.2.1


class Unopenable(Exception):
    """What was sealed does not open here: another key, another place, or altered bytes."""


@lru_cache(maxsize=256)
def derived(key: str, purpose: str) -> bytes:
    """A key for one purpose, made from one of the ring (HKDF, RFC 5869): what is signed for one is nothing for another."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"tallystick/{purpose}".encode()).derive(key.encode())


def key_id(key: str) -> bytes:
    """Four bytes that tell keys of a ring apart without telling the key."""
    return hashlib.sha256(derived(key, "key id")).digest()[:4]


def seal(plain: bytes, *, place: Sequence[str], ring: Sequence[str] | None = None) -> bytes:
    """AES-256-GCM under the newest key. `place` (table, column, row, tenant) is bound in: elsewhere it won't open."""
    key = (ring or settings.SECRET_KEYS)[0]
    nonce = os.urandom(_NONCE)
    return key_id(key) + nonce + AESGCM(derived(key, "seal")).encrypt(nonce, plain, "\x1f".join(place).encode())


def unseal(sealed: bytes, *, place: Sequence[str], ring: Sequence[str] | None = None) -> bytes:
    """What was sealed for this place. Raises `Unopenable`."""
    sealed = bytes(sealed)
    for key in ring or settings.SECRET_KEYS:
        if key_id(key) == sealed[:4]:
            nonce, body = sealed[4 : 4 + _NONCE], sealed[4 + _NONCE :]
            try:
                return AESGCM(derived(key, "seal")).decrypt(nonce, body, "\x1f".join(place).encode())
            except InvalidTag:
                break
    raise Unopenable(f"The value sealed for {'/'.join(place)} does not open with any key of the ring.")


def keyed_digests(value: str, *, purpose: str) -> list[str]:
    """HMAC-SHA256 of the value under each key of the ring, newest first: store the first, look up by all."""
    return [hmac.new(derived(key, purpose), value.encode(), hashlib.sha256).hexdigest() for key in settings.SECRET_KEYS]


def keyed_digest(value: str, *, purpose: str) -> str:
    """HMAC-SHA256 of the value under the newest key, hexadecimal."""
    return keyed_digests(value, purpose=purpose)[0]


def sign(said: bytes, *, purpose: str) -> tuple[str, bytes]:
    """An Ed25519 signature under the newest key of the ring, and the id of that key, hexadecimal."""
    key = settings.SECRET_KEYS[0]
    return key_id(key).hex(), _signing_key(key, purpose).sign(said)


def is_signed(said: bytes, signature: bytes, *, by_key: str, purpose: str) -> bool:
    """Whether this was signed under the key of the ring that has this id."""
    for key in settings.SECRET_KEYS:
        if key_id(key).hex() == by_key:
            try:
                _signing_key(key, purpose).public_key().verify(signature, said)
            except InvalidSignature:
                return False
            return True
    return False


def _signing_key(key: str, purpose: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived(key, f"sign {purpose}"))


def random_text(byte_count: int = 32) -> str:
    """Unguessable text, URL-safe, of so many random bytes."""
    return base64.urlsafe_b64encode(os.urandom(byte_count)).rstrip(b"=").decode()
