"""An installation that a test runs in a data folder of its own: everything the supervisor starts, ended for certain."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tallystick.config import embedded

SOURCE = Path(__file__).resolve().parents[2] / "src"
START = 180.0  # seconds, on a machine with much else to do


def until(met: Callable[[], object], seconds: float = START, *, pause: float = 0.05) -> bool:
    """Wait for it, asking again after each pause. False when the time is over."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def free_port() -> int:
    """A port that nobody listens on, and nobody on the one a hundred above: the sandbox's."""
    while True:
        with socket.socket() as trial, socket.socket() as other:
            trial.bind(("127.0.0.1", 0))
            port = int(trial.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 100))
            except (OSError, OverflowError):
                continue
            return port


class House:
    """An installation at work. `what` is `run` for an empty one, `demo` for one with people in it."""

    def __init__(self, data: Path, what: str = "run") -> None:
        self.data = data
        self.what = what
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")},
            "PYTHONPATH": str(SOURCE),
            "TALLYSTICK_DATA_DIR": str(data),
        }
        # The session of nobody: a page must ask the database to know.
        self.headers = {"Host": f"localhost:{self.port}", "Cookie": f"__Host-session={'s' * 43}"}
        self.process = self.start()

    @property
    def address(self) -> str:
        """What people open."""
        return f"http://localhost:{self.port}"

    def start(self) -> subprocess.Popen[str]:
        """Start it, or start it again."""
        words = [sys.executable, "-m", "tallystick", self.what, "--port", str(self.port)]
        self.process = subprocess.Popen(
            words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return self.process

    def told_until(self, words: str) -> str:
        """What it has said, up to the line that holds these words; all of it, when it ended without them."""
        assert self.process.stdout is not None
        told: list[str] = []
        for line in self.process.stdout:
            told.append(line)
            if words in line:
                break
        return "".join(told)

    def ask(self, path: str) -> tuple[int, str]:
        """The status and text of a page; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Does all of it work?"""
        assert self.process.poll() is None, self.process.communicate()[0]
        return self.ask("/readyz")[0] == 200

    @property
    def server(self) -> embedded.Server:
        """Its database."""
        return embedded.at(self.data)

    def processes(self) -> list[int]:
        """Every process that was started with this data folder, and the database's own."""
        mark = str(self.data).encode()
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                try:
                    said = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
                    ended = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
                except OSError:
                    continue
                if (mark in said or str(self.server.home.folder).encode() in said) and not ended:
                    found.append(int(folder.name))
        return found

    def called(self, word: str) -> list[int]:
        """Those of our processes whose command line holds the word."""
        return [
            pid
            for pid in self.processes()
            if word in (Path("/proc") / str(pid) / "cmdline").read_bytes().decode().split("\0")
        ]

    def end(self) -> None:
        """Stop it, wait until nothing of it is left, and remove what it put outside its folder."""
        self.process.terminate()
        self.process.communicate()
        assert until(lambda: not self.processes(), 20)
        if self.server.home.account.is_other:
            shutil.rmtree(self.server.home.folder, ignore_errors=True)
