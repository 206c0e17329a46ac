"""The words of a definition: `[words.en]`, `[words.nl]`, …, side by side, none forgotten and none too many."""

from __future__ import annotations

from typing import Any

from tallystick.connectors.tables import Fault, Table
from tallystick.connectors.words import FIRST_LANGUAGE, Text

LONGEST = 400


class Speech:
    """Gathers one `Text` at a time from the tables of all languages, and notes what a language lacks.

    English must be there. Another language may be left out, but one that is there says everything that English says.
    """

    def __init__(self, top: Table) -> None:
        self.faults = top.faults
        self.asked: set[str] = set()
        words = top.table("words", required="Write what people read under [words.en], and in Dutch under [words.nl].")
        given: dict[str, Any] = dict(words.values) if words else {FIRST_LANGUAGE: {}}
        if words and FIRST_LANGUAGE not in given:
            self._wrong(FIRST_LANGUAGE, None, "English must be there: other languages fall back to it.")
            given[FIRST_LANGUAGE] = {}
        self.languages: dict[str, dict[str, Any]] = {}
        for language, table in given.items():
            if isinstance(table, dict):
                self.languages[language] = table
            else:
                self._wrong(language, table, f"Write it as a table of its language, such as [words.{FIRST_LANGUAGE}].")
        self.has_words = words is not None

    def text(self, key: str, *, required: bool = True) -> Text:
        """The words under a dotted key such as `inputs.shop.label`, in every language."""
        self.asked.add(key)
        found: dict[str, str] = {}
        for language, table in self.languages.items():
            value = _under(table, key)
            if isinstance(value, str) and value.strip() and len(value) <= LONGEST:
                found[language] = value.strip()
            elif value is not None:
                self._wrong(f"{language}.{key}", value, f"Write a text of 1 to {LONGEST} characters.")
        self._note_missing(key, found, required=required)
        return Text(found)

    def close(self) -> None:
        """All words have been asked for: any others have nothing to describe."""
        for language, table in self.languages.items():
            for key, value in _leaves(table):
                if key not in self.asked:
                    self._wrong(f"{language}.{key}", value, "Nothing here is called so: take it out or rename it.")

    def _note_missing(self, key: str, found: dict[str, str], *, required: bool) -> None:
        if not self.has_words or (not required and not found):
            return
        for language, table in self.languages.items():
            if language not in found and _under(table, key) is None:
                self._wrong(f"{language}.{key}", None, "Say it in plain words.")

    def _wrong(self, key: str, value: object, remedy: str) -> None:
        self.faults.append(Fault(f"words.{key}", value, remedy))


def _under(table: dict[str, Any], key: str) -> Any:
    """The value under a dotted key. A name may hold dots itself (`scopes."company.read"`)."""
    if key in table:
        return table[key]
    first, _, rest = key.partition(".")
    inner = table.get(first)
    return _under(inner, rest) if rest and isinstance(inner, dict) else None


def _leaves(table: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        key = f"{above}.{name}" if above else name
        found += _leaves(value, key) if isinstance(value, dict) else [(key, value)]
    return found
