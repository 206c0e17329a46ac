"""Each page of the demo as its people see it: found through links alone, examined as wide as a desk, a phone, or both."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.journeys.visitor import AT_BOTH_WIDTHS, DESK, PHONE, Visitor

# One of each kind: every role, a firm that waits, one that is paused, a client that left, an operator.
PEOPLE = {
    "Alice Jansen": 14,
    "Sofia Lindqvist": 4,
    "Sam O’Neill": 1,
    "Bob Baker": 14,
    "Ben Yılmaz": 4,
    "Bo Chen": 3,
    "Noor van Dijk": 10,
    "Dirk de Vries": 10,
    "Gina Rossi": 1,
    "Olivia Stone": 1,
    "Fleur Peters": 4,
}
ALIKE = "/me/", "/new/", "/recovery/", "/sign-in/"
"""Pages that are the same for everybody: the first who comes by looks at them for all."""

ENOUGH = 3
"""So many of a kind are looked at: the page of oneself is not that of somebody else."""

_done: Counter[str] = Counter()


@pytest.mark.parametrize(("name", "pages"), PEOPLE.items(), ids=PEOPLE)
def test_every_page_that_a_person_can_reach_is_fit_to_be_seen(
    visit: Callable[..., Visitor], name: str, pages: int
) -> None:
    widths = (DESK, PHONE) if AT_BOTH_WIDTHS else (random.choice((DESK, PHONE)),)
    visitor = visit(widths[0]).become(name)
    kinds: Counter[str] = Counter()
    been: set[str] = set()
    ahead = [visitor.page.url.removeprefix(visitor.address)]
    while ahead:
        path = ahead.pop(0).partition("#")[0]
        kind = re.sub(r"[0-9a-f-]{36}|\?.*", "…", path)
        if not path.startswith("/") or path.startswith(("/components", "/demo")) or path in been:
            continue
        been.add(path)
        count = _done if path.startswith(ALIKE) else kinds
        count[kind] += 1
        if count[kind] > (ENOUGH if "people/…/" in kind else 1):
            continue
        ahead += visitor.pass_by(path, *widths)
    assert len(kinds) >= pages, sorted(kinds)
