"""The browser of the tests: Chromium without what only its own windows need, and how pages are examined in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The same engine twice; the first draws no window of its own, which is a sixth of the work."""

MISSING = "NO CHROMIUM: nobody looked at the pages in a browser. apt-get install chromium-headless-shell"

_AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
"""What axe looks for. What it finds in order is not listed: that takes longer than the looking."""

_ITS_OWN_WINDOWS = (
    "InitialWebUI",
    "PreloadTopChromeWebUI",
    "SpareRendererForSitePerProcess",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
)
"""Pages that Chromium draws around ours, and processes it keeps ready: half of the work of a short visit."""
_ASKED_OF_OTHERS = (
    "AimEnabled",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
)
"""What Playwright leaves out by itself; of two lists, Chromium takes the last."""


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser for the length of a block."""
    assert CHROMIUM, MISSING
    left_out = ",".join(sorted(_ITS_OWN_WINDOWS + _ASKED_OF_OTHERS))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", f"--disable-features={left_out}"]
        )
        yield browser
        browser.close()


def found_by_axe(page: Page) -> list[tuple[str, list[Any]]]:
    """What stands in somebody's way on the page as it stands: each rule, with the places that break it."""
    if not page.evaluate("!!window.axe"):  # half a megabyte: once per page is enough
        page.evaluate(_SCRIPT)
    found = page.evaluate("options => axe.run(document, options)", _AXE)["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


_SCRIPT = Axe().axe_script
