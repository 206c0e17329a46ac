"""The bench runs: in a small world, with few calls, every line comes out. How fast it is, no test asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection

from bench import load, report
from bench.cases import clients, decision, sign_in
from bench.cases.members import WAYS, actor
from bench.measuring import SANITY, Comparison, Count, Measured, Row, compare
from bench.world import FEW, TABLES, World, fill
from tallystick.core.access import holds_many
from tallystick.partnerships.models import Partnership

WORLD = World(firms=4, businesses=700, organisations=750, partnerships=640, measured=(40, 520), seats=20)
"""The larger of its firms has more clients than a member may hold before lists are read in another way."""


@pytest.fixture
def world(db: None) -> World:
    with connection.cursor() as cursor:
        cursor.execute("select 1")  # now the test's transaction has begun, and what follows is a part of it
    fill(connection.connection, WORLD, "!")
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {', '.join(TABLES)}")
    return WORLD


def test_every_decision_measured_is_the_expected_one(world: World) -> None:
    lines = list(decision.through_django(world, SANITY))
    assert len(lines) == 8
    assert all(isinstance(line, Row) and line.ratio > 0 for line in lines)


def test_a_list_of_clients_takes_three_queries_at_most_whoever_looks(world: World) -> None:
    queries = [line for line in clients.measure(world, SANITY) if isinstance(line, Count)]
    assert len(queries) == len(WAYS)
    assert all(line.holds for line in queries)


def test_the_list_is_the_same_by_whichever_way_it_is_read(world: World) -> None:
    for firm, way in product((1, 2), WAYS):
        who = actor(firm, way)
        with connection.cursor() as cursor:
            cursor.execute("select partnership_id from tallystick_reach(%s, 'see', null)", [who.member_id])
            reached = {row[0] for row in cursor.fetchall()}
        assert set(Partnership.objects.visible_to(who).values_list("pk", flat=True)) == reached
        assert bool(reached) == (way != "staff without any")


def test_who_was_given_many_clients_by_name_or_by_team_holds_many(world: World) -> None:
    held = {way: holds_many(actor(2, way)) for way in WAYS}
    assert [way for way, many in held.items() if many] == ["staff with a grant on each", "staff by team"]
    assert not holds_many(actor(1, "staff with a grant on each"))
    assert Partnership.objects.visible_to(actor(2, f"staff with {FEW} grants")).count() in range(FEW - 5, FEW + 1)


def test_known_and_unknown_addresses_get_the_same_status(world: World) -> None:
    assert len(list(sign_in.measure(world, SANITY))) == 6


class Page(BaseHTTPRequestHandler):
    """Answers every address with its own name, and sends `/elsewhere` away."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Location", "/sign-in/")
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes it calmly when who asked has left."""

    def handle_error(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = Server(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_load_counts_answers_and_their_time(port: int) -> None:
    answers = load.drive(port, "/page", seconds=0.05, connections=3)
    assert answers.rate > 0
    assert 0 < answers.middle <= answers.slow
    assert answers.size > len("/page")


def test_load_takes_no_other_answer_for_a_page(port: int) -> None:
    with pytest.raises(load.Failed, match=r"302.*/sign-in/"):
        load.drive(port, "/elsewhere", seconds=0.05)


def test_floor_and_product_take_turns_and_their_median_counts() -> None:
    floors, products = iter([1.0, 2.0, 4.0]), iter([3.0, 4.0, 20.0])
    row = compare(Comparison("page", "floor", lambda: next(floors), lambda: next(products), bound=2.5), rounds=3)
    assert (row.floor, row.product, row.ratio, row.lowest, row.highest) == (2, 4, 3, 2, 5)
    assert not row.holds


def test_the_table_says_what_is_too_much_and_is_kept_as_json(tmp_path: Path) -> None:
    lines: list[Measured] = [
        Row("a page", "floor", "µs", 1, 4, 4, 3, 5, bound=3),
        Count("queries", "queries", 2, bound=3),
    ]
    assert ["TOO MUCH" in report.line(line) for line in lines] == [True, False]
    kept = json.loads(report.write(lines, {"cores": 2}, tmp_path).read_text())
    assert [each["holds"] for each in kept["ratios"] + kept["figures"]] == [False, True]
