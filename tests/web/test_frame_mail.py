"""The one layout of mails: small, in one language, the same in text and HTML (quality bar 82 to 84)."""

from datetime import UTC, datetime

import pytest
from django.template.backends.django import DjangoTemplates

import tallystick.outbox

CONTEXT = {
    "subject": "Alice Accounting asks: may we act for you?",
    "from_name": "Alice <Accounting>",
    "action_url": "https://books.example.com/i/abc/?a=1&b=2",
    "action_label": "See what they ask",
    "reference": "H7KQ 2M4P XT",
    "reference_url": "https://books.example.com/r/",
    "until": datetime(2027, 3, 30, 12, tzinfo=UTC),
    "time_zone": "UTC",
    "words": "copper lantern",
    "firm_note": "Hi Bob <b>!</b>\nSee you",
    "note_by": "Alice",
    "reason": "Alice Accounting typed your address.",
    "not_me_url": "https://books.example.com/n/",
    "stop_url": "https://books.example.com/s/",
}


def rendered(kind: str, **context: object) -> str:
    folder = tallystick.outbox.__path__[0] + "/templates"
    options = {"builtins": ["django.templatetags.i18n"], "autoescape": kind == "html"}
    engine = DjangoTemplates({"NAME": "mail", "DIRS": [folder], "APP_DIRS": False, "OPTIONS": options})
    return engine.get_template(f"mail/layout.{kind}").render(context)


def test_the_layout_is_far_from_the_limit() -> None:
    assert len(rendered("html", **CONTEXT).encode()) < 10_000


@pytest.mark.parametrize(
    "name", ["action_label", "reference", "reference_url", "until", "words", "reason", "not_me_url", "stop_url"]
)
def test_both_halves_say_the_same(name: str) -> None:
    said = "30 March 2027, 12:00 (UTC)" if name == "until" else str(CONTEXT[name])
    assert said in rendered("txt", **CONTEXT)
    assert said in rendered("html", **CONTEXT)


def test_the_address_is_also_there_to_read() -> None:
    assert rendered("html", **CONTEXT).count("https://books.example.com/i/abc/?a=1&amp;b=2") == 3
    assert "https://books.example.com/i/abc/?a=1&b=2" in rendered("txt", **CONTEXT)


def test_a_firms_own_words_are_plain() -> None:
    page = rendered("html", **CONTEXT)
    assert "Hi Bob &lt;b&gt;!&lt;/b&gt;" in page
    assert "In the words of Alice:\n\n> Hi Bob <b>!</b>\n> See you\n" in rendered("txt", **CONTEXT)


def test_tables_are_for_layout_and_say_so() -> None:
    page = rendered("html", **CONTEXT)
    assert page.count("<table") == page.count('<table role="presentation"')
    assert '<html lang="en" dir="ltr"' in page
    assert '<body lang="en"' in page
    assert "prefers-color-scheme: dark" in page
    assert "<img" not in page


def test_what_a_mail_does_not_need_is_absent() -> None:
    page = rendered("html", subject="Your code")
    assert "<a href" not in page
    assert "two words" not in page
    assert "two words" not in rendered("txt", subject="Your code")
