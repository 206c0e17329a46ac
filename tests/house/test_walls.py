"""The walls between rooms are watched: an import that goes up, sideways or into somebody's safe is caught."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

VAULT = """
[[tool.importlinter.contracts]]
id = "vault"
name = "Only its own room opens the vault"
type = "protected"
protected_modules = ["tallystick.connections.vault"]
allowed_importers = ["tallystick.connections"]
"""

Verdict = subprocess.CompletedProcess[str]


def lint(house: Path) -> Verdict:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    words = [sys.executable, "-c", command, "--no-cache", "--config", str(house / "pyproject.toml")]
    path = os.environ | {"PYTHONPATH": str(house / "src"), "COLUMNS": "300"}
    return subprocess.run(words, cwd=house, env=path, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src", house / "src", ignore=shutil.ignore_patterns("__pycache__", "static", "locale"))
    connections = house / "src/tallystick/connections"
    if not connections.exists():
        connections.mkdir()
        (connections / "__init__.py").write_text("")
    if not (connections / "vault.py").exists():
        (connections / "vault.py").write_text('"""A stand-in for the vault."""\n')
    declared = (ROOT / "pyproject.toml").read_text()
    (house / "pyproject.toml").write_text(declared if "connections.vault" in declared else declared + VAULT)
    return house


@pytest.fixture
def plant(copy: Path) -> Iterator[Callable[[str, str], Verdict]]:
    """`plant("core", "import …")` lints the house with a module of that room that says so."""
    planted: list[Path] = []

    def plant(room: str, line: str) -> Verdict:
        module = copy / "src" / room.replace(".", "/") / "planted.py"
        module.write_text(f"{line}\n")
        planted.append(module)
        return lint(copy)

    yield plant
    for module in planted:
        module.unlink()


def test_the_house_keeps_its_own_walls(copy: Path) -> None:
    verdict = lint(copy)
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(
    ("room", "line", "wall"),
    [
        ("tallystick.core", "import tallystick.accounts.models", "Rooms import downwards only"),
        ("tallystick.core", "def later():\n    import tallystick.accounts.models", "Rooms import downwards only"),
        ("tallystick.audit", "import tallystick.outbox", "Rooms import downwards only"),
        ("tallystick.web", "import tallystick.connections.vault", "Only its own room opens the vault"),
        ("tallystick_sandbox", "import tallystick.core", "The sandbox and Tallystick know nothing of each other"),
        ("tallystick.web", "import tallystick_sandbox", "The sandbox and Tallystick know nothing of each other"),
    ],
    ids=["upward", "upward in a function", "sideways", "a page into the vault", "sandbox to house", "house to sandbox"],
)
def test_a_planted_import_is_caught(plant: Callable[[str, str], Verdict], room: str, line: str, wall: str) -> None:
    verdict = plant(room, line)
    assert verdict.returncode == 1
    assert f"{wall} BROKEN" in verdict.stdout
    assert f"{room}.planted" in verdict.stdout


def test_a_room_that_nobody_declared_is_caught(copy: Path) -> None:
    cellar = copy / "src/tallystick/cellar"
    cellar.mkdir()
    try:
        (cellar / "__init__.py").write_text("")
        verdict = lint(copy)
    finally:
        shutil.rmtree(cellar)
    assert verdict.returncode == 1
    assert "cellar" in verdict.stdout
