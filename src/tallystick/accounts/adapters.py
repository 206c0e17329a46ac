"""Our answers to allauth: what it may do, and what it must leave to us.

We use its passkeys and the arithmetic of authenticator apps. Signing in, codes, addresses, sessions and mails are ours
(docs/decisions/accounts-and-allauth.md), so everything else of it is shut here, not merely left without an address.
"""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from tallystick.accounts.models.people import User
from tallystick.core.sealing import seal, unseal

NAME = "Tallystick"
_SEALED_HERE = ("mfa_authenticator", "data")


class NotOurs(Exception):
    """allauth was about to do what this house does itself."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """No sign-up, no mail, no message and no sign-in by allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are opened by a code."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what happened."""

    def send_mail(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Mail leaves by the outbox."""
        raise NotOurs("Mail leaves by the outbox.")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Facts tell people."""

    def login(self, request: HttpRequest, user: User) -> NoReturn:
        """People come in through `accounts.sign_in`, where the second factor is asked for."""
        raise NotOurs("People come in through accounts.sign_in.")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Names for passkeys and apps, and seals on secrets."""

    def encrypt(self, text: str) -> str:
        """Seal what allauth would keep in clear. (Secrets of apps are ours and bound to their row besides.)"""
        return seal(text.encode(), place=_SEALED_HERE).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return unseal(bytes.fromhex(encrypted_text), place=_SEALED_HERE).decode()

    def get_totp_issuer(self) -> str:
        """The name an app shows."""
        return NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the host of `TALLYSTICK_BASE_URL`, whatever a request claims."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": NAME}

    def _get_user_identifier(self, user: User) -> str:
        """What a person knows the account by: the main address."""
        contact = user.contacts.filter(kind="email").proven().order_by("-primary", "created_at").first()
        return contact.address.shown if contact else user.name
