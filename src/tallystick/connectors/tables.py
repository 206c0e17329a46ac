"""Reading a TOML table with all its faults: each wrong value gets a sentence, and reading goes on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast, overload

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the key, the value as it stands (None: missing), and what to do."""

    key: str
    value: object
    remedy: str

    def sentence(self, file: str) -> str:
        """As people read it: file, key, value and remedy."""
        found = "is missing" if self.value is None else f"is {_shown(self.value)}"
        return f"{file}: {self.key} {found}. {self.remedy}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


class Table:
    """One table of a definition. Asks for values by key, notes what is wrong with them, and gives a harmless stand-in.

    `replacing` are placeholders whose value is known already: `{sandbox}` becomes the sandbox's address in every text.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        faults: list[Fault],
        where: str = "",
        replacing: Mapping[str, str] | None = None,
    ) -> None:
        self.values = values
        self.faults = faults
        self.where = where
        self.replacing = replacing or {}
        self.asked: set[str] = set()

    def name(self, key: str) -> str:
        """The key as it is called from the top of the file."""
        return f"{self.where}.{key}" if self.where else key

    def wrong(self, key: str, value: object, remedy: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.name(key), value, remedy))

    def text(self, key: str, default: str | None = None, *, pattern: str = "", remedy: str = "") -> str:
        """A text. Without a default it must be there and not empty. `pattern` is matched whole."""
        value = self._take(key)
        if value is None:
            if default is None:
                self.wrong(key, None, remedy or "Give a text.")
            return default or ""
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.wrong(key, value, remedy or "Write it as text in quotes.")
            return default or ""
        if pattern and not re.fullmatch(pattern, value):
            self.wrong(key, value, remedy)
        return self._filled(value)

    def choice(self, key: str, choices: Sequence[Choice], default: Choice | None = None) -> Choice:
        """One of the choices."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if value not in choices:
            self.wrong(key, value, f"Choose one of: {', '.join(choices)}.")
            return default or choices[0]
        return cast("Choice", value)

    def flag(self, key: str, *, default: bool | None = False) -> bool:
        """True or false. Without a default it must be there."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, value, "Write true or false.")
            return bool(default)
        return value

    @overload
    def whole(self, key: str, *, most: int, default: int, least: int = ...) -> int: ...
    @overload
    def whole(self, key: str, *, most: int, default: None = ..., least: int = ...) -> int | None: ...
    def whole(self, key: str, *, most: int, default: int | None = None, least: int = 1) -> int | None:
        """A whole number from `least` to `most`."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(key, value, f"Give a whole number from {least} to {most}.")
            return default
        return value

    def span(self, key: str, *, least: int = 0) -> timedelta | None:
        """A length of time in seconds, up to 20 years. None when it is not given."""
        seconds = self.whole(key, least=least, most=20 * 366 * 86400)
        return None if seconds is None else timedelta(seconds=seconds)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty when not given."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            self.wrong(key, value, 'Write a list of texts, such as ["one", "two"].')
            return ()
        if repeated := sorted({each for each in value if value.count(each) > 1}):
            self.wrong(key, value, f"Name {repeated[0]} once.")
        return tuple(self._filled(each) for each in value)

    def pairs(self, key: str) -> dict[str, str]:
        """A table of texts, empty when not given."""
        value = self._take(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            self.wrong(key, value, 'Write a table of texts, such as { name = "value" }.')
            return {}
        return {name: self._filled(each) for name, each in value.items()}

    def choices(self, key: str, choices: Sequence[Choice]) -> dict[str, Choice]:
        """A table from texts to one of the choices each."""
        pairs = self.pairs(key)
        for name, value in pairs.items():
            if value not in choices:
                self.wrong(f"{key}.{name}", value, f"Choose one of: {', '.join(choices)}.")
        return {name: cast("Choice", value) for name, value in pairs.items() if value in choices}

    def anything(self, key: str) -> Any:
        """A value of any form, with its texts filled in."""
        return self._filled_through(self._take(key))

    def table(self, key: str, *, required: str = "") -> Table | None:
        """A table inside this one. `required` is the remedy when it must be there."""
        value = self._take(key)
        if value is None:
            if required:
                self.wrong(key, None, required)
            return None
        if not isinstance(value, dict):
            self.wrong(key, value, f"Write it as a table: [{self.name(key)}].")
            return None
        return Table(value, self.faults, self.name(key), self.replacing)

    def table_or_empty(self, key: str) -> Table:
        """A table inside this one, which may be left out."""
        return self.table(key) or Table({}, self.faults, self.name(key), self.replacing)

    def tables(self, key: str) -> list[Table]:
        """A list of tables, each known by its number, counted from 1."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(key, value, f"Write each as a table of its own: [[{self.name(key)}]].")
            return []
        return [Table(each, self.faults, f"{self.name(key)}[{n}]", self.replacing) for n, each in enumerate(value, 1)]

    def close(self) -> None:
        """All keys have been asked for: any other is a slip."""
        for key in self.values:
            if key not in self.asked:
                near = difflib.get_close_matches(key, self.asked, n=1)
                meant = f"Did you mean {near[0]}? " if near else ""
                self.wrong(
                    key, self.values[key], f"{meant}Nothing of this name is known here: take it out or rename it."
                )

    def _take(self, key: str) -> Any:
        self.asked.add(key)
        return self.values.get(key)

    def _filled(self, text: str) -> str:
        for name, value in self.replacing.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _filled_through(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._filled(value)
        if isinstance(value, dict):
            return {key: self._filled_through(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled_through(each) for each in value]
        return value
