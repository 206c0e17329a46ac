"""Facts written at the same moment: chains without gaps or forks, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from uuid import UUID

import pytest
from django.db import transaction

from tallystick.audit import hold, record
from tallystick.audit.models import Fact, Head, Link
from tallystick.audit.verification import verify
from tallystick.core.actor import HOUSE, Actor
from tests.support.cast import Cast
from tests.support.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(7200)]

FIRMS, BUSINESSES, PEOPLE = ([UUID(int=base + n) for n in range(4)] for base in (100, 200, 300))


def write(cast: Cast, seed: int, count: int) -> None:
    """So many changes of one to three facts each, about firms, businesses and people in no particular order."""
    chance = Random(seed)
    for _change in range(count):
        facts = [
            (
                chance.choice([HOUSE, Actor("person", chance.choice(PEOPLE))]),
                chance.choice([None, *FIRMS]),
                chance.choice([None, *BUSINESSES]),
                chance.sample(PEOPLE, k=chance.randint(0, 3)),
            )
            for _fact in range(chance.randint(1, 3))
        ]
        with transaction.atomic():
            if len(facts) > 1:
                actors, firms, businesses, people = zip(*facts, strict=True)
                everybody = {by.person_id for by in actors} | {each for some in people for each in some}
                hold(firm_ids=firms, business_ids=businesses, person_ids=everybody)
            for by, firm, business, those in facts:
                record("test.happened", cast.alice, by=by, firm_id=firm, business_id=business, person_ids=those)


def test_eight_writers_in_any_order_never_block_each_other_for_good(
    cast: Cast, rounds: Callable[[int, int], int]
) -> None:
    count = rounds(15, 1_000)
    cast.alice.refresh_from_db()
    assert at_once(*[partial(write, cast, seed, count) for seed in range(8)]) == ["done"] * 8
    assert verify() == []
    assert Fact.objects.filter(kind="test.happened").count() >= 8 * count
    for head in Head.objects.all():
        assert Link.objects.filter(chain=head.chain).count() == head.number
