"""A delivery as the bytes of a mail."""

from __future__ import annotations

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tallystick.outbox.contents import Contents

_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)
_INTERNATIONAL = _POLICY.clone(utf8=True)  # RFC 6531: for addresses with letters beyond ASCII


class UnwritableError(Exception):
    """An address or header can't be written in a mail."""


def compose(contents: Contents, *, message_id: str, from_address: str, language: str, at: datetime) -> bytes:
    """The mail, with its plain-text twin first. The same delivery gives the same Message-ID and Date on every try.

    Raises `UnwritableError`.
    """
    mail = EmailMessage(policy=_POLICY if contents.to.isascii() else _INTERNATIONAL)
    sender = f"{contents.sender} via Tallystick" if contents.sender else "Tallystick"
    try:
        mail["From"] = Address(display_name=sender, addr_spec=from_address)
        mail["To"] = _address(contents.to)
        mail["Subject"] = contents.subject
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = message_id
        if contents.reply_to:
            mail["Reply-To"] = _address(contents.reply_to)
        # RFC 3834: so that nobody's out-of-office answers.
        mail["Auto-Submitted"] = "auto-generated"
        for name, value in contents.headers.items():
            mail[name] = value
        mail.set_content(contents.text)
        if contents.html:
            mail.add_alternative(contents.html, subtype="html")
        mail["Content-Language"] = language
        return mail.as_bytes()
    except (ValueError, IndexError, MessageError) as error:
        raise UnwritableError(str(error)) from error


def _address(spec: str) -> Address:
    """Python's own reading refuses letters beyond ASCII, so there the parts are checked here."""
    if spec.isascii():
        return Address(addr_spec=spec)
    local, at, domain = spec.rpartition("@")
    if not (local and at and domain) or not spec.isprintable() or set(spec) & set(' <>,;:"\\()[]'):
        raise ValueError(f"{len(spec)} characters that are no address")
    return Address(username=local, domain=domain)
