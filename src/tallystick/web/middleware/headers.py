"""The headers that keep a page to itself: what it may load, who may frame it, what is kept (quality bar 9, 68, 92)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'none'",),
    "connect-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),
    "base-uri": ("'none'",),
    "frame-ancestors": ("'none'",),
}
"""What a page of ours may do. A view widens it for its own answer; see `SecurityHeaders`."""

PERMISSIONS = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), publickey-credentials-create=(self), "
    "publickey-credentials-get=(self)"
)


def content_policy(response: HttpResponse) -> str:
    """The policy of one answer: ours, and what its view added by `response.csp_<directive>`.

    Added sources are hosts (`https://shop.example`) or hashes (`'sha256-…'`); an addition to `'none'` replaces it.
    """
    parts = []
    for directive, sources in POLICY.items():
        added: Iterable[str] = getattr(response, f"csp_{directive.replace('-', '_')}", ())
        extra = tuple(added)
        if any(set(source) & set(" ;,\r\n") or not source for source in extra):
            raise ValueError(f"{directive} takes single sources, not {extra!r}.")
        kept = tuple(source for source in sources if not (extra and source == "'none'"))
        parts.append(" ".join((directive, *kept, *extra)))
    return "; ".join(parts)


class SecurityHeaders:
    """Puts the headers on every answer, static files and errors too.

    A view that sends its visitor to an app by a form says so: `response.csp_form_action = ["https://shop.example"]`.
    The same goes for `csp_script_src`, `csp_style_src`, `csp_img_src` and the others of `POLICY`. A header that a view
    has set itself is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.fixed = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": settings.X_FRAME_OPTIONS,
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS,
        }
        if settings.SECURE_HSTS_SECONDS:
            subdomains = "; includeSubDomains" if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else ""
            self.fixed["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}{subdomains}"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page, with its headers."""
        response = self.get_response(request)
        for name, value in self.fixed.items():
            response.headers.setdefault(name, value)
        if "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = content_policy(response)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store" if _is_personal(request, response) else "no-cache"
        return response


def _is_personal(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether the answer may be about one person. The cookies say so: a database that is away changes nothing here."""
    cookies = {*request.COOKIES, *response.cookies}
    return request.method not in {"GET", "HEAD"} or any(_tells_who(name) for name in cookies)


def _tells_who(cookie: str) -> bool:
    """Whether a cookie of this name stands for one person or browser: a session, or a visit by a link."""
    return cookie == settings.SESSION_COOKIE_NAME or cookie.startswith(
        ("__Host-ask-", "__Host-link-", "__Host-reference")
    )
