"""A way to the test's database that can be cut and mended: what is on it then is lost, as when a database goes away."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class Line:
    """Listens on loopback and passes everything on to the database, while it is whole."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.whole = True
        self.open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def database(self) -> dict[str, Any]:
        """What of Django's settings leads over this line."""
        return {"HOST": "127.0.0.1", "PORT": str(self.port)}

    def cut(self) -> None:
        """All that goes over it is over, and nothing new gets through."""
        self.whole = False
        for end in list(self.open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """The database is back."""
        self.whole = True

    def end(self) -> None:
        """Stop listening."""
        self.cut()
        self.listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            if not self.whole:
                near.close()
                continue
            threading.Thread(target=self._pass, args=(near, _database()), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        self.open |= {near, far}
        with near, far, contextlib.suppress(OSError):
            while self.whole:
                ready, _, _ = select.select([near, far], [], [], 0.5)
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    (far if end is near else near).sendall(data)
        self.open -= {near, far}


def _database() -> socket.socket:
    host, port = str(connection.settings_dict["HOST"]), int(connection.settings_dict["PORT"] or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host or "127.0.0.1", port))
    far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    far.connect(f"{host}/.s.PGSQL.{port}")
    return far


@contextmanager
def line() -> Iterator[Line]:
    """A line for the length of a block."""
    made = Line()
    try:
        yield made
    finally:
        made.end()
