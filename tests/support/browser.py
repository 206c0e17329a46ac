"""The browser of the tests: Chromium without what only its own windows need, and how pages are examined in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
MISSING = "NO CHROMIUM: nobody looked at the pages in a browser. apt-get install chromium"

AXE = {
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
