"""A mail relay on loopback that takes mail, or misbehaves as told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Mood = str
"""take · refuse_sender · refuse · refuse_later · reject · reject_later · hang · hang_at_the_door · close_the_door ·
drop_answer (takes it, then hangs up without an answer) · die (hangs up in the middle of the mail)"""


class Relay:
    """Keeps what it took; `mood` says how it behaves, for all messages or chosen for each."""

    def __init__(self, port: int = 0, *, login: tuple[str, str] | None = None, tls: str = "") -> None:
        """`login`: the only user and password let in. `tls`: "first" or "later" (STARTTLS)."""
        self.taken: list[EmailMessage] = []
        # Of what was taken, in order, doubles included. No property: the library asks for all of those at each greeting.
        self.message_ids: list[str] = []
        self.tried = 0
        self.talks: list[SMTP] = []
        self.mood: Mood | Callable[[], Mood] = "take"
        self.login = login
        self.knows_all_letters = False
        self.starttls = a_certificate() if tls == "later" else None
        self._controller = _Door(
            self,
            hostname="127.0.0.1",
            port=port or free_port(),
            ssl_context=a_certificate() if tls == "first" else None,
        )
        self._scheme = "smtps" if tls == "first" else "smtp"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        done = threading.Event()
        self._controller.loop.call_soon_threadsafe(self._hang_up, done)
        done.wait(5)
        self._controller.stop()

    def _hang_up(self, done: threading.Event) -> None:
        for talk in self.talks:
            hang_up(talk)
        # The transports close their sockets in the round of the loop after this one.
        self._controller.loop.call_later(0.01, done.set)

    @property
    def url(self) -> str:
        """For `TALLYSTICK_EMAIL_URL`."""
        return f"{self._scheme}://127.0.0.1:{self._controller.port}"

    def current_mood(self) -> Mood:
        """How to behave now."""
        return self.mood if isinstance(self.mood, str) else self.mood()

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """After MAIL FROM."""
        self.tried += 1
        envelope.mail_from = address
        envelope.mood = self.current_mood()  # type: ignore[attr-defined]
        return "550 5.7.1 You may not send" if envelope.mood == "refuse_sender" else "250 OK"  # type: ignore[attr-defined]

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """After RCPT TO."""
        answers = {
            "refuse": f"550 5.1.1 <{address}>: Recipient address rejected: User unknown",
            "refuse_later": "451 4.7.1 Greylisted, try again",
        }
        envelope.rcpt_tos.append(address)
        return answers.get(envelope.mood, "250 OK")  # type: ignore[attr-defined]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """After the final dot."""
        mood = envelope.mood  # type: ignore[attr-defined]
        if mood == "hang":
            await asyncio.sleep(60)
        if mood in {"reject", "reject_later"}:
            return "554 5.6.0 Content rejected" if mood == "reject" else "452 4.3.1 Out of room"
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        self.message_ids.append(str(self.taken[-1]["Message-ID"]))
        if mood == "drop_answer":
            hang_up(server)
        return "250 2.0.0 Taken"


class _Door(Controller):
    def factory(self) -> SMTP:
        relay = self.handler
        talk = _Talk(
            relay,
            hostname="relay.example",
            enable_SMTPUTF8=relay.knows_all_letters,
            loop=self.loop,
            tls_context=relay.starttls,
            authenticator=_let_in,
            auth_required=relay.login is not None,
            auth_require_tls=False,
        )
        self.handler.talks.append(talk)
        return talk


def _let_in(server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    wanted = server.event_handler.login
    return AuthResult(success=wanted == (given.login.decode(), given.password.decode()), handled=False)


class _Talk(SMTP):
    def __init__(self, relay: Relay, **options: Any) -> None:
        super().__init__(relay, **options)
        self._relay = relay

    async def push(self, status: Any) -> None:
        if str(status).startswith("220"):
            mood = self._relay.current_mood() if isinstance(self._relay.mood, str) else "take"
            if mood == "hang_at_the_door":
                await asyncio.sleep(60)
            status = "554 No mail today" if mood == "close_the_door" else status
        await super().push(status)

    async def smtp_DATA(self, arg: str) -> None:
        if getattr(self.envelope, "mood", "") == "die":
            await super().push("354 End data with <CR><LF>.<CR><LF>")
            hang_up(self)
            return
        await super().smtp_DATA(arg)


def hang_up(talk: SMTP) -> None:
    """End a connection without a word."""
    if isinstance(talk.transport, asyncio.WriteTransport):
        talk.transport.abort()


def a_certificate() -> ssl.SSLContext:
    """For a server on loopback, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.NamedTemporaryFile() as file:
        unsealed = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write(key.private_bytes(*unsealed) + certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
