"""The demo's first page: who one can be, and what to try; one press signs in. Nothing of it exists outside the demo."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from tallystick.accounts.models import Contact
from tallystick.accounts.sign_in import come_in, leave
from tallystick.config.demo.asked import owners_invitation
from tallystick.config.demo.cast import CAST, PASSWORD
from tallystick.web.welcome import home


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """Strangers to the demo choose who to be; everybody else gets their own first page."""
    if not settings.DEMO or request.user.is_authenticated:
        return home(request)
    return cast(request)


@require_safe
def cast(request: HttpRequest) -> HttpResponse:
    """Who one can be."""
    _only_in_the_demo()
    waiting = owners_invitation()
    shown = {
        "cast": CAST,
        "password": PASSWORD,
        "sandbox_url": settings.SANDBOX_URL,
        "owners_link": waiting.link if waiting else "",
    }
    return render(request, "demo/first.html", shown)


@require_POST
def become(request: HttpRequest, key: str) -> HttpResponse:
    """Sign in as one of the cast, without code or password."""
    _only_in_the_demo()
    figure = next((each for each in CAST if each.key == key), None)
    if figure is None:
        raise Http404
    contact = get_object_or_404(Contact.objects.proven().select_related("person"), value=figure.email)
    if request.user.is_authenticated:
        leave(request)
    if not come_in(request, contact.person, "demo"):
        return redirect("/sign-in/second-factor/")
    return redirect("operator:firms" if contact.person.is_operator else "home")


def _only_in_the_demo() -> None:
    if not settings.DEMO:
        raise Http404
