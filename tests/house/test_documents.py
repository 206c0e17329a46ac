"""Documents point to what exists, and every setting and command is in them."""

import re
from pathlib import Path

import pytest

from tallystick.config import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")


def anchor(heading: str) -> str:
    """As code hosts make it: lower case, no punctuation, dashes for spaces."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.replace("`", "").lower()).strip())


def anchors(document: Path) -> set[str]:
    return {anchor(heading) for heading in re.findall(r"^#+ +(.+)$", document.read_text(), re.M)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        place, _, part = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), f"{link} leads nowhere"
        if part and target.suffix == ".md":
            assert part in anchors(target), f"{link} has no such heading"


def named_in_code() -> set[str]:
    sources = (path.read_text() for path in (ROOT / "src").rglob("*.py"))
    return set(re.findall(r"\bTALLYSTICK_[A-Z][A-Z_]*[A-Z]\b", "\n".join(sources)))


@pytest.mark.parametrize("setting", sorted(named_in_code()))
def test_a_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in (ROOT / "docs/settings.md").read_text()


@pytest.mark.parametrize("command", [command.words for command in cli.COMMANDS if command.shown])
def test_a_command_is_documented(command: str) -> None:
    assert f"`tallystick {command}" in (ROOT / "docs/operations.md").read_text()
