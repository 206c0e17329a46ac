"""Load: as many requests as a server answers, over a few connections that stay open, from one thread that does little else."""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field
from statistics import median, quantiles

CONNECTIONS = 8
_WARM_UP = 0.2  # of the time
_PATIENCE = 30.0  # seconds without any answer


class Failed(Exception):
    """The server answered something else than was asked for."""


@dataclass
class Answers:
    """What came of it: how long each answer took, in seconds, and all together."""

    seconds: float
    times: list[float]
    size: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    @property
    def middle(self) -> float:
        """The median time of an answer, in milliseconds, with all connections busy."""
        return median(self.times) * 1000

    @property
    def slow(self) -> float:
        """The 99th percentile, in milliseconds."""
        return quantiles(self.times, n=100)[98] * 1000 if len(self.times) > 1 else self.middle


@dataclass
class _Line:
    """One open connection and the answer that is coming in on it."""

    socket: socket.socket
    asked: float = 0.0
    read: bytearray = field(default_factory=bytearray)
    length: int = -1  # of head and body together, once the head is there

    def ask(self, request: bytes) -> None:
        self.read.clear()
        self.length = -1
        self.asked = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> bool:
        """Read what is there. True when the answer is whole."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise Failed("The server closed the connection.")
        self.read += piece
        if self.length < 0 and (end := self.read.find(b"\r\n\r\n")) >= 0:
            self.length = end + 4 + _body_length(bytes(self.read[:end]))
        return 0 <= self.length <= len(self.read)


def _body_length(head: bytes) -> int:
    first, *lines = head.split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(b":") for line in lines)}
    status, location = first.split(b" ")[1], headers.get(b"location", b"")
    if status != b"200" and (status != b"302" or location.startswith(b"/sign-in")):
        raise Failed(f"{first.decode()} {location.decode()}")
    return int(headers[b"content-length"])


def drive(port: int, path: str, *, cookie: str = "", seconds: float, connections: int = CONNECTIONS) -> Answers:
    """Ask for a page as often as it is answered. Raises `Failed` at anything but a page or a redirect past the sign-in."""
    headers = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Accept-Language: en",
        *([f"Cookie: {cookie}"] * bool(cookie)),
    ]
    request = ("\r\n".join(headers) + "\r\n\r\n").encode()
    lines = [_Line(socket.create_connection(("127.0.0.1", port))) for _number in range(connections)]
    try:
        with selectors.DefaultSelector() as selector:
            for line in lines:
                line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(line.socket, selectors.EVENT_READ, line)
                line.ask(request)
            return _collect(selector, request, seconds)
    finally:
        for line in lines:
            line.socket.close()


def _collect(selector: selectors.BaseSelector, request: bytes, seconds: float) -> Answers:
    counted_from = time.perf_counter() + seconds * _WARM_UP
    until = counted_from + seconds
    times: list[float] = []
    size = 0
    while (moment := time.perf_counter()) < until or not times:
        ready = selector.select(_PATIENCE)
        if not ready:
            raise Failed(f"No answer for {_PATIENCE:.0f} s.")
        for key, _events in ready:
            line: _Line = key.data
            if not line.take():
                continue
            moment = time.perf_counter()
            size = len(line.read)
            if moment >= counted_from:
                times.append(moment - line.asked)
            line.ask(request)
    return Answers(moment - counted_from, times, size)
