"""Each page of the demo as the people see whose it is: examined by the visitor, found through its links alone."""

from __future__ import annotations

import re

import pytest

from tests.journeys.visitor import Visitor

PEOPLE = [
    "Alice Jansen",
    "Sofia Lindqvist",
    "Sam O’Neill",
    "Bob de Boer",
    "Ben Yılmaz",
    "Bo Chen",
    "Noor van Dijk",
    "Dirk de Vries",
    "Gina Rossi",
    "Charlie Brooks",
    "Olivia Stone",
    "Fleur Peters",
]


@pytest.mark.parametrize("name", PEOPLE)
def test_every_page_that_a_person_can_reach_is_fit_to_be_seen(visitor: Visitor, name: str) -> None:
    visitor.become(name)
    kinds: set[str] = set()
    ahead = [visitor.page.url]
    while ahead:
        path = ahead.pop(0).removeprefix(visitor.address).partition("#")[0]
        kind = re.sub(r"[0-9a-f-]{36}|\?.*", "", path)
        if not path.startswith("/") or kind in kinds or path.startswith(("/components", "/demo", "/sign-out")):
            continue
        kinds.add(kind)
        visitor.go(path)
        ahead += visitor.page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
