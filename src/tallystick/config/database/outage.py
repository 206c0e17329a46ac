"""Remembers for a breath that the database did not answer, so that a crowd need not find it out one by one."""

import threading
import time

_BREATH = 1.0  # seconds


class Outage:
    """What this process last heard of the database."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    def notice(self) -> None:
        """The database did not answer just now."""
        with self._lock:
            self._until = time.monotonic() + _BREATH

    def forget(self) -> None:
        """It answers."""
        with self._lock:
            self._until = 0.0

    def is_fresh(self) -> bool:
        """Did it fail a moment ago?"""
        return time.monotonic() < self._until


outage = Outage()
