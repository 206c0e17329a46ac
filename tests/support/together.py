"""Several acts at the same moment, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from tallystick.core.refused import Refused


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all of these together: "done", or the code of the no, for each. Any other error reaches the test."""
    start = Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            act()
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))
