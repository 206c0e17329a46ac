"""Reads relation rules and works them out over rows in memory: slow, small, and nothing like the SQL it is held against."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]
Bound = dict[str, Any]

RULES = Path(__file__).with_name("rules.txt")
_WORDS: dict[str, object] = {"yes": True, "no": False, "none": None}


@dataclass(frozen=True)
class Term:
    """A variable, a field of one (`terms.scopes`), or a value as it stands."""

    name: str = ""
    field: str = ""
    value: object = None

    @classmethod
    def read(cls, text: str) -> Term:
        if text.startswith('"'):
            return cls(value=text.strip('"'))
        if text in _WORDS:
            return cls(value=_WORDS[text])
        name, _, field = text.partition(".")
        return cls(name, field)

    def is_open(self, bound: Bound) -> bool:
        """Whether it is a variable that stands for nothing yet."""
        return bool(self.name) and self.name not in bound

    def of(self, bound: Bound) -> Any:
        if not self.name:
            return self.value
        found = bound[self.name]
        return found[self.field] if self.field else found


@dataclass(frozen=True)
class Look:
    """There is a row of this kind with these fields."""

    which: str
    kind: str
    name: str
    wanted: tuple[tuple[str, Term], ...]


@dataclass(frozen=True)
class Call:
    """Another rule holds."""

    rule: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Among:
    """A term is one of these."""

    term: Term
    choices: tuple[Term, ...]


@dataclass(frozen=True)
class Line:
    """One condition, or that there is none such."""

    says: Look | Call | Among
    negated: bool = False


@dataclass(frozen=True)
class Rule:
    """What holds when all its lines do."""

    name: str
    terms: tuple[Term, ...]
    lines: tuple[Line, ...]


def read_rules(text: str) -> list[Rule]:
    """The rules of a model file. Raises `ValueError` for a line that says nothing known."""
    rules: list[Rule] = []
    for raw in text.splitlines():
        line = raw.partition("#")[0].rstrip()
        if not line:
            continue
        if raw[0] != " ":
            head = _call(line.removesuffix(":"))
            rules.append(Rule(head.rule, head.terms, ()))
        else:
            last = rules[-1]
            rules[-1] = Rule(last.name, last.terms, (*last.lines, _line(line.strip())))
    return rules


def _line(text: str) -> Line:
    negated = text.startswith("no ")
    text = text.removeprefix("no ")
    if found := re.fullmatch(r"(live|forbidding|a) (\w+)(?: (\w+))?(?:: (.+))?", text):
        which, kind, name, wanted = found.groups()
        pairs = (pair.split(" = ") for pair in (wanted or "").split(", ") if pair)
        fields = tuple((field, Term.read(value)) for field, value in pairs)
        return Line(Look(which, kind, name or "", fields), negated)
    if "(" in text:
        return Line(_call(text), negated)
    if found := re.fullmatch(r"(\S+) (?:in|=) (.+)", text):
        return Line(Among(Term.read(found[1]), tuple(Term.read(each) for each in found[2].split())), negated)
    raise ValueError(f"{text!r} is no line of a rule.")


def _call(text: str) -> Call:
    name, _, terms = text.strip().removesuffix(")").partition("(")
    return Call(name, tuple(Term.read(term.strip()) for term in terms.split(",")))


def holds(row: Row, at: datetime | None, now: datetime) -> bool:
    """Whether a row holds at a moment; None asks about now."""
    return row["since"] <= (at or now) and forbids(row, at, now)


def forbids(row: Row, at: datetime | None, now: datetime) -> bool:
    """Whether a row that takes access away does so at a moment; None asks about now."""
    if at is None:
        return row["closed_at"] is None and (row["until"] is None or row["until"] > now)
    is_closed = row["closed_at"] is not None and row["closed_at"] <= at
    return row["since"] <= at and not is_closed and (row["until"] is None or row["until"] > at)


class Knowledge:
    """The rows of one world as of one moment, and what the rules make of them."""

    def __init__(self, rules: list[Rule], rows: Rows, at: datetime | None, now: datetime) -> None:
        self._rules: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            self._rules[rule.name].append(rule)
        timed = {kind: of for kind, of in rows.items() if of and "since" in of[0]}
        self._rows: dict[str, Rows] = {
            "a": rows,
            "live": {kind: [row for row in of if holds(row, at, now)] for kind, of in timed.items()},
            "forbidding": {kind: [row for row in of if forbids(row, at, now)] for kind, of in timed.items()},
        }
        self._found: dict[tuple[str, str, str], dict[Any, list[Row]]] = {}

    def ask(self, rule: str, *given: object) -> set[tuple[object, ...]]:
        """Every way in which a rule holds, None standing for what is asked for; rows by their ids."""
        terms = tuple(Term(f"asked{place}") for place in range(len(given)))
        bound = {term.name: value for term, value in zip(terms, given, strict=True) if value is not None}
        answers = self._call(Call(rule, terms), bound)
        return {tuple(_plain(answer[term.name]) for term in terms) for answer in answers}

    def live(self, kind: str) -> list[Row]:
        """The rows of a kind that hold."""
        return self._rows["live"].get(kind, [])

    def _solve(self, lines: tuple[Line, ...], bound: Bound) -> Iterator[Bound]:
        if not lines:
            yield bound
            return
        first, rest = lines[0], lines[1:]
        if first.negated:
            if next(self._ways(first, bound), None) is None:
                yield from self._solve(rest, bound)
            return
        for way in self._ways(first, bound):
            yield from self._solve(rest, way)

    def _ways(self, line: Line, bound: Bound) -> Iterator[Bound]:
        match line.says:
            case Look() as look:
                return self._look(look, bound)
            case Call() as call:
                return self._call(call, bound)
            case Among() as among:
                return self._among(among, bound)

    def _look(self, look: Look, bound: Bound) -> Iterator[Bound]:
        wanted = [(field, _plain(term.of(bound))) for field, term in look.wanted]
        known = bound.get(look.name)
        if known is not None:
            wanted.insert(0, ("id", known["id"]))
        field, value = wanted[0]
        for row in self._by(look.which, look.kind, field).get(value, ()):
            if all(row[each] == sought for each, sought in wanted):
                yield bound | {look.name: row} if look.name else bound

    def _call(self, call: Call, bound: Bound) -> Iterator[Bound]:
        for rule in self._rules[call.rule]:
            pairs = list(zip(call.terms, rule.terms, strict=True))
            given = [(inner, outer.of(bound)) for outer, inner in pairs if not outer.is_open(bound)]
            if any(not inner.name and inner.value != value for inner, value in given):
                continue
            for answer in self._solve(rule.lines, {inner.name: value for inner, value in given if inner.name}):
                yield bound | {outer.name: inner.of(answer) for outer, inner in pairs if outer.is_open(bound)}

    def _among(self, among: Among, bound: Bound) -> Iterator[Bound]:
        choices: list[object] = []
        for choice in among.choices:
            value = choice.of(bound)
            choices += value if isinstance(value, list) else [value]
        if among.term.is_open(bound):
            yield from (bound | {among.term.name: choice} for choice in choices)
        elif among.term.of(bound) in choices:
            yield bound

    def _by(self, which: str, kind: str, field: str) -> dict[Any, list[Row]]:
        place = (which, kind, field)
        if place not in self._found:
            index: dict[Any, list[Row]] = defaultdict(list)
            for row in self._rows[which].get(kind, ()):
                index[row[field]].append(row)
            self._found[place] = index
        return self._found[place]


def _plain(value: object) -> object:
    return value["id"] if isinstance(value, dict) else value
