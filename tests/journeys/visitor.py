"""Somebody at a browser. Every page they come by is examined: for people who can't see it, for phones, for its weight."""

from __future__ import annotations

import gzip
import html
import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, ClassVar, Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect
from playwright.sync_api import Error as BrowserFault

from tests.support.browser import found_by_axe

PHONE, DESK = 360, 1280
NARROWEST = 320

PROVING = os.environ.get("TALLYSTICK_PROVE") == "1"
AT_BOTH_WIDTHS = PROVING or os.environ.get("CI") == "true"
"""Short runs look at one of the two."""

PAGE_BYTES, PAGE_REQUESTS, HTML_BYTES, SCRIPT_BYTES = 50_000, 6, 14_000, 10_000  # compressed; quality bar 77

_READ = """page => {
const all = query => [...page.querySelectorAll(query)], ids = all("[id]").map(item => item.id);
const typed = "input:not([type=hidden], [type=submit]), select, textarea";
const named = item => item.labels?.length || item.ariaLabel || item.getAttribute("aria-labelledby");
const alike = "svg, select, header, noscript *, .timeline > * + *, tbody > * + *";
return {
  parts: all("*").filter(item => !item.closest(alike))
    .map(item => [item.parentElement || item, item].map(each => each.tagName + each.className).join(" > ")),
  links: all("a[href]").map(link => link.getAttribute("href")),
  wrong: {
    "no title": !page.title.trim(), "no language": !page.documentElement.lang,
    "not one first heading": all("h1").length !== 1, "not one main part": all("main").length !== 1,
    "one id twice": ids.length !== new Set(ids).size, "a field without a name": !all(typed).every(named),
    "a button or link without a name": all("button, a[href]").some(item => !(item.textContent.trim() || named(item))),
  },
};}"""
"""A page as it was written. What makes it differ from another for an examination: its parts, each in what it stands in, not
its names. Where it leads. And what holds of every page as a whole, found out in no time: so all that are come by are asked,
examined or not."""

_READ_UNSEEN = f"""async path => {{
const answer = await fetch(path), text = await answer.text();
return {{status: answer.status, ...({_READ})(new DOMParser().parseFromString(text, "text/html"))}};}}"""
"""The same of a page that is asked for and not drawn."""

_HEADING = re.compile(r" > H\d")

_LOADED = """[...performance.getEntriesByType("resource"), ...document.querySelectorAll("link[rel=icon]")]
.map(each => [each.name || each.href, each.encodedBodySize || 0])"""
"""What the page asked for beside itself, and how much came over the wire; an icon's weight is not told."""

_NAMES = re.compile(r"[0-9a-f-]{36}|\d+|(?<=/[fb]/)[^/]+|\?.*")
"""What an address holds that makes no other page."""

_LETTER = re.compile(r'<li><a href="(/demo/mailbox/[^"?]+)[^"]*"[^>]*>(.*?)</a></li>', re.DOTALL)
_TEXT = re.compile(r'<div class="letter plain">(.*?)</div>', re.DOTALL)
"""A line of the mailbox page, and a letter as plain text."""


_OF_MAILS = re.compile(r"\b\d{4} \d{4}\b|(?<=/[ic]/)[\w-]{40,}")
"""Codes, and what a link carries."""

GONE = "because of a navigation"
"""What the browser says when it is asked about a page that is no longer there."""

_TELLING = 20
"""Characters of a cookie that opens something; shorter ones are a language and the like."""


def _plain(markup: str) -> str:
    """What a reader sees of it."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br[^>]*>", "\n", markup)))


_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}
"""A phone or laptop that makes and keeps passkeys."""


def _in_order(address: str, read: dict[str, Any]) -> dict[str, Any]:
    """What was read of a page, once it is known that as a whole it is as every page must be."""
    wrong = [fault for fault, is_so in read["wrong"].items() if is_so]
    assert not wrong, f"{address}: {wrong}"
    return read


def _parts_of(read: dict[str, Any]) -> set[str]:
    """A page's parts and the order of its headings; in full runs all of it as one, so that what is missing counts too."""
    parts: list[str] = read["parts"]
    if PROVING:
        return {"\n".join(parts)}
    headings = [part.rpartition(" > ")[2] for part in parts if _HEADING.search(part)]
    return set(parts) | {" then ".join(pair) for pair in pairwise(headings)}


class Visitor:
    """A browser of their own, with a phone's or a desk's width. `reader` is the language the browser asks for."""

    seen: ClassVar[defaultdict[tuple[int, str], set[str]]] = defaultdict(set)
    """The parts whose width and weight were examined, by whomever: at this width, and in CI on a page of this kind."""

    heard: ClassVar[defaultdict[tuple[int, str], set[str]]] = defaultdict(set)
    """The parts that axe has examined; in short runs at any width, told as 0."""

    kept_secret: ClassVar[set[str]] = set()
    """What only they may know, of whomever: codes and links from their mails, and what their browsers held."""

    def __init__(
        self, browser: Browser, address: str, width: int = DESK, *, reader: str = "en-GB", script: bool = True
    ) -> None:
        self.address = address
        self.width = width
        self.with_script = script
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 740 if width == PHONE else 800},
            has_touch=width == PHONE,
            locale=reader,
            timezone_id="Europe/Amsterdam",
            java_script_enabled=script,
        )
        self.context.set_default_timeout(15_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda fault: self.faults.append(f"{self.page.url}: {fault}"))
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("request", self._asked)

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "status of" not in text:
            self.faults.append(f"{self.page.url}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "about:")):
            self.faults.append(f"{self.page.url} asked another host: {request.url}")

    def leave(self) -> None:
        """Close the browser; whatever went wrong unseen is said now."""
        Visitor.kept_secret |= {
            cookie["value"] for cookie in self.context.cookies(self.address) if len(cookie["value"]) >= _TELLING
        }
        self.context.close()
        assert self.faults == []

    # Going about.

    def go(self, path: str, *widths: int, status: int = 200) -> Self:
        """Type an address, look at what comes, as wide as it is or as these, and expect that status."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        self.look(*widths)
        return self

    def pass_by(self, path: str, *widths: int) -> list[str]:
        """Where a page leads. It is looked at as `go` does; in short runs it is drawn only if there is something new in it."""
        if not AT_BOTH_WIDTHS:
            unseen = self.page.evaluate(_READ_UNSEEN, path)
            assert unseen["status"] == 200, f"{path} answered {unseen['status']}"
            parts = _parts_of(_in_order(path, unseen))
            if not any(self._ahead(parts, width, "") for width in widths):
                return list(unseen["links"])
        self.go(path, *widths)
        return list(self._read()["links"])

    def press(self, name: str, *, within: str = "main") -> Self:
        """Press the button or link of that name, and look at the page that comes."""
        with self.page.expect_navigation():
            self.find(name, within=within).click()
        self.look()
        return self

    def find(self, name: str, *, within: str = "main") -> Locator:
        """The button or link with just that name, else the first whose name holds it."""
        place = self.page.locator(within)
        just, holding = (
            place.get_by_role("button", name=name, exact=exact).or_(place.get_by_role("link", name=name, exact=exact))
            for exact in (True, False)
        )
        return (just if just.count() else holding).first

    def write(self, label: str, text: str) -> Self:
        """Type into a field."""
        self.page.get_by_label(label).first.fill(text)
        return self

    def choose(self, label: str) -> Self:
        """Tick, or pick, what has this label."""
        self.page.get_by_label(label).first.check()
        return self

    def reads(self, *sentences: str) -> Self:
        """Each of these stands on the page."""
        for sentence in sentences:
            expect(self.page.get_by_text(sentence).first).to_be_attached()
        return self

    def is_at(self, heading: str) -> Self:
        """The page has this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        return self

    def does_not_read(self, sentence: str) -> Self:
        """This stands nowhere on the page."""
        expect(self.page.get_by_text(sentence)).to_have_count(0)
        return self

    # Coming in.

    def become(self, name: str) -> Self:
        """One of the demo's people, as by the button on its first page."""
        (place,) = re.findall(rf'action="(/demo/be/[^"]+)">(?:(?!</form>).)*>Be {html.escape(name)}<', self._fetch("/"))
        return self.go(self.send("/", place))

    def send(self, form: str, place: str = "", **fields: str) -> str:
        """Fill in the form of a page unseen, on the way to what is looked at; where it leads."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self._fetch(form))
        assert found, f"{form} has no form."
        sent: dict[str, str | float | bool] = {"csrfmiddlewaretoken": found.group(1), **fields}
        answer = self.context.request.post(place or form, form=sent, max_redirects=0)
        assert answer.status == 302, f"{place or form} answered {answer.status}: {answer.text()}"
        return answer.headers["location"]

    def in_english(self) -> Self:
        """Choose English at the foot of the page, unless it speaks it."""
        chosen = self.page.locator("footer").get_by_role("button", name="English")
        if chosen.count():
            with self.page.expect_navigation():
                chosen.click()
        return self

    def newest_mail(self, to: str, *, holds: str = "", beside: Collection[str] = ()) -> str:
        """The text of the newest mail to an address whose line in the mailbox holds these words, once there is one
        beside those. The page stays."""
        for _ in range(100):
            for address in (each for each in self.mails(to, holds) if each not in beside):
                found = _TEXT.search(self._fetch(f"{address}text/"))
                assert found, f"{address} has no text."
                text = _plain(found.group(1))
                Visitor.kept_secret |= {
                    form for each in _OF_MAILS.findall(text) for form in (each, each.replace(" ", ""))
                }
                return text
            self.page.wait_for_timeout(100)
        raise AssertionError(f"No mail to {to} came in.")

    def mails(self, to: str, holds: str = "") -> list[str]:
        """Where the mails to an address are whose line in the mailbox holds these words, newest first."""
        found = _LETTER.findall(self._fetch(f"/demo/mailbox/?q={to}"))
        return [address for address, line in found if holds in _plain(line)]

    def said_by(self, path: str) -> str:
        """What a page says, unseen: its words, with one space between them."""
        return " ".join(_plain(self._fetch(path)).split())

    def _fetch(self, path: str) -> str:
        """A page, with the browser's cookies but unseen."""
        answer = self.context.request.get(path)
        assert answer.ok, f"{path} answered {answer.status}"
        return answer.text()

    def code_for(self, to: str) -> str:
        """The code mailed last to an address."""
        found = re.search(r"\d{4} \d{4}", self.newest_mail(to))
        assert found, f"No code in the mail to {to}."
        return found.group()

    def with_passkeys(self, *, offered: bool) -> Self:
        """Put a device that keeps passkeys, with its owner's finger on it, into this browser, which offers them by
        itself or does not."""
        if not offered:
            self.page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
        talk = self.context.new_cdp_session(self.page)
        talk.send("WebAuthn.enable")
        talk.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})
        return self

    # Looking.

    def look(self, *widths: int) -> None:
        """Examine the page as it stands, unless all of its parts were examined before at this width; in CI, on such a page.

        One that goes on by itself meanwhile, as those do that wait for an app, is looked at where it has gone.
        """
        for times_left in reversed(range(3)):
            try:
                self._look(widths or (self.width,))
                break
            except BrowserFault as fault:
                if GONE not in str(fault) or not times_left:
                    raise
                self.page.wait_for_load_state()

    def _look(self, widths: tuple[int, ...]) -> None:
        kind, parts = _NAMES.sub("…", self.page.url) if AT_BOTH_WIDTHS else "", _parts_of(self._read())
        for width in widths:
            ahead = self._ahead(parts, width, kind)
            if ahead:
                with self.as_wide_as(width):
                    for examine, done in ahead:
                        examine()
                        done.update(parts)

    def _ahead(self, parts: set[str], width: int, kind: str) -> list[tuple[Callable[[], None], set[str]]]:
        """How a page of these parts is still to be examined at this width; each with the parts that were."""
        examinations = [(self._fits, Visitor.seen[width, kind])]
        if self.with_script:  # axe is a script itself, and waits for ever where none may run
            examinations.append((self._can_be_read_by_all, Visitor.heard[width if AT_BOTH_WIDTHS else 0, kind]))
        return [(examine, done) for examine, done in examinations if not parts <= done]

    def _read(self) -> dict[str, Any]:
        return _in_order(self.page.url, self.page.evaluate(f"({_READ})(document)"))

    def _fits(self) -> None:
        self._is_light()
        self._is_no_wider()
        size = self.page.viewport_size
        if size and size["width"] == PHONE:
            with self.as_wide_as(NARROWEST):
                self._is_no_wider()

    def _can_be_read_by_all(self) -> None:
        faults = found_by_axe(self.page)
        assert faults == [], f"{self.page.url} {self.page.viewport_size}: {faults}"

    def _is_no_wider(self) -> None:
        too_much = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_much <= 0, f"{self.page.url} is {too_much} px wider than {self.page.viewport_size}"

    @contextmanager
    def as_wide_as(self, width: int) -> Iterator[None]:
        """With the window at another width."""
        before = self.page.viewport_size
        assert before is not None
        if width == before["width"]:
            yield
            return
        self.page.set_viewport_size({"width": width, "height": before["height"]})
        try:
            yield
        finally:
            self.page.set_viewport_size(before)

    def _is_light(self) -> None:
        """What the page asked for; the page itself packed, as the proxy before us does."""
        parts = dict(self.page.evaluate(_LOADED))
        itself = len(gzip.compress(self.page.content().encode(), 9))
        told = f"{self.page.url}: {itself} and {parts}"
        assert len(parts) + 1 <= PAGE_REQUESTS, told
        assert itself <= HTML_BYTES, told
        assert itself + sum(parts.values()) <= PAGE_BYTES, told
        assert sum(size for url, size in parts.items() if url.endswith(".js")) <= SCRIPT_BYTES, told
