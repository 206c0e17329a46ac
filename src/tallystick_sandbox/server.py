"""Running the sandbox on an address of its own, in the foreground or beside a test."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from tallystick_sandbox.app import build
from tallystick_sandbox.dropping import CuttableProtocol
from tallystick_sandbox.world import Client

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once (TCP_NODELAY) only on sockets that name their protocol.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(BACKLOG)
    return listening


def address_of(listening: socket.socket) -> str:
    """The address under which a socket is reached."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_server(base_url: str, **settings: Any) -> uvicorn.Server:
    """The server for a sandbox, whose connections can be cut."""
    return uvicorn.Server(
        uvicorn.Config(
            build(base_url, **settings),
            http=CuttableProtocol,
            ws="none",
            log_level="warning",
            access_log=False,
            backlog=BACKLOG,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
    )


def serve(listening: socket.socket, base_url: str, **settings: Any) -> None:
    """Serves until interrupted."""
    asyncio.run(make_server(base_url, **settings).serve(sockets=[listening]))


@contextmanager
def running(
    port: int = 0, *, state: Path | None = None, clients: tuple[Client, ...] = (), webhooks_url: str = ""
) -> Iterator[str]:
    """A sandbox beside this program, in a thread of its own: gives its address, and ends it afterwards."""
    listening = listen("127.0.0.1", port)
    base_url = address_of(listening)
    server = make_server(base_url, state=state, clients=clients, webhooks_url=webhooks_url)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    try:
        yield base_url
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
