"""The server that is measured: on one core, one process, otherwise as in production."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tallystick.config import lifeline, processes

_LONGEST_START = 30.0


@contextmanager
def running(port: int, log: Path, core: int | None) -> Iterator[None]:
    """The server, for as long as the block runs, on a core of its own if there is one. What it says goes to the log."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.server", str(port), *([] if core is None else [str(core)])],
            env=os.environ | {lifeline.VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _await(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"The server did not come up on port {port}. Read {log}.")


def share_cores() -> int | None:
    """Keep this process, and the database it starts, to the last core. The core left to the server, None where there is one."""
    if not hasattr(os, "sched_setaffinity") or len(cores := sorted(os.sched_getaffinity(0))) == 1:
        return None
    os.sched_setaffinity(0, {cores[-1]})
    return cores[0]


def main() -> None:
    """Serve until told to stop."""
    lifeline.obey_environment(by=signal.SIGTERM)
    port, *core = (int(word) for word in sys.argv[1:])
    if core:
        os.sched_setaffinity(0, set(core))

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "bench.served:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=processes.THREADS,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
