"""The pages of an invitation: who asks for what, each app, saying no, passing on, and what was connected.

Opening them changes nothing. The link alone sends its holder to an app; everything else needs a code to the contact that
was asked (quality bar 1 and 2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.connections.models import Connection
from tallystick.connectors.definition import Connector
from tallystick.core.refused import Refused
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Ask, Invitation
from tallystick.web.client.going import go, made_here
from tallystick.web.client.visits import (
    InvitationRequest,
    Visit,
    asked,
    guest_of,
    is_proven,
    no_such_link,
    opened,
)
from tallystick.web.connections import allowing
from tallystick.web.forms.apps import InputsForm
from tallystick.web.forms.client import NoForm, PassOnForm
from tallystick.web.submitting import submitted

View = Callable[..., HttpResponse]


@require_safe
def first_hop(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself: what it carries goes into a cookie of this one invitation, and out of the address bar."""
    link = opened(token, "invitation")
    if link is None or Invitation.by_token(token) is None:
        return no_such_link(request)
    visit = Visit.of(request, "invitation", link.row) or Visit("invitation", link.row)
    return visit.keep(redirect("invitation", link.row))


@require_safe
@asked
def show(request: InvitationRequest) -> HttpResponse:
    """Who asks, for which books, which apps, and how far it is; or what became of the link."""
    invitation = request.invitation
    asks, why_dead = list(invitation.asks.all()), invitation.why_dead
    left = [] if why_dead else [ask for ask in asks if ask.is_unanswered]
    done = sum(ask.state in ("connected", "passed_on", "declined") for ask in asks)
    shown = {**_frame(request), "asks": asks, "left": left, "done": done, "why_dead": why_dead}
    if why_dead:
        return render(request, "client/over.html", shown)
    if len(asks) == 1 and left:
        return _one_app(
            request, left[0], InputsForm(connector=_connector(left[0])), "client/invitation_one.html", shown
        )
    return allowing(render(request, "client/invitation.html", shown), *(each.app for each in left if each.app))


@asked
def app(request: InvitationRequest, slug: str) -> HttpResponse:
    """One app: what is seen and who can say yes there; then straight to the app. Once connected, how it is."""
    ask = _ask(request, slug)
    if ask is None:
        return no_such_link(request)
    if ask.state == "connected" and ask.connection and request.method != "POST":
        return _connected(request, ask, ask.connection)
    form = InputsForm(request.POST if request.method == "POST" else None, connector=_connector(ask))
    if request.method == "POST" and form.is_valid():
        return go(request, ask, _connector(ask), form.inputs(), by=guest_of(request))
    if not ask.is_open:
        return render(request, "client/app_over.html", {**_frame(request), "ask": ask, "no": ask.over()})
    return _one_app(request, ask, form, "client/app.html", _frame(request))


def proved(view: View) -> View:
    """Only after the contact that was asked is proved from here; else to the page that sends a code, and back here after."""

    @wraps(view)
    def guarded(request: InvitationRequest, **kwargs: Any) -> HttpResponse:
        if is_proven(request):
            return view(request, **kwargs)
        if request.invitation.contact is None:
            return render(request, "client/no_contact.html", _frame(request), status=403)
        return redirect(f"{reverse('invitation_proof', args=[request.invitation.pk])}?next={request.path}")

    return guarded


@asked
@proved
def declining(request: InvitationRequest, slug: str = "") -> HttpResponse:
    """No: to one app, or to all that is still open. The asker is told, with the reason if one is given."""
    asks = [ask for ask in request.invitation.asks.all() if ask.is_unanswered and slug in ("", ask.connector)]
    if not asks or request.invitation.why_dead:
        return redirect("invitation", request.invitation.pk)
    form = NoForm(request.POST if request.method == "POST" else None)

    def decline() -> None:
        for ask in asks:
            ask.decline(by=guest_of(request), reason=form.cleaned_data["reason"])

    if submitted(request, form, decline):
        messages.success(
            request, _("Your answer is no. %(who)s has been told.") % {"who": request.invitation.tenant.name}
        )
        return redirect("invitation", request.invitation.pk)
    return render(request, "client/declining.html", {**_frame(request), "form": form, "asks": asks})


@asked
@proved
def new_link(request: InvitationRequest) -> HttpResponse:
    """The link is over and its holder would answer after all: whoever asked is told."""
    invitation = request.invitation
    home = redirect("invitation", invitation.pk)
    if invitation.wanted_again_at or not invitation.can_be_wanted_again:
        return home
    if request.method == "POST":
        invitation.want_again(by=guest_of(request))
        messages.success(request, _("%(who)s has been told.") % {"who": invitation.tenant.name})
        return home
    return render(request, "client/new_link.html", _frame(request))


@asked
@proved
def passing_on(request: InvitationRequest, slug: str) -> HttpResponse:
    """Somebody else has the rights at this app: they get this one ask."""
    ask = _ask(request, slug)
    if ask is None or not ask.is_open:
        return redirect("invitation", request.invitation.pk)
    form = PassOnForm(request.POST if request.method == "POST" else None)

    def pass_on() -> None:
        said = form.cleaned_data
        to = Recipient(said["address"].value, said["name"], said["words"], request.invitation.language)
        ask.pass_on(to, by=guest_of(request))

    if submitted(request, form, pass_on):
        shown = {"app": ask.app_name, "to": form.cleaned_data["address"].shown}
        messages.success(request, _("%(to)s has been asked to connect %(app)s.") % shown)
        return redirect("invitation", request.invitation.pk)
    return render(request, "client/passing_on.html", {**_frame(request), "form": form, "ask": ask})


@require_POST
@asked
def restoring(request: InvitationRequest, slug: str) -> HttpResponse:
    """Mend what was connected here, at the same account: from the browser that connected it, or after a code."""
    ask, connection = _of_mine(request, slug)
    connector = connection.app
    inputs = dict(connection.credential.inputs)
    if connector.kind == "api_key":
        form = InputsForm(request.POST if request.POST.get("pasted") else None, connector=connector)
        if not form.is_valid():
            return render(
                request, "client/key.html", {**_frame(request), "ask": ask, "connector": connector, "form": form}
            )
        inputs = form.inputs()
    return go(request, ask, connector, inputs, by=guest_of(request), restoring=connection)


@asked
@proved
def disconnection(request: InvitationRequest, slug: str) -> HttpResponse:
    """Take away what was connected by this ask, after one page that says what stops."""
    ask = _ask(request, slug)
    if ask is None or ask.connection is None:
        return no_such_link(request)
    shown = {**_frame(request), "ask": ask, "connection": ask.connection, "connector": ask.connection.app}
    if request.method == "POST":
        ask.connection.disconnect(by=guest_of(request))
        messages.success(request, _("%(app)s is disconnected.") % {"app": ask.app_name})
        return redirect("invitation_app", request.invitation.pk, slug)
    return render(request, "client/disconnection.html", shown)


def _ask(request: InvitationRequest, slug: str) -> Ask | None:
    return next((ask for ask in request.invitation.asks.all() if ask.connector == slug and ask.app), None)


def _connector(ask: Ask) -> Connector:
    assert ask.app is not None, "asks whose app is gone are left out"
    return ask.app


def _of_mine(request: InvitationRequest, slug: str) -> tuple[Ask, Connection]:
    ask = _ask(request, slug)
    connection = ask.connection if ask else None
    if ask is None or connection is None or not (made_here(request, connection) or is_proven(request)):
        raise Refused(
            "code_needed",
            _("Only the browser that connected this can mend it without a code."),
            next_step=_("Go back and ask for a code."),
        )
    return ask, connection


def _one_app(
    request: InvitationRequest, ask: Ask, form: InputsForm, template: str, shown: dict[str, object]
) -> HttpResponse:
    connector = _connector(ask)
    response = render(request, template, {**shown, "ask": ask, "connector": connector, "form": form})
    return allowing(response, connector)


def _connected(request: InvitationRequest, ask: Ask, connection: Connection) -> HttpResponse:
    """In detail only in the browser that connected it, or after a code."""
    seen = made_here(request, connection) or is_proven(request)
    shown = {
        **_frame(request),
        "ask": ask,
        "connection": connection,
        "connector": connection.app,
        "seen": seen,
        "read": connection.what_was_read() if seen and connection.state != "disconnected" else {},
    }
    return allowing(render(request, "client/connected.html", shown), connection.app)


def _frame(request: InvitationRequest) -> dict[str, object]:
    """What every page of an invitation shows: who asks, and for which books."""
    invitation = request.invitation
    return {
        "invitation": invitation,
        "asker": invitation.tenant,
        "organisation": invitation.organisation,
        "home": reverse("invitation", args=[invitation.pk]),
    }
