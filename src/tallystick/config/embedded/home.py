"""Where an embedded server lives: its folders, the account it runs as, and the locks by which its users are counted."""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PORT = 5432
"""Part of the socket's name only: the server listens on no network address."""

_LONGEST_SOCKET_PATH = 107  # bytes; sockaddr_un.sun_path holds 108 with its closing zero
_ROOT_HOMES = Path("/var/lib")


class Unusable(Exception):
    """The embedded database can't be had here; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The operating system's account the server runs as. PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def for_this_process(cls) -> Account:
        """Ourselves; as root the account `postgres`, else `nobody`: we add no account to somebody's machine."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise Unusable(
            "Neither an account postgres nor nobody exists to run PostgreSQL as. Run Tallystick as an ordinary user."
        )

    @property
    def is_other(self) -> bool:
        """Does the server run as somebody else than this process?"""
        return self.uid != os.geteuid()


@dataclass(frozen=True)
class Home:
    """The folders of one embedded server. Two data folders never share one."""

    folder: Path
    run: Path
    account: Account

    @classmethod
    def of(cls, data_dir: Path) -> Home:
        """The home that belongs to a data folder, which is made when missing. Raises `Unusable`."""
        data_dir = data_dir.resolve()
        account = Account.for_this_process()
        _make_private(data_dir)
        # The mark keeps a new data folder from finding the database of a deleted one of the same name.
        digest = hashlib.sha256(f"{data_dir}\n{_mark(data_dir / 'database-mark')}".encode()).hexdigest()[:12]
        folder = _ROOT_HOMES / f"tallystick-postgres-{digest}" if account.is_other else data_dir / "postgres"
        run = folder / "run"
        if len(os.fsencode(run / f".s.PGSQL.{PORT}")) > _LONGEST_SOCKET_PATH:
            run = Path("/tmp") / f"tallystick-{account.uid}-{digest}"  # noqa: S108 - made 0700, its owner is checked
        return cls(folder, run, account)

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.folder / "postgres.log"

    @property
    def users_lock(self) -> Path:
        """Held shared by each process that uses the server; the guard stops the server once nobody holds it."""
        return self.folder / "users.lock"

    @property
    def start_lock(self) -> Path:
        """Held by the one guard, as long as its server runs."""
        return self.folder / "start.lock"

    @property
    def socket(self) -> Path:
        """What clients connect to. Who may enter its folder may connect."""
        return self.run / f".s.PGSQL.{PORT}"

    def make(self) -> None:
        """Make the home's own folder: root's is passed through by the server's account, an ordinary user's is private."""
        if _makes(self.folder):
            self.folder.chmod(0o755 if self.account.is_other else 0o700)
        if self.folder.stat().st_uid != os.geteuid():
            raise Unusable(f"{self.folder} belongs to somebody else. Set TALLYSTICK_DATA_DIR to a folder of your own.")

    def make_run(self) -> None:
        """Make the socket's folder, the server's account's own. Raises `Unusable` when somebody else made it first."""
        if _makes(self.run):
            self.run.chmod(0o700)
            os.chown(self.run, self.account.uid, self.account.gid)
        found = self.run.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise Unusable(f"{self.run} is not a private folder of the server's account. Remove it and start again.")


def _makes(folder: Path) -> bool:
    """Make a folder; was it us? Mode and owner are set on nothing else."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as trouble:
        raise Unusable(
            f"{folder} can't be made: {trouble.strerror}. Set TALLYSTICK_DATABASE_URL to a PostgreSQL of yours."
        ) from trouble
    return True


def _make_private(data_dir: Path) -> None:
    if _makes(data_dir):
        data_dir.chmod(0o700)


def _mark(file: Path) -> str:
    """Random text that stays with the data folder. Two processes that make it at once agree on one."""
    draft = file.with_name(f"{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        if not file.exists():
            draft.write_text(secrets.token_hex(8))
            os.link(draft, file)
    except FileExistsError:
        pass
    except OSError as trouble:
        raise Unusable(
            f"{file} can't be written: {trouble.strerror}. Set TALLYSTICK_DATA_DIR to a folder of your own."
        ) from trouble
    finally:
        with suppress(OSError):  # where no file can be made there is none to remove
            draft.unlink()
    try:
        return file.read_text()
    except OSError as trouble:
        raise Unusable(
            f"{file} can't be read: {trouble.strerror}. Set TALLYSTICK_DATA_DIR to a folder of your own."
        ) from trouble
