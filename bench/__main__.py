"""`python -m bench`: makes the world once, measures each case, prints the table and writes it down."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from bench import database, measuring, report, server, world
from bench.measuring import Effort, Measured

CASES = ("decision", "clients", "connections", "sign_in", "pages", "asks")
_RESULTS = database.ROOT / "bench" / "results"


def main() -> int:
    """Measure. 0 when every figure is within its bound."""
    given = _parser().parse_args()
    core = server.share_cores()
    database.choose(database.ROOT / ".data" / "bench")
    from tallystick.config import processes

    environment = processes.set_up(as_owner=True)
    logging.disable(logging.WARNING)
    from django.db import connection

    effort = measuring.QUICK if given.quick else measuring.FULL
    size = world.TINY if given.tiny else world.FULL
    try:
        taken = database.prepare(size)
    except database.Unfit as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(f"{size.description}{f', made in {taken:.0f} s' if taken else ''}.")
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        version = cursor.fetchone()[0]
    kind = "embedded" if environment.is_embedded else "given"
    apart = "the server on a core of its own" if core is not None else "everything on one core"
    print(f"PostgreSQL {version} ({kind}), {apart}, load of the machine {os.getloadavg()[0]:.1f}.\n\n{report.HEADING}")
    processes.collect_static_files()
    database.sweep()
    lines = []
    for measured in _measure(given.only or CASES, size, effort, given.port, core):
        print(report.line(measured), flush=True)
        lines.append(measured)
    conditions = {"world": asdict(size), "effort": asdict(effort), "postgresql": version, "cores": os.cpu_count()}
    print(f"\nWritten to {report.write(lines, conditions, _RESULTS).relative_to(database.ROOT)}")
    return 0 if all(measured.holds for measured in lines) else 1


def _measure(
    names: Sequence[str], size: world.World, effort: Effort, port: int, core: int | None
) -> Iterator[Measured]:
    from bench.cases import asks, clients, connections, decision, pages, sign_in

    def with_server(case: Callable[[world.World, Effort, int], Iterator[Measured]]) -> Iterator[Measured]:
        log = database.ROOT / ".data" / "bench" / "server.log"
        with server.running(port, log, core):
            yield from case(size, effort, port)

    measures: dict[str, Callable[[], Iterator[Measured]]] = {
        "decision": lambda: decision.measure(size, effort),
        "clients": lambda: clients.measure(size, effort),
        "connections": lambda: connections.measure(size, effort),
        "sign_in": lambda: sign_in.measure(size, effort),
        "pages": lambda: with_server(pages.measure),
        "asks": lambda: with_server(asks.measure),
    }
    for name in names:
        yield from measures[name]()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=CASES, default=[], help="this case; may be said again")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--tiny", action="store_true", help="a tiny world: to see that it runs, not how fast")
    parser.add_argument("--port", type=int, default=8900, help="where the measured server listens (8900)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
