"""A gate before the database: closed, the database is away for whoever comes through it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from django.db import connection

from tests.support.relay import free_port


class Gate:
    """Passes connections on to the test's database, until it is closed; then it refuses, and cuts those it passed on."""

    def __init__(self) -> None:
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._through: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Let whoever comes through."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._admit, args=[self._listener], daemon=True).start()

    def close(self) -> None:
        """The database is away."""
        listener, self._listener = self._listener, None
        for each in (*([listener] if listener else []), *self._through):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._through.clear()

    def _admit(self, listener: socket.socket) -> None:
        while True:
            try:
                visitor, _address = listener.accept()
            except OSError:
                return
            database = _database()
            self._through += [visitor, database]
            for source, target in ((visitor, database), (database, visitor)):
                threading.Thread(target=_pass_on, args=[source, target], daemon=True).start()


def _database() -> socket.socket:
    wanted = connection.settings_dict
    if str(wanted["HOST"]).startswith("/"):
        local = socket.socket(socket.AF_UNIX)
        local.connect(str(Path(wanted["HOST"]) / f".s.PGSQL.{wanted['PORT'] or 5432}"))
        return local
    return socket.create_connection((wanted["HOST"], int(wanted["PORT"] or 5432)))


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
