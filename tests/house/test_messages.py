"""Every sentence is translated, and what would spoil one is caught."""

from pathlib import Path

import polib
import pytest

from tools import messages

SOURCE = """from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
_("Hello %(name)s.")
ngettext("One app", "%(count)d apps", 2)
pgettext("place", "Books")
"""
TEMPLATE = """{% translate "Sign in" %}{% include "parts/button.html" with label=_("Connect") %}
{% blocktranslate trimmed count number=apps|length %}
  {{ number }} app of <b>{{ name }}</b>
{% plural %}
  {{ number }} apps of <b>{{ name }}</b>
{% endblocktranslate %}"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of one module and one page."""
    source = tmp_path / "src"
    (source / "templates").mkdir(parents=True)
    (source / "rules.py").write_text(SOURCE)
    (source / "templates" / "page.html").write_text(TEMPLATE)
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "SOURCE", source)
    return source


def translate(words: dict[str, str | dict[int, str]]) -> None:
    """Collect, and translate: these as given, everything else by itself."""
    messages.update("nl")
    catalogue = polib.pofile(str(messages.translations("nl")))
    for entry in catalogue:
        given = words.get(entry.msgid)
        if entry.msgid_plural:
            entry.msgstr_plural = given if isinstance(given, dict) else {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = given if isinstance(given, str) else entry.msgid
    catalogue.save()
    messages.update("nl")


def test_this_house_is_translated() -> None:
    assert [fault for language in messages.LANGUAGES for fault in messages.faults(language)] == []


def test_every_way_to_say_something_is_collected(house: Path) -> None:
    said = set(messages.collect())
    assert said == {
        ("", "Hello %(name)s.", ""),
        ("", "One app", "%(count)d apps"),
        ("place", "Books", ""),
        ("", "Sign in", ""),
        ("", "Connect", ""),
        ("", "%(number)s app of <b>%(name)s</b>", "%(number)s apps of <b>%(name)s</b>"),
    }


def test_a_sentence_without_a_translation_is_missed(house: Path) -> None:
    messages.update("nl")
    assert "nl: not translated: 'Sign in'" in list(messages.faults("nl"))


def test_a_new_sentence_is_missed(house: Path) -> None:
    translate({})
    assert list(messages.faults("nl")) == []
    (house / "rules.py").write_text(f'{SOURCE}_("New")\n')
    assert list(messages.faults("nl")) == ["nl: not collected: 'New' (src/rules.py:6)"]


def test_a_lost_placeholder_is_missed(house: Path) -> None:
    translate({"Hello %(name)s.": "Dag!"})
    assert list(messages.faults("nl")) == ["nl: a placeholder or tag is lost or new: 'Hello %(name)s.' became 'Dag!'"]


def test_a_tag_that_was_bent_is_missed(house: Path) -> None:
    bent = {0: "%(number)s app van %(name)s", 1: "%(number)s apps van <b>%(name)s</b>"}
    translate({"%(number)s app of <b>%(name)s</b>": bent})
    assert len(list(messages.faults("nl"))) == 1


def test_a_word_of_the_calendar_is_not_overruled(house: Path) -> None:
    (house / "rules.py").write_text(f'{SOURCE}_("May")\n')
    translate({"May": "Mag"})
    assert list(messages.faults("nl")) == ["nl: Django says 'May' too, as 'mei'. Say it so, or in other words."]


def test_what_was_not_compiled_is_missed(house: Path) -> None:
    translate({})
    messages.translations("nl").with_suffix(".mo").unlink()
    assert "nl: not compiled: 'Sign in'" in list(messages.faults("nl"))
