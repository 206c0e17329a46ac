"""The settings people give in the environment: names, types, defaults, and the sentence a wrong one gets."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ


class Misconfigured(Exception):
    """A setting is missing or wrong: names it, shows the value, says the remedy."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"{name} is {value!r}. {remedy}")


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
    sign_up: str
    log_format: str
    demo: bool
    hosts: list[str] = field(default_factory=list)

    @classmethod
    def read(cls) -> Environment:
        """Read `TALLYSTICK_…`. Raises `Misconfigured`."""
        env = environ.Env()
        data_dir = Path(env.str("TALLYSTICK_DATA_DIR", ".data")).resolve()
        base_url = env.str("TALLYSTICK_BASE_URL", "http://localhost:8000").rstrip("/")
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
            raise Misconfigured("TALLYSTICK_BASE_URL", base_url, "Give scheme and host, such as https://books.example.com.")
        sign_up = env.str("TALLYSTICK_SIGN_UP", "open")
        if sign_up not in {"open", "approve", "closed"}:
            raise Misconfigured("TALLYSTICK_SIGN_UP", sign_up, "Choose open, approve or closed.")
        return cls(
            data_dir=data_dir,
            base_url=base_url,
            secret_keys=_ring("TALLYSTICK_SECRET_KEYS", data_dir / "secret-keys", base_url),
            vault_keys=_ring("TALLYSTICK_VAULT_KEYS", data_dir / "vault-keys", base_url),
            database_url=env.str("TALLYSTICK_DATABASE_URL", ""),
            database_owner_url=env.str("TALLYSTICK_DATABASE_OWNER_URL", ""),
            email_url=env.str("TALLYSTICK_EMAIL_URL", "mailbox:"),
            sign_up=sign_up,
            log_format=env.str("TALLYSTICK_LOG_FORMAT", "text"),
            demo=env.bool("TALLYSTICK_DEMO", False),
            hosts=[parts.hostname],
        )

    def database(self) -> dict[str, Any]:
        """Django's settings of the database this process uses."""
        url = self.database_url or os.environ.get("TALLYSTICK_EMBEDDED_URL", "postgres:///tallystick")
        return environ.Env.db_url_config(url) | {"ENGINE": "django.db.backends.postgresql"}


def _ring(name: str, file: Path, base_url: str) -> list[str]:
    """Keys, newest first: from the environment, else from a file in the data folder made on first start."""
    given = [key.strip() for key in os.environ.get(name, "").split(",") if key.strip()]
    if any(len(key) < 32 for key in given):
        raise Misconfigured(name, "…", "Each key needs 32 characters or more: make one with `openssl rand -base64 32`.")
    if given:
        return given
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
                handle.write(secrets.token_urlsafe(32))
        except FileExistsError:
            pass
    return file.read_text().split()
