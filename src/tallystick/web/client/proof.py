"""A code to the contact that was asked: for saying no, passing on, disconnecting, and seeing details from another browser."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tallystick.accounts.models import Attempt
from tallystick.accounts.sources import source_of
from tallystick.invitations.proof import PURPOSE, prove, send_code
from tallystick.web.client.visits import InvitationRequest, asked, is_proven
from tallystick.web.forms.account import CodeForm
from tallystick.web.submitting import submitted


@asked
def proof(request: InvitationRequest) -> HttpResponse:
    """Where the code goes; on a press it is sent."""
    onward = _onward(request)
    if is_proven(request):
        return redirect(onward)
    contact = request.invitation.contact
    if contact is None:
        return redirect("invitation", request.invitation.pk)
    if request.method == "POST":
        attempt = send_code(request.invitation, source=source_of(request))
        response = redirect(f"{_place(request, 'invitation_code')}?next={onward}")
        return replace(request.visit, attempt=attempt.pk).keep(response)
    return render(request, "client/proof.html", {**_shown(request), "masked": contact.masked, "onward": onward})


@asked
def code(request: InvitationRequest) -> HttpResponse:
    """The code that was sent; the right one leads on to what it was needed for."""
    onward, held = _onward(request), request.visit.attempt
    contact = request.invitation.contact
    if held is None or contact is None:
        return redirect(f"{_place(request, 'invitation_proof')}?next={onward}")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if submitted(request, form, lambda: prove(request.invitation, held, form.cleaned_data["code"])):
        return request.visit.proved().keep(redirect(onward))
    shown = {**_shown(request), "form": form, "masked": contact.masked, "onward": onward}
    return render(request, "client/code.html", shown)


@require_POST
@asked
def new_code(request: InvitationRequest) -> HttpResponse:
    """The code once more, in a new message."""
    attempt = _attempt(request.visit.attempt)
    if attempt is None:
        return redirect(f"{_place(request, 'invitation_proof')}?next={_onward(request)}")
    attempt.send_again(source=source_of(request))
    return redirect(f"{_place(request, 'invitation_code')}?next={_onward(request)}")


def _attempt(held: UUID | None) -> Attempt | None:
    return Attempt.objects.filter(pk=held, purpose=PURPOSE, proved_at=None).first() if held else None


def _place(request: InvitationRequest, name: str) -> str:
    return reverse(name, args=[request.invitation.pk])


def _onward(request: InvitationRequest) -> str:
    """Where to go after the code: a page of this same invitation, whatever the address says."""
    home, wanted = _place(request, "invitation"), request.GET.get("next", "") or request.POST.get("next", "")
    safe = wanted.startswith(home) and "//" not in wanted[1:] and "\\" not in wanted and "proof" not in wanted
    return wanted if safe else home


def _shown(request: InvitationRequest) -> dict[str, object]:
    return {"invitation": request.invitation, "asker": request.invitation.tenant, "home": _place(request, "invitation")}
