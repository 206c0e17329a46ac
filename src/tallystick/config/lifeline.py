"""Ending with one's parent, however that one ends: what a supervisor, a server or make started never outlives it.

`python -m tallystick.config.lifeline MODULE …` runs a program that knows nothing of this.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading
import time

VARIABLE = "TALLYSTICK_WITH_PARENT"
"""Set by whoever starts us and wants us gone when it is gone: its process id."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL = 0.5


def obey_environment(*, by: signal.Signals) -> None:
    """Tie this process to the one named in the environment, if one is. Our own children tie themselves to us."""
    parent = os.environ.pop(VARIABLE, "")
    if parent.isdigit():
        tie_to(int(parent), by=by)


def tie_to(parent: int, *, by: signal.Signals = signal.SIGKILL) -> None:
    """Have this process ended by a signal as soon as `parent` is gone. Call it in the main thread.

    The kernel remembers the thread that started us, so a parent starts its children from one that lives as long as it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(by))
    else:
        threading.Thread(target=_watch, args=(parent, by), daemon=True).start()
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), by)


def _watch(parent: int, by: signal.Signals) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL)
    os.kill(os.getpid(), by)


if __name__ == "__main__":
    obey_environment(by=signal.SIGKILL)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
