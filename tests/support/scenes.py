"""Scenes are set once: what the cast of a test is made of stays there for the next tests of its file.

Tests that commit nothing share one transaction for each file. Each piece of the cast that a test asks for before it has changed
anything stands behind a savepoint of its own. The next test that asks for the same pieces in the same order finds them there,
and gets objects of its own. One that asks for others, or for fewer, goes back to where the two part, before it can see a
difference. What a test does itself is undone as ever.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, overload

from django.db import Error, connection, transaction

Made = TypeVar("Made")

_LOOKS = re.compile(r"SELECT (?!.* FOR (NO KEY )?UPDATE)|select tallystick_(now|may)\(", re.DOTALL)
"""What the mapper says to look only, the clock, and the decision. In any other words something may be changed."""


@dataclass
class _Set:
    """A piece that stands: its name, and what making it added to the cast."""

    name: str
    made: bytes


class Scenes:
    """What stands in the database of this process, and how much of it the test that runs has asked for."""

    def __init__(self) -> None:
        self._outer: Any = None
        self._wire: Any = None
        self._standing: list[_Set] = []
        self._asked = 0
        self._cast: object = None
        self._own = ""  # the savepoint of the test
        self._depth = 0
        self._untouched = False
        self._setting = False
        self._needs: dict[str, list[str]] = {}  # what each piece asked for while it was made

    # For the fixtures.

    def before_test(self) -> None:
        """A test that commits nothing is about to begin: its transaction will be part of the file's."""
        if self._outer is None:
            self._outer = transaction.atomic()
            self._outer._from_testcase = True
            self._outer.__enter__()
            connection.ensure_connection()
            self._wire = connection.connection
            self._say("savepoint scene_0")

    def begin(self) -> None:
        """It has begun."""
        self._own, self._depth = connection.savepoint_ids[-1], len(connection.savepoint_ids)
        self._asked, self._cast, self._untouched = 0, None, True
        connection.execute_wrappers.append(self._watch)

    def end(self) -> None:
        """It is over, and about to be undone."""
        self._untouched = False
        connection.execute_wrappers.remove(self._watch)

    def after_test(self) -> None:
        """It is undone. A test may have closed the connection: then nothing stands any more."""
        if not self._is_whole:
            self.strike()

    def strike(self) -> None:
        """Nothing stands any more, for whoever comes next."""
        if self._outer is None:
            return
        with suppress(Error):
            transaction.set_rollback(True)
            self._outer.__exit__(None, None, None)
        if not self._is_whole:
            connection.in_atomic_block = False
            connection.close()
        self._outer, self._wire, self._standing = None, None, []

    @property
    def _is_whole(self) -> bool:
        """Is it the connection it began on, and did no test close that?"""
        return connection.connection is self._wire and not self._wire.closed

    @property
    def depth(self) -> int:
        """How many savepoints of the mapper are around what a test does."""
        return self._depth if self._outer is not None else 0

    def standing(self) -> list[str]:
        """The names of the pieces that stand, in order."""
        return [each.name for each in self._standing]

    # For the cast.

    def piece(self, name: str, make: Callable[[Any], Any], cast: Any) -> None:
        """Put this piece into the cast: one that stands already, or a new one."""
        held: dict[str, Any] = cast.__dict__
        self._cast = self._cast or cast
        alone = len(connection.savepoint_ids) == self._depth and cast is self._cast
        if self._setting or not (self._untouched and alone):
            held[name] = make(cast)
            return
        for need in self._needs.get(name, ()):
            getattr(cast, need)
        if self._asked < len(self._standing) and self._standing[self._asked].name == name:
            held |= _unpacked(self._standing[self._asked].made, held)
            self._asked += 1
        else:
            self._set(name, make, cast)

    def _set(self, name: str, make: Callable[[Any], Any], cast: Any) -> None:
        held: dict[str, Any] = cast.__dict__
        before = dict(held)
        self._go_back()
        self._setting = True
        try:
            held[name] = make(cast)
        except BaseException:
            self._go_back()
            raise
        finally:
            self._setting = False
        made = {key: value for key, value in held.items() if key not in before}
        self._needs.setdefault(name, [key for key in made if key != name])
        self._standing.append(_Set(name, _packed(made, before)))
        self._asked += 1
        self._say(f'savepoint scene_{self._asked}; savepoint "{self._own}"')

    def _go_back(self) -> None:
        """To where this test has asked for all that stands."""
        self._say(f'rollback to savepoint scene_{self._asked}; savepoint "{self._own}"')
        del self._standing[self._asked :]

    def _watch(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._untouched and not self._setting:
            if len(self._standing) > self._asked:
                self._go_back()
            if not _LOOKS.match(sql):
                self._untouched = False
        return execute(sql, params, many, context)

    def _say(self, words: str) -> None:
        connection.connection.execute(words)


scenes = Scenes()


class Piece(Generic[Made]):
    """A property of the cast that is made once, like `cached_property`, and stands for the tests that follow."""

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, cast: None, owner: type) -> Self: ...
    @overload
    def __get__(self, cast: object, owner: type) -> Made: ...
    def __get__(self, cast: object | None, owner: type) -> Self | Made:
        if cast is None:
            return self
        scenes.piece(self._name, self._make, cast)
        made: Made = cast.__dict__[self._name]
        return made


def _packed(made: dict[str, Any], before: dict[str, Any]) -> bytes:
    """What was made; where it speaks of what was there before, by its name."""
    names = {id(value): name for name, value in before.items()}

    class Packer(pickle.Pickler):
        def persistent_id(self, thing: object) -> str | None:
            return names.get(id(thing))

    packed = io.BytesIO()
    Packer(packed, protocol=pickle.HIGHEST_PROTOCOL).dump(made)
    return packed.getvalue()


def _unpacked(packed: bytes, held: dict[str, Any]) -> dict[str, Any]:
    class Unpacker(pickle.Unpickler):
        def persistent_load(self, name: str) -> object:
            return held[name]

    made: dict[str, Any] = Unpacker(io.BytesIO(packed)).load()
    return made
