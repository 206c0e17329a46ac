"""Erasing a person's names and contacts beside the facts. The chains hold digests only, so they stay whole."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from django.db import models, transaction

from tallystick.audit.models import Aside
from tallystick.audit.recording import record
from tallystick.core.actor import Actor


def erase_names(person: models.Model, *, by: Actor) -> int:
    """Erase every name, contact and reason of this person from the ledger. How many were there.

    One fact says which were erased beside which facts, so that one taken away by anybody else is found. The right to ask
    for it is asked where it is asked for.
    """
    with transaction.atomic():
        gone: dict[str, list[str]] = defaultdict(list)
        asides = Aside.objects.filter(person_id=person.pk)
        for fact_id, key in asides.order_by("fact_id", "key").values_list("fact_id", "key"):
            gone[str(fact_id)].append(key)
        erased, _rows = asides.delete()
        nameless = replace(by, name="") if by.person_id == person.pk else by
        record("person.erased", person, by=nameless, person_ids=[person.pk], data={"asides": gone})
    return erased
