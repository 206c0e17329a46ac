"""Where I am signed in, and ending that."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.accounts.models import Session
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import signed_in


@signed_in
@require_safe
def index(request: PersonRequest) -> HttpResponse:
    """All live sessions, this one first."""
    here = this_session(request)
    live = Session.objects.visible_to(request.user.actor).live().order_by("-seen_at")
    sessions = sorted(live, key=lambda session: session.pk != here)
    return render(request, "account/me/sessions.html", {"sessions": sessions, "here": here})


@signed_in
@require_POST
def ending(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """End one. Its browser is signed out at its next request."""
    session = get_object_or_404(Session.objects.visible_to(request.user.actor), pk=session_id)
    if session.pk == this_session(request):
        return redirect("account:sessions")
    session.end(by=request.user.actor)
    messages.success(request, _("That session is ended."))
    return redirect("account:sessions")


@signed_in
@require_POST
def others_ending(request: PersonRequest) -> HttpResponse:
    """End all but this one."""
    ended = Session.end_all(request.user.pk, by=request.user.actor, but=this_session(request))
    said = ngettext("%(count)d other session is ended.", "%(count)d other sessions are ended.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("account:sessions")


def this_session(request: PersonRequest) -> UUID | None:
    """The id of the session this request belongs to."""
    row: Session | None = getattr(request.session, "row", None)
    return row.pk if row else None


def offer_ending(request: PersonRequest, otherwise: str) -> HttpResponse:
    """After a change of how one gets in: on to the sessions when there are others, to end them; else elsewhere."""
    others = (
        Session.objects.visible_to(request.user.actor)
        .live()
        .exclude(pk__in=[here] if (here := this_session(request)) else [])
    )
    if not others.exists():
        return redirect(otherwise)
    messages.info(request, _("You are signed in elsewhere too. Is one of these not you? Then end it."))
    return redirect("account:sessions")
