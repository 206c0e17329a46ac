"""Lists every no: `python -m tools.errors` writes `docs/errors.md` from the code; with `--check` it only compares.

A no is `Refused(code, message, …)`. Programs rely on the code, so that one code must mean one thing: it fails on a code
that comes with two statuses, and on one that it cannot read because it is put together while running.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tallystick"
PAGE = ROOT / "docs" / "errors.md"
_GETTEXT = {"_", "gettext", "ngettext"}
_NOTHING = ast.Module(body=[], type_ignores=[])
_HEAD = """# Errors

Whatever Tallystick declines, it declines with a code and a sentence. Pages show the sentence; the API answers problem
details with the code. Codes stay the same from version to version, sentences may be put better. `403` means that the
right is missing, `409` that the state of things is in the way, `422` that something typed can't be right, `429` that it
was too often.

This page is written by `python -m tools.errors` from the code.

| code | status | what people read |
|---|---|---|
"""


@dataclass
class No:
    """One code: the statuses it comes with, and the sentences."""

    statuses: set[int] = field(default_factory=set)
    sentences: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Maker:
    """A function that puts a no together from a code and a sentence it is given: their places, and the status."""

    code: int
    message: int
    status: int


def collect() -> tuple[dict[str, No], list[str]]:
    """Every code with what is said, and what could not be read."""
    found: dict[str, No] = {}
    unread: list[str] = []
    for path in sorted(set(SOURCE.rglob("*.py")) - {SOURCE / "web" / "components.py"}):  # it shows one that is made up
        tree = ast.parse(path.read_text())
        makers = dict(_makers(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node.module = tree  # type: ignore[attr-defined]
        for function in [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))]:
            for call in _calls_in(function):
                _read(call, function, makers, found, unread, str(path.relative_to(ROOT)))
    return found, unread


def _calls_in(scope: ast.AST) -> Iterator[ast.Call]:
    """Calls in a function or module, but not in the functions within."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, ast.FunctionDef):
            yield from _calls_in(child)


def _read(
    call: ast.Call, scope: ast.AST, makers: dict[str, _Maker], found: dict[str, No], unread: list[str], where: str
) -> None:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    maker = _Maker(0, 1, _status(call)) if name == "Refused" else makers.get(name)
    if maker is None or len(call.args) <= max(maker.code, maker.message):
        return
    code = call.args[maker.code]
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        no = found.setdefault(code.value, No())
        no.statuses.add(maker.status)
        no.sentences |= set(_sentences(call.args[maker.message], scope))
    elif name == "Refused" and _maker_of(scope, call) is None:
        unread.append(f"{where}:{call.lineno}")


def _makers(tree: ast.Module) -> Iterator[tuple[str, _Maker]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for call in _calls_in(function):
                maker = _maker_of(function, call)
                if maker:
                    yield function.name, maker


def _maker_of(function: ast.AST, call: ast.Call) -> _Maker | None:
    if not isinstance(function, ast.FunctionDef) or not isinstance(call.func, ast.Name) or call.func.id != "Refused":
        return None
    given = [argument.arg for argument in function.args.args]
    names = [each.id for each in call.args[:2] if isinstance(each, ast.Name) and each.id in given]
    return _Maker(given.index(names[0]), given.index(names[1]), _status(call)) if len(names) == 2 else None


def _status(call: ast.Call) -> int:
    for keyword in call.keywords:
        if keyword.arg == "status" and isinstance(keyword.value, ast.Constant):
            return int(str(keyword.value.value))
    return 403


def _sentences(message: ast.expr, scope: ast.AST) -> Iterator[str]:
    """The sentences in an expression; of a name, those it was given in the same function."""
    if isinstance(message, ast.Call) and isinstance(message.func, ast.Name) and message.func.id not in _GETTEXT:
        yield from _sentences_of_function(message.func.id, scope)
    if isinstance(message, ast.Name):
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == message.id for target in node.targets
            ):
                yield from _sentences(node.value, _NOTHING)
        return
    for node in ast.walk(message):
        if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Name):
            yield from _sentences(node.left, scope)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _GETTEXT:
            yield from (str(each.value) for each in node.args[:2] if isinstance(each, ast.Constant))


def _sentences_of_function(name: str, scope: ast.AST) -> Iterator[str]:
    module: ast.Module = getattr(scope, "module", _NOTHING)
    for function in module.body:
        if isinstance(function, ast.FunctionDef) and function.name == name:
            yield from _sentences(
                ast.Set([each for each in ast.walk(function) if isinstance(each, ast.Call)]), _NOTHING
            )


def page() -> str:
    """The whole page. Raises `SystemExit` when a code means two things or can't be read."""
    found, unread = collect()
    faults = [f"{where}: write the code where the no is made." for where in unread]
    faults += [
        f"{code} comes with two statuses: {sorted(no.statuses)}." for code, no in found.items() if len(no.statuses) > 1
    ]
    if faults:
        raise SystemExit("\n".join(faults))
    rows = (
        f"| `{code}` | {min(no.statuses)} | {'<br>'.join(sorted(no.sentences)).replace('|', chr(92) + '|')} |\n"
        for code, no in sorted(found.items())
    )
    return _HEAD + "".join(rows)


def main() -> None:
    """Write the page, or compare it."""
    written = page()
    if "--check" not in sys.argv:
        PAGE.write_text(written)
    elif not PAGE.exists() or PAGE.read_text() != written:
        raise SystemExit("docs/errors.md is not what the code says. Run: python -m tools.errors")


if __name__ == "__main__":
    main()
