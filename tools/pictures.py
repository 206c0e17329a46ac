"""Takes the documents' pictures from a demo that runs: `make demo`, then `.venv/bin/python -m tools.pictures`.

Each page on a phone and a desk, light and dark, into docs/pictures/. Needs Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path("docs/pictures")
SIZES = {"desk": (1180, 780), "phone": (360, 720)}
MODES = ("light", "dark")
QUALITY = 70  # of JPEG; PNG for what README shows
_FIRST_ROW = "tbody tr:nth-child(1) a"


@dataclass(frozen=True)
class Picture:
    """One page: its name, who looks at it (nobody for a stranger), and what they press, open or type on the way."""

    name: str
    person: str
    steps: tuple[str, ...] = ()


PICTURES = (
    Picture("demo", ""),
    Picture("sign-in", "", ("open /sign-in/",)),
    Picture("code", "", ("open /sign-in/", "type kim@kims-kiosk.example", "press main .button.primary")),
    Picture("set-up", "sam"),
    Picture("clients", "alice"),
    Picture("client", "alice", (f"press {_FIRST_ROW}",)),
    Picture("people", "alice", ("press text=People",)),
    Picture("activity", "alice", ("press text=Activity",)),
    Picture("desks", "gina"),
    Picture("switcher", "gina", ("press a.row >> nth=0", "press .switcher > summary")),
    Picture("books", "bob"),
    Picture("access", "bob", ("press text=Who has access", f"press {_FIRST_ROW}")),
    Picture("apps", "bob", ("press tbody tr:nth-child(2) a", "press a.button:has-text('Apps')")),
    Picture(
        "connection", "bob", ("press tbody tr:nth-child(1) a", "press a.button:has-text('Apps')", f"press {_FIRST_ROW}")
    ),
    Picture("account", "bob", ("open /me/",)),
    Picture("sessions", "bob", ("open /me/sessions/",)),
    Picture("mailbox", "", ("open /demo/mailbox/",)),
    Picture("mail", "", ("open /demo/mailbox/?q=bob@", "press #letters a")),
)


def main() -> int:
    """Take them all; 1 when there is no demo at the address."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--address", default="http://localhost:8000", help="where the demo runs (http://localhost:8000)")
    words.add_argument("names", nargs="*", help="which pictures, such as `clients` (all)")
    given = words.parse_args()
    wanted = [picture for picture in PICTURES if not given.names or picture.name in given.names]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        for picture in wanted:
            for file in taken(browser, given.address, picture):
                sys.stdout.write(f"{file}\n")
        browser.close()
    return 0


def taken(browser: Browser, address: str, picture: Picture) -> Iterator[Path]:
    """The picture in each size and mode."""
    for size, (width, height) in SIZES.items():
        for mode in MODES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="light" if mode == "light" else "dark",
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.goto(f"{address}/")
            go(page, address, picture)
            ending = "png" if picture.name == "access" and (size, mode) == ("desk", "light") else "jpg"
            file = FOLDER / f"{picture.name}-{size}-{mode}.{ending}"
            more = {} if ending == "png" else {"quality": QUALITY}
            page.screenshot(path=file, type="png" if ending == "png" else "jpeg", **more)  # type: ignore[arg-type]
            context.close()
            yield file


def go(page: Page, address: str, picture: Picture) -> None:
    """Be that person, and go where the picture is."""
    if picture.person:
        page.click(f"form[action='/demo/be/{picture.person}/'] button")
        page.wait_for_load_state()
    for step in picture.steps:
        what, _, where = step.partition(" ")
        if what == "open":
            page.goto(f"{address}{where}")
        elif what == "type":
            page.locator("main form input[type=email]").fill(where)
        else:
            page.locator(where).first.click()
        page.wait_for_load_state()


if __name__ == "__main__":
    sys.exit(main())
