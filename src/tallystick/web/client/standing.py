"""The pages of a Client Connect link: an organisation's own, for whoever the firm or business gave it to.

The page shows no connection that is there already: whoever holds the link may be anybody. What is connected here by somebody
unknown is not used until a person of either side has confirmed it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.invitations.models import ClientConnectLink, GuestAttempt
from tallystick.web.client.going import go
from tallystick.web.client.visits import LinkRequest, Visit, linked, no_such_link, opened, stranger_of
from tallystick.web.connect import BROWSER
from tallystick.web.connections import allowing
from tallystick.web.forms.apps import InputsForm


@require_safe
def first_hop(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself: what it carries goes into a cookie of this one link, and out of the address bar."""
    link = opened(token, "client_connect")
    if link is None or ClientConnectLink.by_token(token) is None:
        return no_such_link(request)
    visit = Visit("client_connect", link.row)
    return visit.keep(redirect("client_connect", link.row))


@require_safe
@linked
def show(request: LinkRequest) -> HttpResponse:
    """Whose books these are, who made the link, and the apps that can be connected."""
    link = request.link
    if link.why_dead:
        return render(request, "client/link_over.html", {**_frame(request), "why_dead": link.why_dead})
    words, category = request.GET.get("q", ""), request.GET.get("category", "")
    apps = [each for each in catalogue.search(words, category) if each.can_ask_owner and each.is_set_up]
    here = GuestAttempt.objects.of_browser(request.COOKIES.get(BROWSER, "")).filter(link=link, handshake__state="done")
    shown = {
        **_frame(request),
        "apps": apps,
        "words": words,
        "category": category,
        "categories": catalogue.categories(),
        "here": [
            each.handshake for each in here.select_related("handshake__connection").order_by("-handshake__finished_at")
        ],
    }
    return render(request, "client/standing.html", shown)


@linked
def app(request: LinkRequest, slug: str) -> HttpResponse:
    """One app: what is seen and who can say yes there; then straight to the app."""
    connector = _connector(slug)
    if connector is None:
        return no_such_link(request)
    if request.link.why_dead:
        return redirect("client_connect", request.link.pk)
    form = InputsForm(request.POST if request.method == "POST" else None, connector=connector)
    if request.method == "POST" and form.is_valid():
        return go(request, request.link, connector, form.inputs(), by=stranger_of(request))
    shown = {**_frame(request), "connector": connector, "form": form}
    return allowing(render(request, "client/app.html", shown), connector)


def _connector(slug: str) -> Connector | None:
    try:
        connector = catalogue.get(slug)
    except catalogue.NoSuchApp:
        return None
    return connector if connector.can_ask_owner and connector.is_set_up else None


def _frame(request: LinkRequest) -> dict[str, object]:
    link = request.link
    return {
        "link": link,
        "asker": link.tenant,
        "organisation": link.organisation,
        "home": reverse("client_connect", args=[link.pk]),
    }
