"""To the app and back: beginning an attempt, the return, and the pages that say what became of it.

An attempt's pages belong to the browser that began it, known by a cookie that is kept as a digest only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tallystick.connections import attempts
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.access import may
from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.refused import Refused
from tallystick.core.sealing import random_text
from tallystick.invitations.models import GuestAttempt
from tallystick.organisations.models import Organisation
from tallystick.web.requests import TenantRequest

BROWSER = "__Host-connect"
_KEPT = 365 * 24 * 60 * 60  # seconds: what somebody without an account connected, they mend from the same browser
_SHOWN = timedelta(days=1)
"""How long a finished attempt can be looked at."""


def begin(
    request: TenantRequest,
    organisation: Organisation,
    connector: Connector,
    inputs: Mapping[str, str],
    restoring: Connection | None = None,
) -> HttpResponse:
    """Begin an attempt of somebody with a seat here, and leave for the app."""
    return leave(
        request,
        lambda browser: attempts.begin(
            organisation, connector, inputs, by=request.actor, browser=browser, restoring=restoring
        ),
    )


def leave(request: HttpRequest, begin: Callable[[str], tuple[Handshake, str]]) -> HttpResponse:
    """Begin an attempt in this browser and go to the app, or wait here for a pasted key to be tried."""
    browser = request.COOKIES.get(BROWSER) or random_text()
    handshake, address = begin(browser)
    response = redirect(address or "attempt", *([] if address else [handshake.pk]))
    response.set_cookie(BROWSER, browser, max_age=_KEPT, secure=True, httponly=True, samesite="Lax")
    return response


@require_GET
def back(request: HttpRequest, slug: str) -> HttpResponse:
    """The app has sent its visitor back: claim the one return, and go on to an address without what it carried."""
    try:
        connector = catalogue.get(slug)
    except catalogue.NoSuchApp:
        raise Http404 from None
    browser, answer = request.COOKIES.get(BROWSER, ""), request.META.get("QUERY_STRING", "")
    handshake = Handshake.claim(connector, request.GET.get("state", ""), browser, answer)
    guest = GuestAttempt.objects.filter(handshake=handshake).select_related("ask__invitation").first()
    if guest:
        guest.note_return()
    response = redirect("attempt", handshake.pk)
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
def attempt(request: HttpRequest, handshake_id: UUID) -> HttpResponse:
    """What became of it: waiting, choosing the account, done, or why not and what to do now."""
    handshake = _mine(request, handshake_id)
    if handshake.state == "done" and handshake.connection:
        return render(request, "connect/done.html", _shown(handshake) | _made(handshake, handshake.connection))
    names = {"choosing": "connect/choosing.html", "failed": "connect/failed.html"}
    return render(request, names.get(handshake.state, "connect/waiting.html"), _shown(handshake))


@require_POST
def choice(request: HttpRequest, handshake_id: UUID) -> HttpResponse:
    """Yes, this account (or these): it is connected now. Whoever was signed out on the way signs in again first."""
    handshake = _mine(request, handshake_id)
    guest = _guest(handshake)
    if not guest and not request.user.is_authenticated:
        return redirect_to_login(reverse("attempt", args=[handshake.pk]))
    picked = request.POST.getlist("account")
    try:
        if guest:
            guest.connect(picked, by=handshake.actor)
        else:
            attempts.choose(handshake, picked, by=_actor(request, handshake))
    except Refused as refused:
        if refused.field != "account":
            raise
        shown = {"error": refused.message, "has_errors": True}
        return render(request, "connect/choosing.html", _shown(handshake) | shown)
    return redirect("attempt", handshake.pk)


@require_POST
def dismissal(request: HttpRequest, handshake_id: UUID) -> HttpResponse:
    """No, not this one: nothing is kept, and the consent at the app is taken back."""
    handshake = _mine(request, handshake_id)
    attempts.dismiss(handshake)
    return redirect("attempt", handshake.pk)


def _mine(request: HttpRequest, handshake_id: UUID) -> Handshake:
    mine = Handshake.objects.of_browser(request.COOKIES.get(BROWSER, "")).filter(created_at__gt=Now() - _SHOWN)
    return get_object_or_404(mine.select_related("organisation__business", "connection", "restoring"), pk=handshake_id)


def _guest(handshake: Handshake) -> GuestAttempt | None:
    """What a guest's attempt came by; None for an attempt of somebody with a seat."""
    rows = GuestAttempt.objects.select_related("ask__invitation__firm", "ask__organisation__business", "link__firm")
    return rows.filter(handshake=handshake).first()


def _actor(request: HttpRequest, handshake: Handshake) -> Actor:
    """Who began it, if that is who is signed in here now."""
    if request.user.pk != handshake.by_person:
        raise Http404
    return handshake.actor


def _shown(handshake: Handshake) -> dict[str, object]:
    connector, guest = catalogue.get(handshake.connector), _guest(handshake)
    granted = [str(scope.words) for scope in connector.scopes if scope.name not in handshake.missing]
    missing = [str(scope.words) for scope in connector.scopes if scope.name in handshake.missing]
    return {
        "handshake": handshake,
        "connector": connector,
        "organisation": handshake.organisation,
        "granted": granted,
        "missing": missing,
        "several": attempts.takes_several(connector),
        **(_ways_of_guest(guest, handshake) if guest else _ways_of_member(handshake)),
    }


def _ways_of_member(handshake: Handshake) -> dict[str, object]:
    """Where somebody with a seat goes from here: their desk."""
    desk = desk_of(handshake)
    again = f"{desk}{handshake.restoring_id}/" if handshake.restoring_id else f"{desk}available/{handshake.connector}/"
    return {"desk": desk, "again": again, "asking": _asking_somebody_else(handshake)}


def _asking_somebody_else(handshake: Handshake) -> str:
    """Where whoever has the right at the app is asked, when who came has none; empty where nobody can be."""
    connector = catalogue.get(handshake.connector)
    is_for_others = handshake.because == "no_right" and not handshake.restoring_id and connector.can_ask_owner
    if not is_for_others or not may(handshake.actor.member_id, handshake.organisation_id, "ask"):
        return ""
    form = reverse(f"{handshake.by_side}:new_ask", args=[handshake.tenant_handle, handshake.organisation_id])
    return f"{form}?app={connector.slug}"


def _ways_of_guest(guest: GuestAttempt, handshake: Handshake) -> dict[str, object]:
    """Where whoever was asked goes from here: the page of what is asked."""
    if guest.ask:
        whole = guest.ask.invitation
        desk = reverse("invitation", args=[whole.pk])
        again = reverse("invitation_app", args=[whole.pk, handshake.connector])
        left = 0 if whole.why_dead else sum(ask.is_unanswered for ask in whole.asks.all())
        return {
            "guest": guest,
            "ask": guest.ask,
            "can_pass_on": whole.contact is not None and guest.ask.is_open,
            "no_right": handshake.because == "no_right",
            "asker": whole.tenant,
            "desk": desk,
            "again": again,
            "left": left,
        }
    assert guest.link is not None, "the database keeps one of the two"
    desk = reverse("client_connect", args=[guest.link.pk])
    again = reverse("client_connect_app", args=[guest.link.pk, handshake.connector])
    return {"guest": guest, "asker": guest.link.tenant, "desk": desk, "again": again}


def _made(handshake: Handshake, connection: Connection) -> dict[str, object]:
    """What the attempt came to: the connections that its consent serves, and what the first read gave."""
    served = Connection.objects.alive().filter(
        credential_id=connection.credential_id, organisation=handshake.organisation
    )
    read = connection.what_was_read()
    return {
        "connections": served.order_by("account_name", "pk") if served.exists() else [connection],
        "read": read,
        "reading": not read and connection.state in ("connecting", "working"),
    }


def desk_of(handshake: Handshake) -> str:
    """The address of these books' apps on the desk that the attempt began from."""
    return reverse(f"{handshake.by_side}:apps", args=[handshake.tenant_handle, handshake.organisation_id])
