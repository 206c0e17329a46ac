"""Runs the processes of `make demo` and `make run` together: starts them, starts again what dies, and ends them all.

It holds nothing but their ids. Its children are tied to it by the kernel, so `kill -9` of it ends them too, and the
embedded database stops by itself once its last user is gone.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from tallystick.config import embedded, lifeline
from tallystick.config.embedded.server import let_go
from tallystick.config.environment import Environment, Misconfigured

_TICK = 0.1  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_STEADY = 30.0  # after so long a life a child's next fall is a first one again
_GRACE = 1.0  # seconds to end by oneself; all must be gone within 3
_LONGEST_START = 60.0
_SANDBOX_STEP = 100  # the sandbox's port follows ours
_LARGEST_LOG = 10_000_000  # bytes


class Failed(Exception):
    """A step of the start failed; the message says which, and where to read on."""


@dataclass
class Child:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float = 0.0

    def start(self, log: Path) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only us and we end it in order."""
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=os.environ | {lifeline.VARIABLE: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.began = time.monotonic()

    def has_ended(self) -> bool:
        """Was it started, and is it gone?"""
        return self.process is not None and self.process.poll() is not None

    def plan_again(self) -> None:
        """It ended: start again after a pause that grows while it keeps falling."""
        steady = time.monotonic() - self.began > _STEADY
        self.pause = _FIRST_PAUSE if steady else min(self.pause * 2, _LONGEST_PAUSE)
        self.due = time.monotonic() + self.pause
        self.process = None


class Supervisor:
    """The children of one installation on this machine."""

    def __init__(self, environment: Environment, children: Sequence[Child], log: Path) -> None:
        self.environment = environment
        self.children = children
        self.log = log
        self.told_to_stop = False

    def run(self, welcome: str, port: int) -> None:
        """Run until told to stop. Raises `Failed` when the pages don't come up."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            self._await_pages(port)
            if not self.told_to_stop:
                say(welcome)
            while not self.told_to_stop:
                self._look_after()
                time.sleep(_TICK)
        finally:
            self._end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _await_pages(self, port: int) -> None:
        deadline = time.monotonic() + _LONGEST_START
        while not self.told_to_stop and not _answers(port):
            self._look_after()
            if time.monotonic() > deadline:
                raise Failed(f"The pages did not come up within {_LONGEST_START:.0f} s. Read {self.log}.")
            time.sleep(_TICK)

    def _look_after(self) -> None:
        """Start what is due, plan what fell, and bring the database back if somebody killed it."""
        if self.environment.is_embedded and not self.environment.embedded_server.is_alive():
            with suppress(embedded.Unusable):
                embedded.use(self.environment.data_dir)
        for child in self.children:
            if child.has_ended():
                child.plan_again()
                say(f"The {child.name} ended and is started again. Its words are in {self.log}.")
            elif child.process is None and time.monotonic() >= child.due:
                child.start(self.log)

    def _end(self) -> None:
        """Ask, wait a moment, insist; then see the database off."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _GRACE
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(deadline - time.monotonic(), 0))
        for process in running:
            process.kill()
            process.wait()
        if self.environment.is_embedded:
            _see_off(self.environment)


def _see_off(environment: Environment) -> None:
    """Let go of the embedded server, and wait a little until it is gone; another user of it keeps it."""
    server = environment.embedded_server
    let_go(environment.data_dir)
    deadline = time.monotonic() + _GRACE / 2
    while server.is_alive() and time.monotonic() < deadline:
        time.sleep(_TICK)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def refuse_taken_port(port: int) -> None:
    """Raises `Failed` when somebody listens on the port already."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as trouble:
            raise Failed(
                f"Port {port} can't be had: {trouble.strerror}. Choose another, such as PORT={port + 10}."
            ) from trouble


def open_log(data_dir: Path) -> Path:
    """Where the children write; an old one that grew large makes room."""
    log = data_dir / "tallystick.log"
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".log.old"))
    log.touch(mode=0o600)
    return log


def command(*words: str, module: str = "tallystick") -> list[str]:
    """One of our own commands, run by this very Python."""
    return [sys.executable, "-m", module, *words]


def _sandbox(port: int, data_dir: Path) -> list[str]:
    """The sandbox, which knows nothing of us and so has to be held by somebody who does."""
    state = data_dir / "sandbox.sqlite3"
    hooks = f"http://localhost:{port - _SANDBOX_STEP}/hooks/sandbox-{{app}}/"
    words = ["--port", str(port), "--state", str(state), "--webhooks", hooks]
    return command("tallystick_sandbox", *words, module=lifeline.__name__)


def run(*, port: int, demo: bool) -> None:
    """`tallystick run` and `tallystick demo`: prepare, then run everything until told to stop."""
    with_sandbox = demo and _sandbox_is_there()
    refuse_taken_port(port)
    if with_sandbox:
        refuse_taken_port(port + _SANDBOX_STEP)
    _address(port, demo=demo)
    environment = Environment.read()
    environment.start_database()
    log = open_log(environment.data_dir)
    _prepare(log, demo=demo)
    serve = command("serve", "--port", str(port), "--prepared")
    children = [Child("web server", serve), Child("worker", command("worker"))]
    if with_sandbox:
        children.append(Child("sandbox", _sandbox(port + _SANDBOX_STEP, environment.data_dir)))
    Supervisor(environment, children, log).run(_welcome(environment, port, demo=demo, with_sandbox=with_sandbox), port)
    say("Stopped. Nothing is lost: start it again the same way.")


def _sandbox_is_there() -> bool:
    """An installation comes without the sandbox."""
    return find_spec("tallystick_sandbox") is not None and find_spec("tallystick_sandbox.__main__") is not None


def _address(port: int, *, demo: bool) -> None:
    """Tell our children the address people open."""
    if demo or "TALLYSTICK_BASE_URL" not in os.environ:
        os.environ["TALLYSTICK_BASE_URL"] = f"http://localhost:{port}"
    if demo:
        os.environ["TALLYSTICK_DEMO"] = "1"
        os.environ["TALLYSTICK_SANDBOX_URL"] = f"http://127.0.0.1:{port + _SANDBOX_STEP}"


def _prepare(log: Path, *, demo: bool) -> None:
    """Tables, styles and the demo's people, in a process that ends, so that this one stays small."""
    words = ["prepare", *(["--demo"] if demo else [])]
    done = subprocess.run(
        command(*words),
        env=os.environ | {lifeline.VARIABLE: str(os.getpid())},
        capture_output=True,
        text=True,
        check=False,
    )
    with log.open("a") as file:
        file.write(done.stdout + done.stderr)
    if done.returncode:
        last = done.stderr.strip().splitlines() or ["no word"]
        raise Failed(f"Preparing failed: {last[-1]} (all of it is in {log})")


def _welcome(environment: Environment, port: int, *, demo: bool, with_sandbox: bool) -> str:
    lines = ["", f"  Tallystick is ready. Open {environment.base_url}", ""]
    if demo:
        lines.append(f"  Mail and texts   {environment.base_url}/demo/mailbox/")
    if with_sandbox:
        lines.append(f"  The outside apps http://127.0.0.1:{port + _SANDBOX_STEP}")
    lines.append(f"  Data and log     {environment.data_dir}")
    if environment.is_embedded:
        lines.append("  The database is the embedded one: for trying out, not for production.")
    return "\n".join([*lines, "  Ctrl-C stops everything; nothing is lost.", ""])


def say(sentence: str) -> None:
    """Tell whoever started us."""
    print(sentence, flush=True)  # noqa: T201 - a terminal is what it talks to


__all__ = ["Child", "Failed", "Misconfigured", "Supervisor", "run"]
