"""What a page weighs and what it may hold: quality bar 68, 77, 80, and the policy against inline code."""

import gzip
import re
from pathlib import Path

import pytest
from django.test import Client

import tallystick.web

pytestmark = pytest.mark.urls("tests.web.frame_urls")

STATIC = Path(tallystick.web.__file__).parent / "static"
TEMPLATES = Path(tallystick.web.__file__).parent / "templates"
PAGES = ["/components/", "/components/desk/", "/components/page/", "/components/page/?wrong=1", "/nowhere/"]


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 9))


def test_the_style_sheet_is_small() -> None:
    assert packed((STATIC / "tallystick.css").read_bytes()) <= 10_000


def test_the_script_is_small() -> None:
    assert packed((STATIC / "tallystick.js").read_bytes()) <= 6_000


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_asks_for_little(client: Client, path: str) -> None:
    page = client.get(path).content
    assert packed(page) <= 14_000
    assert len(re.findall(rb'(?:src|<link[^>]+href)="', page)) + 1 <= 6


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_no_code_and_no_style_of_its_own(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]+src=)", page)
    assert not re.search(r"\son[a-z]+=", page)


@pytest.mark.parametrize("path", PAGES)
def test_no_id_stands_twice(client: Client, path: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', client.get(path).content.decode())
    assert len(ids) == len(set(ids))


def test_nothing_of_ours_names_another_host() -> None:
    for file in [*STATIC.iterdir(), *TEMPLATES.rglob("*.html")]:
        found = re.findall(r"https?://[^\s\"'<)]+", file.read_text())
        assert [address for address in found if "w3.org" not in address and "example" not in address] == [], file


def tokens(scheme: int) -> dict[str, str]:
    css = (STATIC / "tallystick.css").read_text()
    return {name: pair[scheme] for name, *pair in re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", css)}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(scheme: int) -> None:
    colours = tokens(scheme)
    grounds = ["paper", "surface", "sunken"]
    pairs = [(text, ground) for text in ("ink", "soft", "accent", "red") for ground in grounds]
    pairs += [(tone, f"{tone}-tint") for tone in ("accent", "green", "amber", "red")]
    pairs += [("ink", f"{tone}-tint") for tone in ("accent", "green", "amber", "red")]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-deep"), ("on-red", "red"), ("on-red", "red-deep")]
    poor = {pair: ratio for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    assert poor == {}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_edges_of_fields_and_the_focus_can_be_seen(scheme: int) -> None:
    colours = tokens(scheme)
    pairs = [(line, ground) for line in ("edge", "focus") for ground in ("paper", "surface", "sunken")]
    poor = {pair: ratio for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 3}
    assert poor == {}
