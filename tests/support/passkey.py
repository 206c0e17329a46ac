"""A passkey in software: answers the two talks as a phone would, with a key pair of its own."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


class SoftPasskey:
    """One passkey for one site."""

    def __init__(self, origin: str = "http://localhost:8000", site: str = "localhost") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.owner = b""
        self.origin, self.site = origin, hashlib.sha256(site.encode()).digest()
        self.checks_owner = True

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser sends after `navigator.credentials.create`."""
        public = options["publicKey"]
        self.owner = public["user"]["id"]
        credential = AttestedCredentialData.create(
            b"\0" * 16,
            self.id,
            ES256.from_cryptography_key(self.key.public_key()),  # type: ignore[no-untyped-call]
        )
        data = AuthenticatorData.create(self.site, self._flags | FLAG.AT, 0, credential)
        client = self._client("webauthn.create", public["challenge"])
        attestation = AttestationObject.create("none", data, {})
        response = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(bytes(attestation))}
        return self._answer(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def used(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser sends after `navigator.credentials.get`."""
        data = bytes(AuthenticatorData.create(self.site, self._flags, 1))
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
                "userHandle": self.owner,
            }
        )

    @property
    def _flags(self) -> FLAG:
        return FLAG.UP | FLAG.UV if self.checks_owner else FLAG.UP

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
