"""What every row must be fit for: to be named in a log, and to be hidden from whoever holds nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import models

from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tests.house.test_rules import our_models

MODELS = sorted(our_models(), key=lambda model: model._meta.label)
LISTED = [model for model in MODELS if hasattr(model._default_manager, "visible_to")]

NEVER_SAID = ("digest", "sealed", "secret", "token", "value", "password", "data")
"""Columns of which no log may show anything."""


def filled(model: type[models.Model], around: int = 2) -> models.Model:
    """A row that was never kept, with what it points at so far around."""
    said: dict[str, object] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey) and around:
            said[field.name] = filled(field.related_model, around - 1)
        else:
            said[field.attname] = sample(field)
    return model(**said)


def sample(field: models.Field[Any, Any]) -> object:
    """Something that a column of this kind can hold; of text, what tells the column."""
    if isinstance(field, models.ForeignKey | models.UUIDField):
        return uuid4()
    if field.choices:
        return next(iter(field.flatchoices))[0]
    if field.has_default() and not isinstance(field, models.CharField | models.TextField):
        return field.get_default()
    samples: dict[type[models.Field[Any, Any]], object] = {
        models.DateTimeField: now(),
        models.BinaryField: f"{field.name}@shop.example".encode(),
        models.BooleanField: True,
        models.IntegerField: 1,
    }
    known = next((value for kind, value in samples.items() if isinstance(field, kind)), None)
    return f"{field.name}@shop.example" if known is None else known


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_row_names_itself_in_one_line_that_tells_no_secret(model: type[models.Model]) -> None:
    said = str(filled(model))
    assert said
    assert "\n" not in said
    assert f"{model.__name__} object" not in said
    assert not [column for column in NEVER_SAID if f"{column}@" in said]


@pytest.mark.django_db
@pytest.mark.parametrize("side", ["person", "guest", "firm", "business"])
@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label)
def test_whoever_holds_nothing_sees_no_row(model: type[models.Model], side: str) -> None:
    nobody = Actor(side, person_id=uuid4(), member_id=uuid4(), tenant_id=uuid4(), role="owner")  # type: ignore[arg-type]
    assert not model._default_manager.visible_to(nobody).exists()  # type: ignore[attr-defined]
