"""The settings people give in the environment: names, types, defaults, and the sentence a wrong one gets."""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import environ

from tallystick.config import embedded

SIGN_UP = ("open", "approve", "closed")
LOG_FORMATS = ("text", "json")
EMAIL_SERVICES = ("brevo", "mailersend", "postmark", "resend", "sendgrid", "sparkpost")
EMAIL_SCHEMES = ("smtp", "smtps", "mailbox", *EMAIL_SERVICES)
SMS_SCHEMES = ("mailbox",)

_SHORTEST_KEY = 32  # characters; 24 random bytes in base64 make 32
_POOL_PATIENCE = 1  # seconds; each thread has a connection, so waiting for one means that the database is away
_DATABASE_PATIENCE = 2  # seconds until a page says that the database is away (quality bar 88)
_LOCAL_NAMES = ("localhost",)
_CONNECTOR_ENDINGS = ("_CLIENT_ID", "_CLIENT_SECRET", "_WEBHOOK_SECRET")


class Misconfigured(Exception):
    """A setting is missing or wrong: names it, shows the value, says the remedy."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"{name} is {value!r}. {remedy}" if value else f"{name} is not set. {remedy}")
        self.name = name
        self.value = value
        self.remedy = remedy


@dataclass(frozen=True)
class Environment:
    """What the environment says, typed and checked."""

    data_dir: Path
    base_url: str
    secret_keys: list[str]
    vault_keys: list[str]
    database_url: str
    database_owner_url: str
    email_url: str
    sms_url: str
    sign_up: str
    log_format: str
    demo: bool

    @classmethod
    def read(cls) -> Environment:
        """Read `TALLYSTICK_…`. Raises `Misconfigured`."""
        data_dir = Path(_text("TALLYSTICK_DATA_DIR", ".data")).expanduser().resolve()
        base_url = _base_url()
        public = urlsplit(base_url).scheme == "https"
        return cls(
            data_dir=data_dir,
            base_url=base_url,
            secret_keys=_ring("TALLYSTICK_SECRET_KEYS", data_dir / "secret-keys", public=public),
            vault_keys=_ring("TALLYSTICK_VAULT_KEYS", data_dir / "vault-keys", public=public),
            database_url=_database("TALLYSTICK_DATABASE_URL"),
            database_owner_url=_database("TALLYSTICK_DATABASE_OWNER_URL"),
            email_url=_email(public=public),
            sms_url=_sms(),
            sign_up=_choice("TALLYSTICK_SIGN_UP", SIGN_UP),
            log_format=_choice("TALLYSTICK_LOG_FORMAT", LOG_FORMATS),
            demo=_choice("TALLYSTICK_DEMO", ("0", "1")) == "1",
        )

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox's apps are, "" without them; the demo sets it for its processes."""
        name = "TALLYSTICK_SANDBOX_URL"
        value = _text(name).rstrip("/")
        parts = _split(name, value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.username):
            raise Misconfigured(name, value, "Give scheme, host and port, such as http://127.0.0.1:8100.")
        return value

    @property
    def connectors_dir(self) -> str:
        """The folder of the operator's own apps, "" without one. Raises `Misconfigured`."""
        name = "TALLYSTICK_CONNECTORS_DIR"
        value = _text(name)
        folder = Path(value).expanduser().resolve()
        if value and not folder.is_dir():
            raise Misconfigured(name, value, "Give the path of a folder that is there.")
        return str(folder) if value else ""

    @property
    def connector_settings(self) -> dict[str, str]:
        """Who we are at outside apps: `XERO_CLIENT_ID` and so on, without the start they share. Raises `Misconfigured`."""
        start = "TALLYSTICK_CONNECTOR_"
        given = {name.removeprefix(start): _text(name) for name in os.environ if name.startswith(start) and _text(name)}
        for name, value in given.items():
            if not name.endswith(_CONNECTOR_ENDINGS):
                raise Misconfigured(start + name, "…", f"Let its name end in {' or '.join(_CONNECTOR_ENDINGS)}.")
            if not value.isascii() or not value.isprintable():
                raise Misconfigured(
                    start + name, "…", "It holds a character that such a value never has: copy it again."
                )
            if name.endswith("_CLIENT_SECRET") and name.removesuffix("SECRET") + "ID" not in given:
                raise Misconfigured(start + name.removesuffix("SECRET") + "ID", "", f"Give it beside {start}{name}.")
        return given

    @property
    def host(self) -> str:
        """The name people type in their browsers."""
        return str(urlsplit(self.base_url).hostname)

    @property
    def is_embedded(self) -> bool:
        """Is the database the embedded one, which is not for production?"""
        return not self.database_url

    @cached_property
    def embedded_server(self) -> embedded.Server:
        """The embedded server of the data folder, running or not. Raises `Misconfigured`."""
        try:
            return embedded.at(self.data_dir)
        except embedded.Unusable as trouble:
            raise Misconfigured("TALLYSTICK_DATABASE_URL", "", str(trouble)) from trouble

    def start_database(self) -> None:
        """Make sure that the embedded database runs; nothing to do for one of the operator's. Raises `Misconfigured`."""
        if not self.is_embedded:
            return
        try:
            embedded.use(self.data_dir)
        except embedded.Unusable as trouble:
            raise Misconfigured("TALLYSTICK_DATABASE_URL", "", str(trouble)) from trouble

    @property
    def serving_url(self) -> str:
        """Where the serving processes connect: as a role that owns nothing."""
        return self.database_url or self.embedded_server.url()

    @property
    def owner_url(self) -> str:
        """Where migrations connect: as the role that owns the tables. Raises `Misconfigured`."""
        if self.is_embedded:
            return self.embedded_server.owner_url
        remedy = "Give the address of the same database for the role that owns its tables (docs/operations.md)."
        if not self.database_owner_url:
            raise Misconfigured("TALLYSTICK_DATABASE_OWNER_URL", "", remedy)
        if _place(self.database_owner_url) != _place(self.database_url):
            raise Misconfigured("TALLYSTICK_DATABASE_OWNER_URL", _shown(self.database_owner_url), remedy)
        return self.database_owner_url

    @property
    def serving_role(self) -> str:
        """The name of the role that serves; migrations grant it what it needs and no more."""
        return unquote(urlsplit(self.serving_url).username or "")

    def database(self, *, as_owner: bool = False, threads: int = 0) -> dict[str, Any]:
        """Django's settings of the database: for the role that serves, or the one that owns the tables.

        `threads` is the number of threads that share a pool of connections; 0 for none.
        """
        found = environ.Env.db_url_config(self.owner_url if as_owner else self.serving_url)
        options = {"connect_timeout": _DATABASE_PATIENCE, "application_name": "tallystick", **found.pop("OPTIONS", {})}
        if threads:
            options["pool"] = {"min_size": 1, "max_size": threads, "timeout": _POOL_PATIENCE}
        return {
            **found,
            "HOST": unquote(found["HOST"]),  # a socket's folder stands in the address with %2F
            "ENGINE": "tallystick.config.database",
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }


def _text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def _choice(name: str, choices: tuple[str, ...]) -> str:
    """One of the choices, the first when nothing is said."""
    value = _text(name, choices[0])
    if value not in choices:
        raise Misconfigured(name, value, f"Choose {', '.join(choices[:-1])} or {choices[-1]}.")
    return value


def _base_url() -> str:
    name = "TALLYSTICK_BASE_URL"
    value = _text(name, "http://localhost:8000").rstrip("/")
    parts = _split(name, value)
    host = parts.hostname
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or parts.path
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise Misconfigured(name, value, "Give scheme and host, such as https://books.example.com.")
    if _is_number(host):
        raise Misconfigured(name, value, "Give a name instead of a number: passkeys refuse IP addresses.")
    if parts.scheme == "http" and host not in _LOCAL_NAMES and not host.endswith(".localhost"):
        raise Misconfigured(name, value, "Use https: browsers keep our cookies, and passkeys work, on no other.")
    return value


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as trouble:
        raise Misconfigured(name, value, f"This is no address: {trouble}.") from trouble
    return parts


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _database(name: str) -> str:
    """The address of a PostgreSQL database, with a role and a name; empty when not set."""
    value = _text(name)
    if not value:
        return ""
    parts = _split(name, value)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.username or not parts.path.strip("/"):
        raise Misconfigured(name, _shown(value), "Write it as postgresql://role:password@host:5432/database.")
    return value


def _place(url: str) -> tuple[str | None, int, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 5432, parts.path


def _shown(url: str) -> str:
    """An address as it may be printed: without its password."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url


def _email(*, public: bool) -> str:
    name = "TALLYSTICK_EMAIL_URL"
    value = _text(name)
    remedy = (
        "Give your mail server, such as smtp://user:password@mail.example.com:587, or mailbox: to keep mail on a page."
    )
    if not value and public:
        raise Misconfigured(name, "", remedy)
    if value and (_split(name, value).scheme not in EMAIL_SCHEMES):
        raise Misconfigured(name, _shown(value), remedy)
    return value or "mailbox:"


def _sms() -> str:
    name = "TALLYSTICK_SMS_URL"
    value = _text(name, "mailbox:")
    if _split(name, value).scheme not in SMS_SCHEMES:
        raise Misconfigured(name, _shown(value), "Give mailbox: to keep texts on a page. No gateway is known yet.")
    return value


def _ring(name: str, file: Path, *, public: bool) -> list[str]:
    """Keys, newest first: from the environment, else, when trying out, from a file in the data folder made on first start."""
    given = [key.strip() for key in _text(name).split(",") if key.strip()]
    how = "Make one with `openssl rand -base64 32`, keep it as safe as the data, and give it to every machine."
    if any(len(key) < _SHORTEST_KEY for key in given):
        raise Misconfigured(name, "…", f"Each key needs {_SHORTEST_KEY} characters or more. {how}")
    if not given and public:
        raise Misconfigured(name, "", how)
    return given or _kept_ring(file)


def _kept_ring(file: Path) -> list[str]:
    """The file's keys. It appears whole or not at all, so that processes which start together share one."""
    draft = file.with_name(f"{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
                handle.write(secrets.token_urlsafe(32))
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return file.read_text().split()
    except OSError as trouble:
        raise Misconfigured(
            "TALLYSTICK_DATA_DIR",
            str(file.parent),
            f"{file} can't be used: {trouble.strerror}. Give a folder of your own.",
        ) from trouble
