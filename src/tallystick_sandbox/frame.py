"""What all pages have in common: the frame, the sign that nothing is real, forms and their buttons."""

from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from tallystick_sandbox.apps import OutsideApp
from tallystick_sandbox.html import Child, Markup, h

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def page(title: str, *main: Child, app: OutsideApp | None = None, status: int = 200, goes_to: str = "") -> HTMLResponse:
    """A whole page. `app` gives it that app's name and look; `goes_to` is an address that a form here leads to."""
    name = app.name if app else "Sandbox"
    head = h.head(
        h.meta(charset="utf-8"),
        h.meta(name="viewport", content="width=device-width, initial-scale=1"),
        h.title(f"{title} – {name} (sandbox)"),
        h.link(rel="icon", href=f"/static/{app.slug if app else 'sandbox'}.svg", type="image/svg+xml"),
        h.link(rel="stylesheet", href="/static/sandbox.css"),
    )
    body = h.body(
        h.aside(h.p(h.strong("Sandbox"), " – nothing here is real."), aria_label="Notice", class_="banner"),
        masthead(app),
        h.main(h.h1(title), main, class_="wide" if app is None else None),
        class_=app.slug if app else "sandbox",
    )
    document = f"<!doctype html>{h.html(head, body, lang='en')}"
    return HTMLResponse(document, status, headers=HEADERS | {"Content-Security-Policy": policy(goes_to)})


def policy(goes_to: str) -> str:
    """What a page may load and where its forms may lead."""
    target = urlsplit(goes_to)
    origin = f" {target.scheme}://{target.netloc}" if target.netloc else ""
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{origin}"
    )


def masthead(app: OutsideApp | None) -> Markup:
    """The app's mark and name, or those of the sandbox with its three pages."""
    if app is not None:
        mark = h.img(src=f"/static/{app.slug}.svg", alt="", width=32, height=32)
        return h.header(h.a(mark, h.span(app.name), href=f"/{app.slug}/", class_="brand"), class_="masthead")
    links = [h.a(words, href=href) for words, href in (("Apps", "/"), ("Switches", "/switches/"), ("Log", "/log/"))]
    mark = h.img(src="/static/sandbox.svg", alt="", width=32, height=32)
    brand = h.a(mark, h.span("Sandbox"), href="/", class_="brand")
    return h.header(brand, h.nav(links, aria_label="Sandbox"), class_="masthead")


def form(action: str, *children: Child, class_: str = "") -> Markup:
    """A form that is sent by POST."""
    return h.form(*children, method="post", action=action, class_=class_ or None)


def button(words: Child, *, name: str | None = None, value: str | None = None, kind: str = "") -> Markup:
    """A button that sends its form."""
    return h.button(words, type="submit", name=name, value=value, class_=kind or None)


def tick(name: str, value: str, words: Child, *, checked: bool = True, fixed: bool = False) -> Markup:
    """A box to tick with its words. A fixed one cannot be taken off."""
    box = h.input(type="checkbox", name=name, value=value, checked=checked, disabled=fixed)
    return h.label(box, h.span(words, h.small(" (needed)") if fixed else None), class_="tick")


def error_summary(sentence: str) -> Markup | None:
    """What is wrong, on top of the page, or nothing."""
    return h.p(sentence, class_="error", role="alert") if sentence else None
