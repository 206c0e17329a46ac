"""Everything together: one command starts it, nothing is left of it however it ends, and what falls is picked up."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.config import processes
from tallystick.config.embedded import guard
from tallystick.jobs.registry import LANES
from tests.support.house import House, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the process table of Linux")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One that the tests share: whatever they do to it, it mends itself."""
    house = House(tmp_path_factory.mktemp("house") / "data")
    try:
        yield house
    finally:
        house.end()


@pytest.fixture(autouse=True)
def whole(house: House) -> None:
    """Each test begins with everything at work."""
    assert until(house.is_ready)


def test_kill_9_leaves_no_process_and_loses_nothing_and_ctrl_c_is_as_good(house: House) -> None:
    try:
        mark = (house.data / "secret-keys").read_text()
        house.process.kill()
        assert until(lambda: not house.processes(), 5)
        house.process.communicate()
        house.start()
        assert until(house.is_ready)
        assert (house.data / "secret-keys").read_text() == mark
        told = house.told_until("Open http")  # it may be ready a moment before it says so
        began = time.monotonic()
        house.process.send_signal(signal.SIGINT)
        said = told + house.process.communicate(timeout=10)[0]
        assert until(lambda: not house.processes(), 3)
        assert time.monotonic() - began < 3
        assert house.process.returncode == 0
        assert f"Open http://localhost:{house.port}" in said
        assert "Nothing is lost" in said
    finally:
        if house.process.poll() is not None:
            house.start()


def test_what_falls_is_picked_up(house: House) -> None:
    for fallen in (*house.called("serve"), *house.called("worker"), guard.pid_of(house.server.home)):
        if fallen:
            os.kill(fallen, signal.SIGKILL)
    assert until(lambda: house.ask("/readyz")[0] != 200, 10)
    assert until(house.is_ready)
    status, said = house.ask("/readyz")
    assert (status, json.loads(said)) == (200, {"ready": True, "missing": []})


_OF_A_WORKER = """
import sys
from types import SimpleNamespace
from tallystick.config import processes
from django.conf import settings
told = lambda: print(settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"])
sys.modules["tallystick.jobs.worker"] = SimpleNamespace(run_worker=told)
processes.work()
"""


def test_hundreds_of_jobs_share_the_connections_of_their_worker(house: House) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _OF_A_WORKER], env=house.environment, capture_output=True, text=True, check=True
    )
    assert int(said.stdout.split()[-1]) == processes.WORKING_THREADS < sum(LANES.values())


def test_pages_say_within_two_seconds_that_the_database_is_away(house: House) -> None:
    assert house.ask("/")[0] == 200
    pid = guard.pid_of(house.server.home)
    assert pid
    house.process.send_signal(signal.SIGSTOP)  # or it would bring the database back at once
    try:
        os.kill(pid, signal.SIGKILL)
        assert until(lambda: not house.server.is_alive())
        for _ in range(3):
            began = time.monotonic()
            status, page = house.ask("/")
            took = time.monotonic() - began
            assert (status, took < 2.5) == (503, True), f"{status} after {took:.1f} s"
            assert "We are away for a moment" in page
        assert house.ask("/healthz")[0] == 200
    finally:
        house.process.send_signal(signal.SIGCONT)
    assert until(lambda: house.ask("/")[0] == 200, 30)


def test_a_taken_port_is_said_at_once(house: House, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tallystick", "run", "--port", str(house.port)]
    environment = house.environment | {"TALLYSTICK_DATA_DIR": str(tmp_path / "other")}
    second = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert f"Port {house.port} can't be had" in second.stderr
