"""Processes that begin with everything loaded: forked from one that has Django ready, has no connection, and runs nothing.

Loading takes a second of a processor each time; a test that starts eight of them has other things to look at.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from unittest.mock import patch


@cache
def loaded() -> ForkServerContext:
    """Where such processes come from. What they inherit is of the moment when the first was asked for."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.support.ready"])
    surroundings = {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        # Set so that the settings look for no database of their own; whoever runs there is told which one to use.
        "TALLYSTICK_TEST_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    }
    with patch.dict(os.environ, surroundings):
        forkserver.ensure_running()
    return context
