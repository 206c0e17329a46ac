"""Messages as words."""

from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates
from pytest_django import Settings

from tallystick.outbox import rendering
from tallystick.outbox.rendering import render_message


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A message of three files, in a folder of its own."""
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "subject.txt").write_text("\nHello {{ name }}\n")
    (folder / "text.txt").write_text("{{ subject }}\n\n\n\n{{ name }}   \n{{ base_url }} {{ language }}\n")
    (folder / "body.html").write_text("<html lang={{ language }}><p>{{ name }}</p></html>")
    original = rendering._engine
    monkeypatch.setattr(rendering, "_engine", lambda *, plain: _with(original(plain=plain), tmp_path))
    return folder


def _with(engine: DjangoTemplates, folder: Path) -> DjangoTemplates:
    options = {"autoescape": engine.engine.autoescape, "builtins": ["django.templatetags.i18n"]}
    return DjangoTemplates({"NAME": "test", "DIRS": [folder], "APP_DIRS": True, "OPTIONS": options})


def test_a_message_of_three_files(three: Path, settings: Settings) -> None:
    message = render_message("hello", {"name": "Hart & Co"}, "nl")
    assert message.subject == "Hello Hart & Co"
    assert message.text == f"Hello Hart & Co\n\nHart & Co\n{settings.BASE_URL} nl\n"
    assert message.html == "<html lang=nl><p>Hart &amp; Co</p></html>"


def test_a_subject_is_one_line_of_78_characters_at_most(three: Path) -> None:
    message = render_message("hello", {"name": "x\r\nBcc: y" + "z" * 100}, "en")
    assert message.subject.startswith("Hello x Bcc: yzz")
    assert len(message.subject) == 78
    assert message.subject.endswith("…")


def test_too_much_html_is_refused_with_the_figures(three: Path) -> None:
    with pytest.raises(ValueError, match=r"'hello' has \d+ bytes of HTML; 30000 are the most"):
        render_message("hello", {"name": "x" * 30_000}, "en")


def test_an_unknown_message_is_named() -> None:
    with pytest.raises(TemplateDoesNotExist, match="no_such_message"):
        render_message("no_such_message", {}, "en")


def test_lines_with_bullets_are_a_list_and_the_sentence_before_them_stays_a_paragraph() -> None:
    context = {"app": "Till", "to": "Olaf", "organisation": "Shop", "tenant": "Hart & Co", "you_asked": True}
    answers = [{"app": app, "state": "declined", "why": ""} for app in ("Till", "Bank & Co")]
    message = render_message("invitation_completed", {**context, "answered": answers, "action_url": ""}, "en")
    assert message.html.count("<li ") == 2
    assert "Bank &amp; Co: the answer is no</li>" in message.html
    assert "has been answered:</p>" in message.html
    assert "has been answered:\n• Till: the answer is no\n• Bank & Co: the answer is no\n" in message.text
