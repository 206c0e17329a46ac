"""Eight processes that ask the check without pause, each over a connection of its own, while access is taken away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import Array, Structure, c_bool, c_char, c_int64
from typing import Any
from uuid import UUID

import psycopg

from tallystick.core.decision import MAY
from tests.support.loaded import loaded

RACERS = 8
_PATIENCE = 30.0  # seconds until a racer counts as lost
_Counts = c_int64 * RACERS


class _Board(Structure):
    """What the processes share. One side writes each field, so none needs a lock."""

    _fields_ = [
        ("round", c_int64),
        ("taken", c_int64),
        ("over", c_bool),
        ("member", c_char * 36),
        ("organisation", c_char * 36),
        ("scope", c_char * 16),
        ("allowed", _Counts),
        ("refused", _Counts),
        ("wrong", _Counts),
    ]

    round: int
    """The round that is being asked about."""
    taken: int
    """The last round whose access was taken away and that committed."""
    over: bool
    member: bytes
    organisation: bytes
    scope: bytes
    allowed: Array[c_int64]
    """By racer: the last round in which it was told yes."""
    refused: Array[c_int64]
    """By racer: the last round in which it asked after the commit."""
    wrong: Array[c_int64]
    """By racer: how often it asked after the commit and was told yes."""


class Race:
    """The racers, and the rounds they are led through."""

    def __init__(self, board: _Board) -> None:
        self._board = board

    def run(self, member: UUID, organisation: UUID, scope: str, take_away: Callable[[], object]) -> None:
        """One round: wait until every racer was told yes, take access away, wait until every racer asked once more."""
        board = self._board
        board.member, board.organisation = str(member).encode(), str(organisation).encode()
        board.scope = scope.encode()
        board.round += 1
        number = board.round
        self._wait(board.allowed, number)
        take_away()
        board.taken = number
        self._wait(board.refused, number)

    @property
    def wrong(self) -> int:
        """How often somebody who asked after the commit was told yes."""
        return sum(self._board.wrong)

    def _wait(self, counts: Array[c_int64], number: int) -> None:
        end = time.monotonic() + _PATIENCE
        while min(counts) < number:
            assert time.monotonic() < end, f"Round {number}: {list(counts)} after {_PATIENCE} s."
            time.sleep(0.0002)


@contextmanager
def racing(database: str) -> Iterator[Race]:
    """Eight racers on this database (libpq's words) for the length of a block."""
    board: Any = loaded().Value(_Board, lock=False)
    racers = [loaded().Process(target=_race, args=(board, place, database), daemon=True) for place in range(RACERS)]
    for racer in racers:
        racer.start()
    try:
        yield Race(board)
    finally:
        board.over = True
        for racer in racers:
            racer.join(_PATIENCE)


def _race(board: _Board, place: int, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        while not board.over:
            number = board.round
            if board.refused[place] == number:
                time.sleep(0.005)  # between the rounds, while access is given to the next
                continue
            _ask_once(board, place, number, connection)


def _ask_once(board: _Board, place: int, number: int, connection: psycopg.Connection[Any]) -> None:
    question = (board.member.decode(), board.organisation.decode(), board.scope.decode(), None)
    is_taken = board.taken >= number  # read before asking: what is asked now must be refused
    if board.round != number:
        return
    (allowed,) = connection.execute(MAY, question).fetchone() or (None,)
    if is_taken:
        board.wrong[place] += bool(allowed)
        board.refused[place] = number
    elif allowed:
        board.allowed[place] = number
