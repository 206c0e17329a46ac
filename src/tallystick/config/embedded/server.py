"""Using an embedded server: start it if nobody has, hold on to it while this process lives, say where it is."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from tallystick.config.embedded import guard
from tallystick.config.embedded.home import PORT, Home, Unusable

_PACKAGES = Path(__file__).resolve().parents[3]  # the folder that holds `tallystick`
_DEADLINE = 120.0  # seconds, all attempts together
_BUSY_PAUSE = 0.02

_held: dict[Path, IO[str]] = {}
"""The users' locks this process holds, for as long as it lives. Files, because the kernel lets go of them for us."""


@dataclass(frozen=True)
class Server:
    """One embedded server, running or not: its address follows from its home."""

    home: Home

    def url(self, database: str = guard.DATABASE, role: str = guard.SERVING) -> str:
        """Where one connects to, for psycopg and Django alike. There is no password: the socket's folder is private."""
        return f"postgresql://{role}@{quote(str(self.home.run), safe='')}:{PORT}/{database}"

    @property
    def owner_url(self) -> str:
        """The same for the role that owns tables and migrates."""
        return self.url(role=guard.OWNER)

    @property
    def superuser_url(self) -> str:
        """The same for the cluster's superuser, for tests and dumps."""
        return self.url(database="postgres", role=guard.SUPERUSER)

    def is_running(self) -> bool:
        """Is it ready, and does somebody listen? A killed server leaves its state and its socket's file behind."""
        if not guard.is_ready(self.home):
            return False
        with socket.socket(socket.AF_UNIX) as caller:
            try:
                caller.connect(str(self.home.socket))
            except OSError:
                return False
        return True

    def is_guarded(self) -> bool:
        """Is its guard there, which starts it and stops it after the last user? A guard that was killed may leave a server."""
        with self.home.start_lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def is_alive(self) -> bool:
        """Is its process there? Asks the process table only, so it may be asked often."""
        pid = guard.pid_of(self.home)
        return pid is not None and guard.serves(pid, self.home.data)


def at(data_dir: Path) -> Server:
    """The server that belongs to a data folder, not started. Raises `Unusable`."""
    return Server(Home.of(data_dir))


def use(data_dir: Path, *, passing: bool = False) -> Server:
    """The running server of a data folder, kept until this process and every other that asked is gone. Raises `Unusable`.

    Asking again is cheap, and needed after a lost connection: it starts a server that was killed. A `passing` server is
    for tests: nothing is forced to disk, and its files go when it stops.
    """
    server = at(data_dir)
    _hold(server.home)
    deadline = time.monotonic() + _DEADLINE
    while not (server.is_running() and server.is_guarded()):
        # A guard that is still starting, or stopping, is waited for: to start another is a process for each look.
        answer = guard.BUSY if server.is_guarded() else _start_guard(server.home, passing=passing)
        if answer.startswith(guard.FAILED):
            raise Unusable(answer.removeprefix(guard.FAILED).strip())
        if time.monotonic() > deadline:
            raise Unusable(
                f"The embedded PostgreSQL was not ready after {_DEADLINE:.0f} s. Its log is {server.home.log}."
            )
        if answer != guard.READY:
            time.sleep(_BUSY_PAUSE)
    return server


def let_go(data_dir: Path) -> None:
    """Stop using it before this process ends: the server stops if nobody else does."""
    held = _held.pop(at(data_dir).home.folder, None)
    if held:
        held.close()


def _hold(home: Home) -> None:
    """Be counted as a user. Waits while a guard is shutting the server down, and looks again if its files went."""
    while home.folder not in _held:
        home.make()
        users = home.users_lock.open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        if home.users_lock.exists() and os.fstat(users.fileno()).st_ino == home.users_lock.stat().st_ino:
            _held[home.folder] = users
        else:
            users.close()


def _start_guard(home: Home, *, passing: bool) -> str:
    """Start a guard, and hear what came of it."""
    command = [
        sys.executable,
        "-P",
        "-c",
        f"from {guard.__name__} import main; main()",
        str(home.folder),
        str(home.run),
    ]
    command += [str(home.account.uid), str(home.account.gid), *(["--passing"] if passing else [])]
    path = os.pathsep.join(filter(None, (str(_PACKAGES), os.environ.get("PYTHONPATH", ""))))
    said = subprocess.run(
        command,
        cwd="/",
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout.strip()
    known = said.startswith((guard.READY, guard.BUSY, guard.FAILED))
    return said if known else f"{guard.FAILED} The embedded PostgreSQL could not be started: {said[-500:]}"
