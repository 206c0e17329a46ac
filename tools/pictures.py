"""Takes the documents' pictures from a fresh demo: `make demo`, then `.venv/bin/python -m tools.pictures`.

Each page on a phone and a desk, light and dark, into docs/pictures/, and docs/pages.md that shows them. Needs Chromium.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import CHROMIUM

FOLDER, DOCUMENT = Path("docs/pictures"), Path("docs/pages.md")
LIST = Path(__file__).with_suffix(".toml")
SIZES = {"desk": (1180, 780), "phone": (360, 720)}
MODES = ("light", "dark")
QUALITY = 55  # of JPEG; PNG for what README shows
TALLEST = 1400
"""Pixels of a page that are shown, if it has so many."""

_HEAD = """# The pages as pictures

Taken from a fresh demo by `make demo` and, beside it, `.venv/bin/python -m tools.pictures`, which also writes this page.
Phone and desk, light and dark; of long pages the top.
"""

PNG = "access-desk-light"
_PATIENCE = 100  # looks, a tenth of a second apart


@dataclass(frozen=True)
class Picture:
    """One page: its name, what it is, who looks (nobody for a stranger), and what they do on the way; see `Walk`."""

    name: str
    title: str
    person: str = ""
    steps: tuple[str, ...] = ()


def sections() -> dict[str, list[Picture]]:
    """The pictures of each section, as pictures.toml lists them."""
    read = tomllib.loads(LIST.read_text())
    return {
        section["title"]: [Picture(**{**each, "steps": tuple(each.get("steps", ()))}) for each in section["picture"]]
        for section in read["section"]
    }


def main() -> int:
    """Take them all, and write the document; 1 when one can't be taken, after all others were."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--address", default="http://localhost:8000", help="where the demo runs (http://localhost:8000)")
    words.add_argument("--data", default=".data", type=Path, help="its data folder (.data)")
    words.add_argument("names", nargs="*", help="which pictures, such as `clients` (all)")
    given = words.parse_args()
    demo = json.loads((given.data / "demo.json").read_text())
    missed = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    DOCUMENT.write_text(document())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in (each for section in sections().values() for each in section):
            if not given.names or picture.name in given.names:
                try:
                    for file in taken(browser, given.address, demo, picture):
                        sys.stdout.write(f"{file}\n")
                except Exception as fault:  # noqa: BLE001 - the others are still wanted
                    missed.append(picture.name)
                    sys.stderr.write(f"{picture.name}: {str(fault)[:600]}\n")
        browser.close()
    return 1 if missed else 0


def document() -> str:
    """The page that shows them: desk in the light and phone in the dark, and ways to the other two."""
    parts = [_HEAD]
    for section, pictures in sections().items():
        parts.append(f"\n## {section}\n")
        for picture in pictures:
            at = f"pictures/{picture.name}"
            desk = f"{at}-desk-light.{_ending(picture.name, 'desk', 'light')}"
            parts.append(
                f"\n### {picture.title}\n\n![desk, light]({desk}) ![phone, dark]({at}-phone-dark.jpg)\n\n"
                f"Also: [desk, dark]({at}-desk-dark.jpg), [phone, light]({at}-phone-light.jpg)\n"
            )
    return "".join(parts)


def taken(browser: Browser, address: str, demo: dict[str, list[dict[str, object]]], picture: Picture) -> Iterator[Path]:
    """The picture in each size and mode: one walk, at whose end the window changes."""
    context = browser.new_context(reduced_motion="reduce", base_url=address)
    context.set_default_timeout(8_000)
    page = context.new_page()
    try:
        Walk(page, address, demo).take(picture)
        for size, (width, least) in SIZES.items():
            for mode in MODES:
                page.emulate_media(color_scheme="light" if mode == "light" else "dark")
                page.set_viewport_size({"width": width, "height": least})
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(least, min(height, TALLEST))})
                ending = _ending(picture.name, size, mode)
                file = FOLDER / f"{picture.name}-{size}-{mode}.{ending}"
                quality = None if ending == "png" else QUALITY
                page.screenshot(path=file, type="png" if ending == "png" else "jpeg", quality=quality)
                yield file
    finally:
        context.close()


class Walk:
    """What somebody does on the way to a picture. Each step is a verb and the rest of the line."""

    def __init__(self, page: Page, address: str, demo: dict[str, list[dict[str, object]]]) -> None:
        self.page, self.address, self.demo = page, address, demo

    def take(self, picture: Picture) -> None:
        """Be that person, and go where the picture is."""
        self.page.goto("/")
        if picture.person:
            self.find(f"form[action='/demo/be/{picture.person}/'] button")
        for step in picture.steps:
            verb, _, rest = step.partition(" ")
            does: Callable[[str], object] = getattr(self, verb)
            does(rest)
            self.page.wait_for_load_state()

    def open(self, path: str) -> None:
        """Type an address of ours."""
        self.page.goto(path)

    def find(self, where: str) -> None:
        """Press the first of these, by selector."""
        self.page.locator(where).first.click()

    def press(self, name: str) -> None:
        """Press the link or button of this name."""
        found = self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name))
        found.locator("visible=true").first.click()

    def app(self, name: str) -> None:
        """Press a button at the app; at a sign-in that is over already, nothing."""
        self.page.get_by_role("button", name=name).first.click()

    def type(self, text: str) -> None:
        """Type a mail address."""
        self.page.locator("main form input[type=email]").first.fill(text)

    def fill(self, given: str) -> None:
        """Type into the field of a label: `label=text`."""
        label, _, text = given.partition("=")
        self.page.get_by_label(label).first.fill(text)

    def tick(self, label: str) -> None:
        """Tick the box of a label."""
        self.page.get_by_label(label).first.check()

    def ask(self, given: str) -> None:
        """Open the link of one of the demo's invitations: its books, its apps, and its state unless it is open."""
        for each in self.demo["invitations"]:
            apps = [ask["app"] for ask in each["asks"]]  # type: ignore[attr-defined]
            state = "" if each["state"] == "pending" else f" {each['state']}"
            if given == f"{each['organisation']} {' '.join(apps)}{state}":
                self.page.goto(str(each["url"]))
                return
        raise LookupError(f"the demo asks nothing such as {given!r}")

    def standing(self, books: str) -> None:
        """Open the Client Connect link of these books."""
        (found,) = (each["url"] for each in self.demo["client_connect"] if each["organisation"] == books)
        self.page.goto(str(found))

    def code(self, _nothing: str) -> None:
        """Type the code that was mailed last, and go on."""
        found = None
        for _look in range(_PATIENCE):
            letters = self.page.request.get("/demo/mailbox/").text()
            first = re.search(r'href="(/demo/mailbox/[0-9a-f-]{36}/)', letters)
            assert first, "the mailbox is empty"
            found = re.search(r"\d{4} \d{4}", self.page.request.get(f"{first.group(1)}text/").text())
            if found:
                break
            self.page.wait_for_timeout(100)
        assert found, "no code came"
        self.page.get_by_label("Code").first.fill(found.group())
        self.find("main .button.primary")

    def wait(self, words: str) -> None:
        """Until the heading says so."""
        for _look in range(_PATIENCE):
            if words in self.page.locator("h1").first.inner_text():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"it says {self.page.locator('h1').first.inner_text()!r}, not {words!r}")

    def until(self, words: str) -> None:
        """Until the page, loaded again and again, has this on it."""
        for _look in range(_PATIENCE):
            if self.page.get_by_text(words).count():
                return
            self.page.wait_for_timeout(100)
            self.page.reload()
        raise AssertionError(f"{words!r} never came")

    def switch(self, given: str) -> None:
        """Set a switch of an outside app: `shop token 503`, for one call."""
        app, what, fault = given.split()
        place = f"{self.demo['sandbox_url']}/switches/{app}"
        self.page.request.patch(place, data={what: {"fault": fault, "next": 1}})

    def letter(self, words: str) -> None:
        """Open the newest letter whose line in the mailbox has these words, as its reader's mail program shows it."""
        self.page.goto("/demo/mailbox/")
        for _page in range(20):
            self.page.wait_for_load_state()
            found = self.page.locator("#letters a").filter(has_text=words)
            if found.count():
                self.page.goto(f"{str(found.first.get_attribute('href')).partition('?')[0]}html/")
                return
            self.find("[rel=next]")
        raise LookupError(f"no letter says {words!r}")


def _ending(name: str, size: str, mode: str) -> str:
    return "png" if f"{name}-{size}-{mode}" == PNG else "jpg"


if __name__ == "__main__":
    sys.exit(main())
