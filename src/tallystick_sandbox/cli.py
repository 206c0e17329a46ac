"""The command `tallystick-sandbox`: five pretended apps on one address."""

import argparse
import sys
from pathlib import Path

from tallystick_sandbox.server import address_of, listen, serve
from tallystick_sandbox.world import DEMO_CLIENT, Client

DESCRIPTION = "Plays a shop, a till, a bank, a ledger and a payment service to connect to. Nothing in it is real."
EXAMPLE = """example:
  tallystick-sandbox --port 8100 --state sandbox.sqlite3 \\
      --webhooks 'http://localhost:8000/hooks/sandbox-{app}/'

Then open http://127.0.0.1:8100. Programs sign in with the id tallystick-demo and the secret
sandbox-secret-that-opens-nothing, and may be returned to http://localhost:PORT/connect/APP/return/."""


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(
        prog="tallystick-sandbox",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    made.add_argument("--port", type=int, default=8100, help="port to listen on; 0 takes a free one (default: 8100)")
    made.add_argument("--base-url", default="", help="how it is reached, when not by host and port")
    made.add_argument("--state", type=Path, metavar="FILE", help="remember consents and switches in this file")
    made.add_argument("--webhooks", default="", metavar="URL", help="where the apps tell what happened; {app} in it")
    made.add_argument(
        "--client",
        action="append",
        default=[],
        type=client_in,
        metavar="ID:SECRET:ADDRESS",
        help="one more program and where it may be returned to (a * stands for letters, digits, hyphens)",
    )
    return made


def client_in(text: str) -> Client:
    """A program as written on the command line."""
    pieces = text.split(":", 2)
    if len(pieces) != 3 or not all(pieces):
        raise argparse.ArgumentTypeError(f"{text!r} is not ID:SECRET:ADDRESS")
    return Client(pieces[0], pieces[1], pieces[0], (pieces[2],))


def with_all_addresses(clients: list[Client]) -> tuple[Client, ...]:
    """Programs named more than once may be returned to each of their addresses. The demo's own is kept too."""
    merged: dict[str, Client] = {DEMO_CLIENT.id: DEMO_CLIENT}
    for client in clients:
        before = merged.get(client.id)
        addresses = (*(before.redirect_uris if before else ()), *client.redirect_uris)
        merged[client.id] = Client(client.id, client.secret, before.name if before else client.name, addresses)
    return tuple(merged.values())


def main(arguments: list[str] | None = None) -> int:
    """Runs the sandbox until interrupted. Gives 1 when it cannot start."""
    options = parser().parse_args(arguments)
    try:
        listening = listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"Cannot listen on {options.host}:{options.port}: {error}. Give another --port.\n")
        return 1
    base_url = options.base_url or address_of(listening)
    sys.stdout.write(f"Sandbox on {base_url} – nothing there is real. Stop it with Ctrl-C.\n")
    sys.stdout.flush()
    try:
        serve(
            listening,
            base_url,
            state=options.state,
            clients=with_all_addresses(options.client),
            webhooks_url=options.webhooks,
        )
    except KeyboardInterrupt:
        return 130
    return 0
