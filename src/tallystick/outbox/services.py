"""The way out by an e-mail service, through django-anymail: `postmark://token@` and the like."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string
from requests import RequestException

from tallystick.outbox.parcels import NotNowError, Parcel, RejectedError, RelayAwayError
from tallystick.outbox.smtp import from_address

SERVICES = {
    "brevo": "api_key",
    "mailersend": "api_token",
    "postmark": "server_token",
    "resend": "api_key",
    "sendgrid": "api_key",
    "sparkpost": "api_key",
}
"""Name of the service -> what anymail calls its one secret, given as the user of the URL."""

_TAKEN = {"sent", "queued"}
_SLOW_DOWN = 429
_OUR_FAULT = {401, 403}


class Service:
    """An e-mail service that needs one secret, given as `name://secret@`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.username:
            raise ValueError(f"TALLYSTICK_EMAIL_URL has no secret. Write {parts.scheme}://secret@.")
        self.from_address = from_address(parts.query)
        backend = import_string(f"anymail.backends.{parts.scheme}.EmailBackend")
        self._options: dict[str, Any] = {SERVICES[parts.scheme]: unquote(parts.username), "timeout": (5, 20)}
        self._backend: type[BaseEmailBackend] = backend

    def send(self, parcel: Parcel) -> str:
        """Hand the mail over; the number by which the service knows it."""
        mail = self._mail(parcel)
        try:
            self._backend(**self._options).send_messages([mail])
        except AnymailRecipientsRefused as error:
            raise RejectedError("The service refused the address.", address=True) from error
        except AnymailAPIError as error:
            raise _meaning(error) from error
        except RequestException as error:
            raise RelayAwayError(type(error).__name__) from error
        except AnymailError as error:
            raise RejectedError(type(error).__name__) from error
        status: Any = mail.anymail_status  # type: ignore[attr-defined]
        if not _TAKEN & set(status.status or ()) and not status.message_id:
            raise NotNowError("The service did not say whether it took it.")
        return f"taken as {status.message_id}"

    def _mail(self, parcel: Parcel) -> EmailMultiAlternatives:
        contents = parcel.contents
        name = f"{contents.sender} via Tallystick" if contents.sender else "Tallystick"
        escaped = name.replace("\\", "").replace('"', "'")
        mail = EmailMultiAlternatives(
            subject=contents.subject,
            body=contents.text,
            from_email=f'"{escaped}" <{self.from_address}>',
            to=[contents.to],
            reply_to=[contents.reply_to] if contents.reply_to else None,
            headers={"Message-ID": parcel.message_id, "Auto-Submitted": "auto-generated"} | contents.headers,
        )
        if contents.html:
            mail.attach_alternative(contents.html, "text/html")
        return mail


def _meaning(error: AnymailAPIError) -> Exception:
    """What a service's error answer means for the message."""
    status = error.status_code
    if status is None or status in _OUR_FAULT:
        return RelayAwayError(f"HTTP {status}")
    if status == _SLOW_DOWN or status >= 500:
        return NotNowError(f"HTTP {status}")
    return RejectedError(f"HTTP {status}")
