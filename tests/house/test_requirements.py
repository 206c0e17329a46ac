"""Requirements are pinned with hashes, cover what the project names, and say no host."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
OF_NODE = ROOT / "tests/other_makers/package-lock.json"


def name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found.group()).lower()


@pytest.mark.parametrize("lock", [*LOCKS, OF_NODE], ids=lambda lock: lock.name)
def test_a_lock_names_no_host(lock: Path) -> None:
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_with_a_hash(lock: Path) -> None:
    for pin in re.split(r"\n(?=[a-z0-9])", lock.read_text()):
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==", pin), pin
        assert "--hash=sha256:" in pin, pin


def test_every_package_of_node_is_pinned_with_a_digest() -> None:
    packages = json.loads(OF_NODE.read_text())["packages"]
    assert [path for path, pin in packages.items() if path and not pin.get("integrity", "").startswith("sha512-")] == []


def test_the_locks_cover_what_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {"base": project["dependencies"], "dev": project["dependencies"] + project["optional-dependencies"]["dev"]}
    for lock, requirements in named.items():
        pinned = {name(line) for line in (ROOT / f"requirements/{lock}.txt").read_text().splitlines() if "==" in line}
        assert {name(requirement) for requirement in requirements} <= pinned


def test_what_runs_is_what_was_tested() -> None:
    base, dev = (
        set(re.findall(r"^\S+==\S+", (ROOT / f"requirements/{lock}.txt").read_text(), re.M)) for lock in ("base", "dev")
    )
    assert base <= dev
