"""Measures how easily pages and mails are read, in each language: quality bar 75.

`python -m tools.reading` shows every group of pages; with `--check` it says only what is too hard, and fails on it. What
is measured are the sentences that people see, as `tools.messages` collects them, and their translations:

- **English**: the Flesch-Kincaid grade, 0.39 x words per sentence + 11.8 x syllables per word - 15.59, at most 6;
- **Dutch**: Flesch-Douma, 206.84 - 0.93 x words per sentence - 77 x syllables per word, at least 70 ("fairly easy", what
  a school leaver of twelve reads without effort);
- **both**: 20 words or fewer per sentence on average, none of more than 30, and none of the words nobody should meet.

Labels and buttons are no sentences: they are left out of the averages, which they would only flatter. A placeholder
counts as a name of two syllables.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polib

from tools.messages import ROOT, SOURCE, Message, collect, key, translations
from tools.syllables import syllables

HARDEST_GRADE = 6.0
LOWEST_EASE = 70.0
AVERAGE_SENTENCE = 20.0
LONGEST_SENTENCE = 30
ENOUGH_WORDS = 40
"""What says less is measured together with its neighbours only: a formula knows nothing about ten words."""

LANGUAGES = ("en", "nl")
DEFINITIONS = "connectors/apps/*/connector.toml"
NOT_FOR_CLIENTS = ("web/templates/components/", "web/templates/operator/", "web/components.py", "config/")
"""Pages for those who build or run the place."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEVER = {
    "en": _listed("""
        abort aborted authenticate authentication authorisation authorise authorised authorises authorization
        authorize authorized bug callback credential credentials denied endpoint exception expiry fatal
        forbidden grantee handshake illegal invalid malformed null oauth oops organisation organisations
        parameter payload prohibited scope scopes tenant token tokens unauthorised unauthorized user users
        validate validation whoops
    """),
    "nl": _listed("""
        authenticatie authenticeren autorisatie autoriseren bug callback credential credentials endpoint
        exceptie fataal fatale gebruiker gebruikers handshake illegaal mandaat oauth oeps ongeldig ongeldige
        organisatie organisaties parameter payload scope scopes tenant token tokens u uw valideren validatie
        verboden verifiëren
    """),
}
"""Words that no page or mail says: they blame, they frighten, or only builders know them. In Dutch, nobody is `u`."""

THEIR_WORDS = {"connectors/apps/xero/connector.toml": {"organisation", "organisatie"}}
"""Words that an app shows its own people, and by which they find their way there."""

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
_MARKUP = re.compile(r"<[^>]+>|\S+@\S+|https?://\S+|\b[\w-]+(?:\.[\w-]+)+\b")
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_END = re.compile(r"(?<=[.!?:])[”’)]*\s+")


@dataclass(frozen=True)
class Reading:
    """How a text reads: counted, and by the formula of its language."""

    language: str
    words: int
    sentences: int
    syllables: int
    longest: str

    @property
    def per_sentence(self) -> float:
        """Words in a sentence, on average."""
        return self.words / self.sentences

    @property
    def score(self) -> float:
        """The grade for English, the ease for Dutch."""
        per_word = self.syllables / self.words
        if self.language == "en":
            return 0.39 * self.per_sentence + 11.8 * per_word - 15.59
        return 206.84 - 0.93 * self.per_sentence - 77 * per_word

    @property
    def is_easy(self) -> bool:
        """Whether the formula's bound is kept."""
        return self.score <= HARDEST_GRADE if self.language == "en" else self.score >= LOWEST_EASE

    def faults(self) -> Iterator[str]:
        """What makes it too hard, one sentence each."""
        if not self.is_easy:
            bound = f"grade {HARDEST_GRADE:.0f}" if self.language == "en" else f"{LOWEST_EASE:.0f} of Flesch-Douma"
            yield f"reads at {self.score:.1f}; the bound is {bound}"
        if self.per_sentence > AVERAGE_SENTENCE:
            yield f"has {self.per_sentence:.1f} words a sentence; {AVERAGE_SENTENCE:.0f} are the most"
        if len(words_of(self.longest)) > LONGEST_SENTENCE:
            yield f"has a sentence of {len(words_of(self.longest))} words: {self.longest}"


def words_of(text: str) -> list[str]:
    """The words of a text; a placeholder is one, an address is none."""
    return _WORD.findall(_MARKUP.sub(" ", _PLACEHOLDER.sub("Tally", text)))


def sentences_of(text: str) -> list[str]:
    """The whole sentences of a text: what ends like one. A label or a button is none."""
    parts = (part.strip() for part in _END.split(text.strip()))
    return [part for part in parts if part.rstrip("”’)").endswith((".", "!", "?", ":")) and len(words_of(part)) > 1]


def read(texts: Iterable[str], language: str) -> Reading | None:
    """How these texts read together; None when there is no sentence in them."""
    sentences = [sentence for text in texts for sentence in sentences_of(text)]
    if not sentences:
        return None
    words = [word for sentence in sentences for word in words_of(sentence)]
    longest = max(sentences, key=lambda sentence: len(words_of(sentence)))
    return Reading(language, len(words), len(sentences), sum(syllables(word, language) for word in words), longest)


def never_said(text: str, language: str, file: str = "") -> list[str]:
    """Words of the list that this text says."""
    listed = NEVER[language] - THEIR_WORDS.get(file, set())
    return [word for word in words_of(text) if word.lower() in listed]


@cache
def texts(language: str) -> dict[str, list[str]]:
    """What people read in one language, by the file that says it; an app's own words by its definition."""
    said: dict[str, list[str]] = {}
    words = _words(language)
    for message, places in collect().items():
        for file in dict.fromkeys(place.rpartition(":")[0] for place in places):
            said.setdefault(file.removeprefix(f"{SOURCE.relative_to(ROOT)}/"), []).extend(words[message])
    for definition in SOURCE.glob(DEFINITIONS):
        spoken = tomllib.loads(definition.read_text()).get("words", {}).get(language, {})
        said[str(definition.relative_to(SOURCE))] = list(_leaves(spoken))
    return {file: said[file] for file in sorted(said) if not file.startswith(NOT_FOR_CLIENTS)}


def _words(language: str) -> Mapping[Message, list[str]]:
    """Every message in words of the language: what is said of one, and of many."""
    if language == "en":
        return {message: [words for words in message[1:] if words] for message in collect()}
    entries = polib.pofile(str(translations(language)))
    return defaultdict(list, {key(entry): [entry.msgstr, *entry.msgstr_plural.values()] for entry in entries})


def _leaves(spoken: object) -> Iterator[str]:
    if isinstance(spoken, dict):
        for value in spoken.values():
            yield from _leaves(value)
    else:
        yield str(spoken)


def groups(language: str) -> dict[str, list[str]]:
    """What is measured together: every folder of pages, mails or rules, and every file that says enough by itself."""
    said = texts(language)
    folders: dict[str, list[str]] = {}
    for file, spoken in said.items():
        folders.setdefault(_folder(file), []).extend(spoken)
    together: dict[str, list[str]] = {"elsewhere": []}
    for name, spoken in {**folders, **said}.items():
        if _words_in(spoken) >= ENOUGH_WORDS:
            together[name] = spoken
        elif name in folders:
            together["elsewhere"].extend(spoken)
    return dict(sorted(together.items()))


def _folder(file: str) -> str:
    if file.endswith(".toml"):
        return "connectors/apps/"
    return "mails/" if "/messages/" in file or "/mail/" in file else f"{Path(file).parent}/"


def _words_in(spoken: Iterable[str]) -> int:
    return sum(len(words_of(sentence)) for text in spoken for sentence in sentences_of(text))


def faults(language: str) -> Iterator[str]:
    """What is too hard to read, or should not be said at all, one sentence each."""
    for name, said in groups(language).items():
        reading = read(said, language)
        for fault in reading.faults() if reading else ():
            yield f"{language}: {name} {fault}"
    for file, said in texts(language).items():
        for text in said:
            for word in never_said(text, language, file):
                yield f"{language}: {file} says “{word}”: {text}"


def main() -> int:
    """Show how everything reads, or with `--check` only what is too hard. 1 when something is."""
    if "--check" not in sys.argv:
        for language in LANGUAGES:
            for name, said in groups(language).items():
                if reading := read(said, language):
                    print(
                        f"{language}  {reading.score:5.1f}  {reading.per_sentence:4.1f} words  {reading.words:5}  {name}"
                    )
    wrong = [fault for language in LANGUAGES for fault in faults(language)]
    for fault in wrong:
        print(fault)
    print(f"{len(wrong)} faults: see docs/translation.md." if wrong else "Every page reads easily.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
