"""One demo and one browser for all journeys; a visitor for each, at the width of a phone or of a desk."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.afterwards import found_in_clear
from tests.journeys.visitor import AT_BOTH_WIDTHS, DESK, PHONE, Visitor
from tests.support.browser import CHROMIUM, MISSING, browsing
from tests.support.house import House, until


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Journeys are marked, and skipped loudly where there is no browser; in CI that is a failure. Short runs walk each
    at one width."""
    for item in items:
        if "tests/journeys" in item.path.as_posix():
            item.add_marker(pytest.mark.journey)
            if CHROMIUM is None and os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason=MISSING))
    if not AT_BOTH_WIDTHS:
        left_out = set(_walked_at_the_other_width(items))
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def _walked_at_the_other_width(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Of each journey for phone and desk, one of the two, in turns: the first of a file is walked on a phone, the
    next at a desk. In CI and in full runs each is walked on both."""
    journeys: defaultdict[Path, dict[str, list[pytest.Item]]] = defaultdict(dict)
    for item in items:
        name = re.sub(r"\b(phone|desk)\b", "…", item.name)
        if name != item.name:
            journeys[item.path].setdefault(name, []).append(item)
    for of_file in journeys.values():
        for number, both in enumerate(of_file.values()):
            yield from (item for item in both if len(both) > 1 and (PHONE, DESK)[number % 2] != _width_of(item))


def _width_of(item: pytest.Item) -> int:
    return PHONE if re.search(r"\bphone\b", item.name) else DESK


# Of this folder alone: a browser's loop in the thread would keep other tests from the database.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo, at work."""

    house = House(tmp_path_factory.mktemp("house") / "data", "demo")
    try:
        assert until(house.is_ready)
        yield house
        assert not list(found_in_clear(house, Visitor.kept_secret))
    finally:
        house.end()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Callable[..., Visitor]]:
    """`visit(width)`: somebody else with a browser of their own."""
    came: list[Visitor] = []

    def come(width: int = DESK, *, reader: str = "en-GB", script: bool = True) -> Visitor:
        came.append(Visitor(browser, house.address, width, reader=reader, script=script))
        return came[-1]

    yield come
    for visitor in came:
        visitor.leave()


@pytest.fixture
def visitor(visit: Callable[..., Visitor], width: int) -> Visitor:
    """Somebody at a browser, once with a phone and once at a desk."""
    return visit(width)
