"""The way out by SMTP, one connection for each message, with an answer for whatever the relay does."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from tallystick.outbox.composing import UnwritableError, compose
from tallystick.outbox.parcels import NotNowError, Parcel, RejectedError, RelayAwayError

CONNECT = 5.0
"""Seconds to wait for a connection."""

READ = 20.0
"""Seconds to wait for each answer."""

DEADLINE = 75.0
"""Seconds after which the connection is cut, however slowly a relay dribbles. Shorter than `models.LEASE_SECONDS`."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PERMANENT = 500


class _Connection(smtplib.SMTP):
    """Connects within one time limit and reads within another; over TLS from the start when given a context."""

    def __init__(self, host: str, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        super().__init__(local_hostname=urlsplit(settings.BASE_URL).hostname or "localhost")
        self._host = host  # the name that STARTTLS holds the certificate against; smtplib sets it only when it connects

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout=CONNECT)
        plain.settimeout(READ)
        return self._tls.wrap_socket(plain, server_hostname=host) if self._tls else plain


class Smtp:
    """A relay given as `smtp://user:password@host:port` or `smtps://…`, with `?from=post@example.com` for the address
    that mail comes from (without it, no-reply at the host of `TALLYSTICK_BASE_URL`).
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or ""
        self.tls_first = parts.scheme == "smtps"
        self.port = parts.port or (465 if self.tls_first else 587 if parts.username else 25)
        self.user = unquote(parts.username or "")
        self.password = unquote(parts.password or "")
        if not self.host:
            raise ValueError("TALLYSTICK_EMAIL_URL names no host. Write smtp://user:password@host:port.")
        self.from_address = from_address(parts.query)
        self.tls = _tls_to(self.host)

    def send(self, parcel: Parcel) -> str:
        """Hand the mail over; the relay's last answer."""
        to = parcel.contents.to
        try:
            mail = compose(
                parcel.contents,
                message_id=parcel.message_id,
                from_address=self.from_address,
                language=parcel.language,
                at=parcel.at,
            )
        except UnwritableError as error:
            raise RejectedError(f"The address or a header can't be written: {error}", address=True) from error
        connection = _Connection(self.host, self.tls if self.tls_first else None)
        watchdog = threading.Timer(DEADLINE, _cut, [connection])
        watchdog.daemon = True
        watchdog.start()
        try:
            self._enter(connection)
            return _hand_over(connection, self.from_address, to, mail)
        finally:
            watchdog.cancel()
            # No waiting for the answer: the mail is taken, and until that is written down it may be sent again.
            with suppress(OSError, smtplib.SMTPException):
                connection.putcmd("quit")
            connection.close()

    def _enter(self, connection: _Connection) -> None:
        """As far as being allowed to send. Whatever goes wrong here is no message's fault."""
        try:
            code, said = connection.connect(self.host, self.port)
            if code != 220:
                raise RelayAwayError(_line(code, said))
            connection.ehlo_or_helo_if_needed()
            if not self.tls_first and connection.has_extn("starttls"):
                connection.starttls(context=self.tls)
                connection.ehlo_or_helo_if_needed()
            elif self.user and not self.tls_first and self.host not in _LOOPBACK:
                raise RelayAwayError("The relay offers no encryption, so the password was not sent. Use smtps://.")
            if self.user:
                connection.login(self.user, self.password)
        except smtplib.SMTPResponseException as error:
            raise RelayAwayError(_line(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise RelayAwayError(f"{type(error).__name__}: {error}") from error


def from_address(query: str) -> str:
    """The address mail comes from: given in the URL's query, else no-reply at our own host."""
    given = parse_qs(query).get("from", [""])[0]
    return given or f"no-reply@{urlsplit(settings.BASE_URL).hostname}"


def _tls_to(host: str) -> ssl.SSLContext:
    """On loopback nobody vouches for a certificate, and the list of those who could need not be read."""
    if host not in _LOOPBACK:
        return ssl.create_default_context()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return tls


def _hand_over(connection: smtplib.SMTP, sender: str, to: str, mail: bytes) -> str:
    options = [] if to.isascii() else ["SMTPUTF8"]
    if options and not connection.has_extn("smtputf8"):
        raise RejectedError("The relay can't write to addresses with such letters.", address=True)
    try:
        code, said = connection.mail(sender, options)
        if code != 250:
            # A sender that is refused for good is a matter of set-up, and holds for every message.
            raise (RelayAwayError if code >= _PERMANENT else NotNowError)(_line(code, said))
        code, said = connection.rcpt(to)
        if code not in (250, 251):
            _refuse(_line(code, said, hide=to), code, address=True)
        code, said = connection.data(mail)
        if code != 250:
            _refuse(_line(code, said, hide=to), code)
    except smtplib.SMTPDataError as error:
        _refuse(_line(error.smtp_code, error.smtp_error, hide=to), error.smtp_code)
    except (OSError, smtplib.SMTPException) as error:
        raise NotNowError(f"{type(error).__name__}: {error}".replace(to, "…")) from error
    return _line(code, said, hide=to)


def _refuse(answer: str, code: int, *, address: bool = False) -> None:
    if code >= _PERMANENT:
        raise RejectedError(answer, address=address)
    raise NotNowError(answer)


def _line(code: int, said: bytes | str, hide: str = "") -> str:
    """A relay's answer on one line, without the address it is about."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    line = " ".join(f"{code} {text}".split())
    return line.replace(hide, "…") if hide else line


def _cut(connection: smtplib.SMTP) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
