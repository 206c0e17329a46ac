"""Cutting the connection to a caller, as a broken network would: no answer, or half of one."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

OPEN_CONNECTIONS: dict[tuple[str, int], asyncio.Transport] = {}


class ConnectionDropped(Exception):
    """Raised where there is no real connection to cut: the app is called in-process, by a test."""


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, remembering each open connection by the caller's address and port, so that it can be cut."""

    caller: tuple[str, int] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes note of the connection."""
        super().connection_made(transport)
        caller = transport.get_extra_info("peername")
        if isinstance(caller, tuple):
            self.caller = (str(caller[0]), int(caller[1]))
            OPEN_CONNECTIONS[self.caller] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        if self.caller is not None:
            OPEN_CONNECTIONS.pop(self.caller, None)
        super().connection_lost(exc)


class Dropped(Response):
    """No answer at all, or the beginning of one: then the connection is gone."""

    def __init__(self, half: Response | None = None) -> None:
        super().__init__()
        self.half = half

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cuts the connection, and waits until the server has noticed."""
        caller = scope.get("client")
        transport = OPEN_CONNECTIONS.get((caller[0], caller[1])) if caller else None
        if transport is None:
            raise ConnectionDropped
        if self.half is not None:
            await send(
                {"type": "http.response.start", "status": self.half.status_code, "headers": self.half.raw_headers}
            )
            body = bytes(self.half.body)
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await asyncio.sleep(0.05)
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            continue
