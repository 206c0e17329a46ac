"""The firm's logo: choosing another, taking it away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.organisations.models import FirmLogo
from tallystick.organisations.rights import demand
from tallystick.web.forms.logo import LogoForm
from tallystick.web.requests import FirmRequest
from tallystick.web.submitting import submitted


def logo(request: FirmRequest, firm: str) -> HttpResponse:
    """The logo as it is, and another one."""
    demand(request.actor, "change_settings", tenant=request.tenant)
    form = LogoForm(request.POST or None, request.FILES or None)
    if submitted(request, form, lambda: FirmLogo.put(request.tenant, form.content(), by=request.actor)):
        messages.success(request, _("This is your logo now."))
        return redirect("firm:logo", firm)
    return render(request, "firm/logo.html", {"form": form})


@require_POST
def removal(request: FirmRequest, firm: str) -> HttpResponse:
    """No logo any more."""
    FirmLogo.remove(request.tenant, by=request.actor)
    messages.success(request, _("Your logo is removed. Your initials stand in its place."))
    return redirect("firm:logo", firm)
