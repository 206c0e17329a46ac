"""The process that makes, runs and stops an embedded server, so that no user of it has to.

It detaches itself, holds the start lock, and tries for the users' lock five times a second: when it gets it, nobody is
left, and it shuts the server down. It keeps both locks until the server is gone, so a newcomer waits and starts afresh.
Locks die with their holder, so `kill -9` of anybody needs no clean-up.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from tallystick.config.embedded import installation
from tallystick.config.embedded.home import Account, Home, Unusable

READY, BUSY, FAILED = "ready", "busy", "failed"

SUPERUSER, OWNER, SERVING, DATABASE = "postgres", "tallystick_owner", "tallystick", "tallystick"

# One command a line, as `postgres --single` reads them.
_ROLES = f"""
create role {OWNER} login
create role {SERVING} login
create database {DATABASE} owner {OWNER}
"""

_START_DEADLINE = 60.0  # seconds; a crash recovery takes its time
_POLL = 0.01
_WATCH = 0.2
_LARGEST_LOG = 10_000_000  # bytes
_PROCESSES = Path("/proc")

# Statements and their values may hold secrets: the server's own log keeps the error's name and nothing else.
_SILENCE = {
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
_UNSAFE_BUT_QUICK = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes", "autovacuum"), "off")


def main(arguments: Sequence[str] | None = None) -> None:
    """Detach, then report one line on standard output: ready, busy (another guard is at work), or failed and why."""
    parser = argparse.ArgumentParser(prog="guard")
    for name in ("folder", "run"):
        parser.add_argument(name, type=Path)
    for name in ("uid", "gid"):
        parser.add_argument(name, type=int)
    parser.add_argument("--passing", action="store_true")
    given = parser.parse_args(arguments)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.umask(0o077)
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    guard(Home(given.folder, given.run, Account(given.uid, given.gid)), passing=given.passing)


def guard(home: Home, *, passing: bool) -> None:
    """Run the home's server until its last user is gone. A `passing` one trades safety for speed and leaves nothing behind."""
    with home.start_lock.open("w") as start, home.users_lock.open("w") as users:
        if not _lock(start):
            return _report(BUSY)
        try:
            server = _start(home, passing=passing)
        except Unusable as trouble:
            return _report(f"{FAILED} {trouble}")
        except Exception as trouble:  # noqa: BLE001 - whoever asked must hear of it: this process has no other voice
            return _report(f"{FAILED} The embedded PostgreSQL could not be started: {trouble}")
        _report(READY)
        _watch(server, users)
        if passing and server.returncode == 0:
            _remove(home)
    return None


def _report(line: str) -> None:
    """Tell whoever waits, and let go of the pipe."""
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), line.encode())
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nothing, stream.fileno())


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _watch(server: subprocess.Popen[bytes], users: IO[str]) -> None:
    """Until nobody uses the server, or it is gone."""
    while server.poll() is None:
        if _lock(users):
            server.send_signal(signal.SIGINT)  # fast shutdown: clients are sent away, everything is written
            server.wait()
            return
        time.sleep(_WATCH)


def _start(home: Home, *, passing: bool) -> subprocess.Popen[bytes]:
    home.make_run()
    programs = installation.programs_for(home)
    _make_cluster(home, programs, passing=passing)
    _settle_stale_pid(home)
    if home.log.exists() and home.log.stat().st_size > _LARGEST_LOG:
        home.log.unlink()
    options = {"unix_socket_directories": str(home.run), "unix_socket_permissions": "0700", "listen_addresses": ""}
    options |= _SILENCE | (_UNSAFE_BUT_QUICK if passing else {})
    command = [str(programs / "postgres"), "-D", str(home.data)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with home.log.open("ab") as log:
        server = subprocess.Popen(
            _dying_with_us("INT", command), stdout=log, stderr=log, start_new_session=True, **_as_account(home)
        )
    _await_ready(home, server)
    return server


def _as_account(home: Home) -> dict[str, Any]:
    """How each program of the server is run: as its account, private, and deaf to our environment."""
    manner: dict[str, Any] = {
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        "umask": 0o077,
        "cwd": "/",
    }
    if home.account.is_other:
        manner |= {"user": home.account.uid, "group": home.account.gid, "extra_groups": []}
    return manner


def _dying_with_us(by: str, command: list[str]) -> list[str]:
    """The command, ended by the kernel when this guard is killed. Elsewhere than on Linux it stays until the next start."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", by, "--", *command] if setpriv else command


def _make_cluster(home: Home, programs: Path, *, passing: bool) -> None:
    """Make the cluster, its two roles and its database: all or nothing, by a draft that is renamed when it is whole."""
    written = home.data / "PG_VERSION"
    if written.exists():
        version = written.read_text().strip()
        if version != installation.VERSION:
            raise Unusable(
                f"{home.data} was written by PostgreSQL {version}, and this Tallystick brings {installation.VERSION}. "
                f"Dump it with the older Tallystick, move the folder away, and load the dump (docs/operations.md)."
            )
        return
    for old in home.folder.glob("data.new-*"):
        shutil.rmtree(old)
    draft = home.folder / f"data.new-{os.getpid()}"
    draft.mkdir(mode=0o700)
    os.chown(draft, home.account.uid, home.account.gid)
    initdb = [str(programs / "initdb"), "-D", str(draft), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"]
    # Who can enter the socket's folder is the account itself or root, so `trust` promises no more than is true.
    initdb += ["--auth-local=trust", "--auth-host=reject", "--no-instructions", *(["--no-sync"] if passing else [])]
    _run(home, initdb)
    single = [str(programs / "postgres"), "--single", "-D", str(draft), "-c", "exit_on_error=on", "postgres"]
    _run(home, single, said=_ROLES)
    draft.rename(home.data)


def _run(home: Home, command: list[str], *, said: str = "") -> None:
    done = subprocess.run(
        _dying_with_us("KILL", command), input=said, capture_output=True, text=True, check=False, **_as_account(home)
    )
    if done.returncode:
        raise Unusable(f"{Path(command[0]).name} failed: {' '.join(done.stderr.split()) or done.returncode}")


def _settle_stale_pid(home: Home) -> None:
    """A killed server leaves its process id behind, which may be somebody else's by now; PostgreSQL would refuse to start.

    We hold the start lock, so a server that still runs here has lost its guard: it is stopped. Otherwise the first line
    becomes our own id, which PostgreSQL ignores because we are its parent. The rest of the file stays: its check of
    shared memory is the last defence against two servers on one cluster. A file that a power failure has emptied says
    nothing that could be kept: it goes, unless some process serves this cluster.
    """
    file = home.data / "postmaster.pid"
    pid = pid_of(home)
    if pid is None:
        if file.exists() and not _is_served(home.data):
            file.unlink()
        return
    if serves(pid, home.data):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + _START_DEADLINE
        while serves(pid, home.data) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return
    _, _, rest = file.read_text().partition("\n")
    file.write_text(f"{os.getpid()}\n{rest}")


def pid_of(home: Home) -> int | None:
    """The process id the server left in its file; whose it is by now, `serves` says."""
    try:
        return int((home.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def serves(pid: int, data: Path) -> bool:
    """Is that process the PostgreSQL server of this cluster? It works in its data folder, and was started with its name."""
    if not (_PROCESSES / "self").exists():  # macOS
        return _is_started_for(data, "-p", str(pid))
    process = _PROCESSES / str(pid)
    try:
        return (process / "comm").read_text().strip() == "postgres" and (process / "cwd").resolve() == data.resolve()
    except OSError:
        return False


def _is_served(data: Path) -> bool:
    """Does any process serve this cluster? Asked when none is named."""
    if not (_PROCESSES / "self").exists():
        return _is_started_for(data, "-A")
    return any(serves(int(process.name), data) for process in _PROCESSES.iterdir() if process.name.isdigit())


def _is_started_for(data: Path, *chosen: str) -> bool:
    """Was one of the processes that `ps` is asked about started as this cluster's server?"""
    asked = ["/bin/ps", "-ww", "-o", "args=", *chosen]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    return any(f"/postgres -D {data} " in f"{line.strip()} " for line in said)


def _await_ready(home: Home, server: subprocess.Popen[bytes]) -> None:
    """The server writes its state on line 8 of its own file: no client needed to ask."""
    deadline = time.monotonic() + _START_DEADLINE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Unusable(f"The embedded PostgreSQL ended while starting. {_last_words(home)}")
        if is_ready(home, pid=server.pid):
            return
        time.sleep(_POLL)
    server.send_signal(signal.SIGINT)
    server.wait()
    raise Unusable(f"The embedded PostgreSQL was not ready after {_START_DEADLINE:.0f} s. {_last_words(home)}")


def is_ready(home: Home, pid: int | None = None) -> bool:
    """Does the server (of this process id) say that it is ready?"""
    try:
        lines = (home.data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready" and (pid is None or lines[0].strip() == str(pid))


def _last_words(home: Home) -> str:
    lines = home.log.read_text(errors="replace").splitlines() if home.log.exists() else []
    return f"Its log, {home.log}, ends with: {lines[-1]}" if lines else f"Its log is {home.log}."


def _remove(home: Home) -> None:
    """Leave nothing of a passing server behind. A newcomer at this very moment makes a home of its own."""
    for folder in {home.run, home.folder}:
        shutil.rmtree(folder, ignore_errors=True)
