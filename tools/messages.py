"""Collects every sentence people see, keeps the translations in step, and compiles them.

`python -m tools.messages` brings the `.po` files up to date and writes the `.mo` files; with `--check` it changes
nothing and fails on a sentence that is missing, fuzzy, no longer said, not compiled, that lost a placeholder or a tag on
its way, or that changes a word of Django's own, such as a month. It needs no gettext programs.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import django
import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tallystick"
LANGUAGES = ("nl",)
_KEPT = re.compile(r"%\(\w+\)[sd]|%[sd]|</?\w[^>]*>")
"""What a translation repeats as it is: placeholders and tags."""

# Function: positions of context, singular and plural among its arguments.
_CALLS: dict[str, tuple[int | None, int, int | None]] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}

Message = tuple[str, str, str]
"""Context, singular, plural; empty where there is none."""


def collect() -> dict[Message, list[str]]:
    """Every message said in code and templates, with where."""
    found: dict[Message, list[str]] = {}
    for file in sorted(SOURCE.rglob("*")):
        for message, line in _said_in(file):
            found.setdefault(message, []).append(f"{file.relative_to(ROOT)}:{line}")
    return found


def _said_in(file: Path) -> Iterator[tuple[Message, int]]:
    if file.suffix == ".py":
        yield from _calls(ast.parse(file.read_text()))
    elif file.suffix in {".html", ".txt"} and {"templates", "messages"} & set(file.parts):
        yield from _calls_in_template(file)


def _calls_in_template(file: Path) -> Iterator[tuple[Message, int]]:
    """Django turns a template into calls of gettext, line by line; around them stands what no parser would take."""
    for number, line in enumerate(templatize(file.read_text(), origin=str(file)).splitlines(), start=1):
        for start in _starts(line):
            yield from ((message, number) for message, _ in _calls(_parse_call(line[start:])))


def _starts(line: str) -> Iterator[int]:
    for name in ("gettext(", "_("):
        at = line.find(name)
        while at >= 0:
            word = len(line[:at]) - len(line[:at].rstrip("abcdefghijklmnopqrstuvwxyz"))
            whole = line[at - word : at] + name
            if whole.rstrip("(") in _CALLS:
                yield at - word
            at = line.find(name, at + 1)


def _parse_call(text: str) -> ast.AST:
    """The shortest beginning of the text that is one whole call."""
    for end, char in enumerate(text):
        if char == ")":
            try:
                return ast.parse(text[: end + 1])
            except SyntaxError:
                continue
    return ast.Module([], [])


def _calls(tree: ast.AST) -> Iterator[tuple[Message, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            places = _CALLS.get(name)
            if places:
                parts = [_text(node.args, place) for place in places]
                if parts[1]:
                    yield (parts[0], parts[1], parts[2]), node.lineno


def _text(arguments: list[ast.expr], place: int | None) -> str:
    if place is None or place >= len(arguments):
        return ""
    argument = arguments[place]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def translations(language: str) -> Path:
    """The file that holds a language's translations."""
    return SOURCE / "locale" / language / "LC_MESSAGES" / "django.po"


def _opened(language: str) -> polib.POFile:
    file = translations(language)
    if file.exists():
        return polib.pofile(str(file), wrapwidth=120)
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    return catalogue


def key(entry: polib.POEntry) -> Message:
    """What an entry translates."""
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def update(language: str) -> None:
    """Add what is new, drop what nobody says any more, note where each is said, and compile."""
    said = collect()
    old = {key(entry): entry for entry in _opened(language) if not entry.obsolete}
    catalogue = _opened(language)
    catalogue.clear()
    for message, places in said.items():
        context, singular, plural = message
        entry = old.get(message) or polib.POEntry(
            msgctxt=context or None,
            msgid=singular,
            msgid_plural=plural or None,
            msgstr_plural={0: "", 1: ""} if plural else {},
        )
        entry.occurrences = [(place.rpartition(":")[0], "") for place in dict.fromkeys(places)]
        catalogue.append(entry)
    translations(language).parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(translations(language)))
    catalogue.save_as_mofile(str(translations(language).with_suffix(".mo")))


def faults(language: str) -> Iterable[str]:
    """What is wrong with a language's translations, one sentence each."""
    said = collect()
    entries = {key(entry): entry for entry in _opened(language) if not entry.obsolete}
    for message in said.keys() - entries.keys():
        yield f"{language}: not collected: {message[1]!r} ({said[message][0]})"
    for message in entries.keys() - said.keys():
        yield f"{language}: nobody says it any more: {message[1]!r}"
    for message, entry in entries.items():
        if not entry.translated():
            yield f"{language}: not translated: {message[1]!r}"
        else:
            yield from _lost(language, entry)
    yield from _overruled(language, entries)
    compiled = translations(language).with_suffix(".mo")
    known = {key(entry): entry for entry in polib.mofile(str(compiled))} if compiled.exists() else {}
    for message, entry in entries.items():
        twin = known.get(message)
        if entry.translated() and (
            twin is None or (twin.msgstr, twin.msgstr_plural) != (entry.msgstr, entry.msgstr_plural)
        ):
            yield f"{language}: not compiled: {message[1]!r}"


def _lost(language: str, entry: polib.POEntry) -> Iterator[str]:
    """Placeholders and tags that the translation lacks or invents. Saying one twice is fine."""
    said = entry.msgstr_plural or {0: entry.msgstr}
    for number, words in said.items():
        original = entry.msgid_plural if number else entry.msgid
        if set(_KEPT.findall(words)) != set(_KEPT.findall(original)):
            yield f"{language}: a placeholder or tag is lost or new: {original!r} became {words!r}"


def _overruled(language: str, entries: dict[Message, polib.POEntry]) -> Iterator[str]:
    """Sentences that Django says as well, in other words: ours would take the place of its own, everywhere."""
    file = Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.mo"
    for theirs in polib.mofile(str(file)) if file.exists() else ():
        ours = entries.get(key(theirs))
        if ours is not None and ours.msgstr != theirs.msgstr:
            yield f"{language}: Django says {theirs.msgid!r} too, as {theirs.msgstr!r}. Say it so, or in other words."


def main() -> int:
    """Update, or with `--check` only look. 1 when something is wrong."""
    wrong: list[str] = []
    for language in LANGUAGES:
        if "--check" not in sys.argv:
            update(language)
        wrong += faults(language)
    for sentence in wrong:
        print(sentence)
    advice = f"{len(wrong)} faults. `make messages` collects and compiles; the words are yours."
    print(advice if wrong else "Every word is translated.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
