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


class UnwritableError(Exception):
    """An address or header can't be written in a mail."""


def compose(contents: Contents, *, message_id: str, from_address: str, language: str, at: datetime) -> bytes:
    """The mail, with its plain-text twin first. The same delivery gives the same Message-ID and Date on every try.

    Raises `UnwritableError`.
    """
    mail = EmailMessage(policy=_POLICY)
    sender = f"{contents.sender} via Tallystick" if contents.sender else "Tallystick"
    try:
        mail["From"] = Address(display_name=sender, addr_spec=from_address)
        mail["To"] = Address(addr_spec=contents.to)
        mail["Subject"] = contents.subject
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = message_id
        if contents.reply_to:
            mail["Reply-To"] = Address(addr_spec=contents.reply_to)
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
