"""Every message of every room, with long names and odd ones: its length, its twin, its language."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps

from tallystick.outbox.rendering import HTML, Rendered, render_message

LONG = "Überlange & Söhne <Steuerberatung> " * 3
CONTEXT = {
    **dict.fromkeys(
        ["person", "tenant", "firm", "business", "client", "name", "by", "role", "role_before"], LONG.strip()
    ),
    **dict.fromkeys(
        ["app", "account", "organisation", "apps", "to", "asker", "asked_by", "passed_on_by"], LONG.strip()
    ),
    "short": "Überlange…",
    "short_app": "Steuerber…",
    "seen": [{"app": LONG.strip(), "may": ["see your orders", "see your products"]}, {"app": "", "may": []}],
    "answered": [
        {"app": LONG.strip(), "state": state, "account": "Shop", "why": "Not mine", "to": "Olaf"}
        for state in ("connected", "declined", "passed_on")
    ],
    "since": datetime(2026, 2, 1, 12, tzinfo=UTC),
    "two_words": "tango zebra",
    "you_asked": True,
    "why": "Because.",
    "what": "The app does not answer",
    "days": 14,
    "ends": datetime(2026, 4, 1, 12, tzinfo=UTC),
    "is_firm": False,
    "at": datetime(2026, 3, 9, 23, 30, tzinfo=UTC),
    "contact": "alice@home.example",
    "address": "alice@hart.example",
    "left": 7,
    "may": ["See the books", "Connect apps"],
    "everything": False,
    "books": 2,
    "count": 2,
    "more": 3,
    "lines": [{"subject": "Bob left"}, {"subject": "Charlie joined"}],
    "code": "1234 5678",
    "purpose": "to sign in",
    "action_url": "https://books.example/f/hart/",
}
NAMES = sorted(
    folder.name for app in apps.get_app_configs() for folder in Path(app.path).glob("messages/*") if folder.is_dir()
)


def words_of(markup: str) -> list[str]:
    """What a reader of the HTML reads."""
    body = re.sub(r"(?s)<style.*?</style>|<head.*?</head>|<div style=\"display:none.*?</div>", " ", markup)
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " "))


def rendered(name: str, language: str = "en") -> Rendered:
    return render_message(name, CONTEXT, language, "Europe/Amsterdam")


def test_there_are_messages_to_look_at() -> None:
    assert len(NAMES) > 30


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", NAMES)
def test_a_message_keeps_to_its_lengths_and_names_its_language(name: str, language: str) -> None:
    message = rendered(name, language)
    assert len(message.subject) <= 50, message.subject
    assert len(message.html.encode()) <= HTML
    assert f'<html lang="{language}"' in message.html
    assert f'<body lang="{language}"' in message.html
    assert "{{" not in message.text + message.html
    assert "{%" not in message.text + message.html


@pytest.mark.parametrize("name", NAMES)
def test_names_are_escaped_in_html_and_plain_in_text(name: str) -> None:
    message = rendered(name)
    assert "<Steuerberatung>" not in message.html
    assert "&amp;" not in message.text


@pytest.mark.parametrize("name", NAMES)
def test_the_plain_text_says_what_the_html_says(name: str) -> None:
    message = rendered(name)
    in_text = set(re.findall(r"\w+", message.text))
    # The HTML also says above the address that it can be copied; in the text there is nothing but the address.
    only_html = {"Or", "copy", "into", "your", "browser", "this", "address"}
    assert set(words_of(message.html)) - only_html <= in_text | {"Tallystick"}
    assert in_text - set(words_of(message.html)) == set()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"code", "digest", "account_opened"}))
def test_the_first_line_and_the_subject_say_who_or_what(name: str) -> None:
    message = rendered(name)
    assert message.subject in message.text.splitlines()[0]
    assert "You get this because" in message.text


def test_times_are_of_the_readers_place() -> None:
    assert "10 March 2026, 00:30 (Europe/Amsterdam)" in rendered("password_changed").text


def test_nothing_is_loaded_from_anywhere() -> None:
    for name in NAMES:
        assert not re.search(r"<(img|link|script|iframe)|url\(", rendered(name).html)
