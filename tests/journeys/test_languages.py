"""Dutch and English: as the browser asks, as the person chose, and without losing the place."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext, override, pgettext
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor


def in_dutch(sentence: str, where: str = "") -> str:
    with override("nl"):
        return pgettext(where, sentence) if where else gettext(sentence)


def test_a_dutch_browser_gets_dutch_pages(visit: Callable[..., Visitor], width: int) -> None:
    visitor = visit(width, reader="nl-NL")
    visitor.go("/sign-in/").is_at(in_dutch("What is your mail address?"))
    expect(visitor.page.locator("html")).to_have_attribute("lang", "nl")
    visitor.press(in_dutch("Mail me a code")).reads(in_dutch("Type your mail address."))


def test_the_foot_of_a_page_changes_the_language_and_keeps_the_place(visitor: Visitor) -> None:
    visitor.become("Amir Haddad").go("/me/time-zone/").press("Nederlands", within="footer")
    assert visitor.page.url.endswith("/me/time-zone/")
    visitor.is_at(in_dutch("Your time zone"))
    visitor.go("/").is_at(in_dutch("Clients")).press("English", within="footer").is_at("Clients")


def test_somebody_dutch_reads_dutch_everywhere(visitor: Visitor) -> None:
    visitor.become("Bea Visser").is_at(in_dutch("Books"))
    visitor.press(in_dutch("Who has access", "place"), within=".nav").is_at(in_dutch("Who has access"))
    visitor.press("Alice & Partners").reads(in_dutch("What they may do"), in_dutch("Change what they may do"))
