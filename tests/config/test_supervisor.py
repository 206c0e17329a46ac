"""Everything together: one command starts it, nothing is left of it however it ends, and what falls is picked up."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tallystick.config import embedded
from tallystick.config.embedded import guard

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the process table of Linux")

SOURCE = Path(__file__).resolve().parents[2] / "src"
START = 60.0  # seconds


def until(met: Callable[[], object], seconds: float = START) -> bool:
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class House:
    """An installation that a test runs."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")},
            "PYTHONPATH": str(SOURCE),
            "TALLYSTICK_DATA_DIR": str(data),
        }
        # The session of nobody: a page must ask the database to know.
        self.headers = {"Host": f"localhost:{self.port}", "Cookie": f"__Host-session={'s' * 43}"}
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "tallystick", "run", "--port", str(self.port)]
        self.process = subprocess.Popen(
            words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return self.process

    def ask(self, path: str) -> tuple[int, str]:
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
        assert self.process.poll() is None, self.process.communicate()[0]
        return self.ask("/readyz")[0] == 200

    @property
    def server(self) -> embedded.Server:
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


def end(house: House) -> None:
    house.process.kill()
    house.process.communicate()
    assert until(lambda: not house.processes(), 20)
    if house.server.home.account.is_other:
        shutil.rmtree(house.server.home.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One that the tests share: whatever they do to it, it mends itself."""
    house = House(tmp_path_factory.mktemp("house") / "data")
    try:
        yield house
    finally:
        end(house)


@pytest.fixture(autouse=True)
def whole(house: House) -> None:
    """Each test begins with everything at work."""
    assert until(house.is_ready)


def test_kill_9_leaves_no_process_and_loses_nothing_and_ctrl_c_is_as_good(tmp_path: Path) -> None:
    house = House(tmp_path / "data")
    try:
        assert until(house.is_ready)
        mark = (house.data / "secret-keys").read_text()
        house.process.kill()
        assert until(lambda: not house.processes(), 5)
        house.process.communicate()
        house.start()
        assert until(house.is_ready)
        assert (house.data / "secret-keys").read_text() == mark
        began = time.monotonic()
        house.process.send_signal(signal.SIGINT)
        said, _ = house.process.communicate(timeout=10)
        assert until(lambda: not house.processes(), 3)
        assert time.monotonic() - began < 3
        assert house.process.returncode == 0
        assert f"Open http://localhost:{house.port}" in said
        assert "Nothing is lost" in said
    finally:
        end(house)


def test_what_falls_is_picked_up(house: House) -> None:
    for fallen in (*house.called("serve"), *house.called("worker"), guard.pid_of(house.server.home)):
        if fallen:
            os.kill(fallen, signal.SIGKILL)
    assert until(lambda: house.ask("/readyz")[0] != 200, 10)
    assert until(house.is_ready)
    status, said = house.ask("/readyz")
    assert (status, json.loads(said)) == (200, {"ready": True, "missing": []})


def test_pages_say_within_two_seconds_that_the_database_is_away(house: House) -> None:
    assert house.ask("/")[0] == 200
    pid = guard.pid_of(house.server.home)
    assert pid
    house.process.send_signal(signal.SIGSTOP)  # or it would bring the database back at once
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: not house.server.is_alive())
    for _ in range(3):
        began = time.monotonic()
        status, page = house.ask("/")
        assert status == 503
        assert "Back in a moment" in page
        assert time.monotonic() - began < 2.5
    assert house.ask("/healthz")[0] == 200
    house.process.send_signal(signal.SIGCONT)
    assert until(lambda: house.ask("/")[0] == 200, 30)


def test_a_taken_port_is_said_at_once(house: House, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tallystick", "run", "--port", str(house.port)]
    environment = house.environment | {"TALLYSTICK_DATA_DIR": str(tmp_path / "other")}
    second = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert f"Port {house.port} can't be had" in second.stderr
