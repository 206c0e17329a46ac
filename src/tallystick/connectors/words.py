"""What people read about an outside app, in every language its definition speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language

FIRST_LANGUAGE = "en"


@dataclass(frozen=True)
class Text:
    """One sentence or word in several languages; as text it is in the reader's, else in English.

    Django's own catalogue cannot hold it: an operator adds an app, and its words, with one file.
    """

    by_language: Mapping[str, str]

    def __str__(self) -> str:
        language = (get_language() or FIRST_LANGUAGE).split("-")[0]
        return self.by_language.get(language) or self.by_language.get(FIRST_LANGUAGE, "")

    def __bool__(self) -> bool:
        return bool(self.by_language.get(FIRST_LANGUAGE))

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have words for it."""
        return frozenset(language for language, words in self.by_language.items() if words)


EMPTY = Text({})
