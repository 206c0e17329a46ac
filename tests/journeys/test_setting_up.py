"""A business is set up with its books."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.test_signing_up import begin
from tests.journeys.visitor import Visitor


@pytest.mark.parametrize("script", [True, False], ids=["", "without script"])
def test_a_business_with_two_sets_of_books_is_set_up(visit: Callable[..., Visitor], width: int, script: bool) -> None:
    hana = visit(width, script=script)
    begin(hana, f"hana@hana-{width}-{script}.example", "Hana Sato")
    hana.press("A business").is_at("Set up your business")
    hana.write("First set of books", "Tea Shop").press("Set up the business")
    hana.reads("Enter a name.")
    expect(hana.page.get_by_label("First set of books")).to_have_value("Tea Shop")
    hana.write("What is your business called?", "Hana’s Tea").write("Second set of books", "Tea Online")
    hana.press("Set up the business").is_at("Books").reads("Hana’s Tea is set up.", "Tea Shop", "Tea Online")
    hana.press("Add a set of books").write("Name", "Tea House").press("Add these books")
    hana.is_at("Books").reads("“Tea House” was added.")
    hana.press("Tea House", within=".table").is_at("Tea House").reads("The books of Tea House were added")
    hana.press("Who has access", within=".nav").reads("Nobody but your own people")
