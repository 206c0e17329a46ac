"""The reference from a mail, typed instead of clicking: it leads on only by a code to the contact that was asked.

Known or not, every answer is the same: the page for the code. Nobody learns here which references there are.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tallystick.accounts.models.limits import Limit
from tallystick.accounts.sources import source_of
from tallystick.core.refused import Refused
from tallystick.core.sealing import Unopenable, seal, unseal
from tallystick.invitations.models import Invitation
from tallystick.invitations.proof import prove, send_code_by_reference
from tallystick.web.client.visits import Visit
from tallystick.web.forms.account import CodeForm
from tallystick.web.forms.client import ReferenceForm
from tallystick.web.submitting import submitted

PER_SOURCE = Limit("reference.source", times=10, every=timedelta(minutes=1))
OVERALL = Limit("reference.all", times=600, every=timedelta(milliseconds=500))
"""Tries of references: from one place, and from everywhere together."""

COOKIE = "__Host-reference"
_PLACE = ("cookie", "reference")
_HOUR = 60 * 60  # seconds: as long as an attempt with codes can live


@require_http_methods(["GET", "HEAD", "POST"])
def reference(request: HttpRequest) -> HttpResponse:
    """Type the reference; on to the page for the code, whether or not there is anything behind it."""
    form = ReferenceForm(request.POST if request.method == "POST" else None)
    found: list[tuple[Invitation | None, UUID]] = []

    def send() -> None:
        source = source_of(request)
        if not (PER_SOURCE.take(source) and OVERALL.take("")):
            raise Refused("references_too_many", _("There were too many tries. Wait a minute."), status=422)
        invitation, attempt = send_code_by_reference(
            form.cleaned_data["reference"], source=source, language=get_language() or "en"
        )
        found.append((invitation, attempt.pk))

    if submitted(request, form, send):
        invitation, attempt_id = found[0]
        return _keep(redirect("reference_code"), invitation, attempt_id)
    return render(request, "client/reference.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def reference_code(request: HttpRequest) -> HttpResponse:
    """The code, if one was sent; the right one opens the invitation here."""
    invitation, attempt_id = _held(request)
    if attempt_id is None:
        return redirect("reference")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if submitted(request, form, lambda: prove(invitation, attempt_id, form.cleaned_data["code"])) and invitation:
        response = redirect("invitation", invitation.pk)
        response.delete_cookie(COOKIE)
        return Visit("invitation", invitation.pk).proved().keep(response)
    return render(request, "client/reference_code.html", {"form": form})


def _keep(response: HttpResponse, invitation: Invitation | None, attempt_id: UUID) -> HttpResponse:
    said = {"invitation": str(invitation.pk) if invitation else "-" * 36, "attempt": str(attempt_id)}
    value = base64.urlsafe_b64encode(seal(json.dumps(said).encode(), place=_PLACE)).decode()
    response.set_cookie(COOKIE, value, max_age=_HOUR, secure=True, httponly=True, samesite="Lax")
    return response


def _held(request: HttpRequest) -> tuple[Invitation | None, UUID | None]:
    try:
        said = json.loads(unseal(base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, "")), place=_PLACE))
    except (binascii.Error, ValueError, Unopenable):
        return None, None
    known = not said["invitation"].startswith("-")
    invitation = Invitation.objects.filter(pk=said["invitation"]).first() if known else None
    return invitation, UUID(said["attempt"])
