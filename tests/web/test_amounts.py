"""Amounts of records, as the reader writes numbers."""

import pytest
from django.utils import translation

from tallystick.web.templatetags.apps import record_amount


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "1,234.50 EUR"), ("nl", "1.234,50 EUR")],
)
def test_an_amount_is_written_as_the_reader_does(language: str, said: str) -> None:
    with translation.override(language):
        assert record_amount({"amount": "1234.50", "currency": "EUR"}) == said


def test_a_record_without_an_amount_shows_none() -> None:
    assert record_amount({"amount": None, "currency": "EUR"}) == ""
    assert record_amount({"label": "A product"}) == ""
