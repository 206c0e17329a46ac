"""The rest of the firm's desk: its activity and its settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.organisations.rights import demand
from tallystick.web.activity import activity_page
from tallystick.web.forms.tenants import NameForm
from tallystick.web.requests import FirmRequest
from tallystick.web.submitting import submitted


@require_safe
def activity(request: FirmRequest, firm: str) -> HttpResponse:
    """What happened here, newest first."""
    return activity_page(request)


def settings(request: FirmRequest, firm: str) -> HttpResponse:
    """The firm's own settings."""
    demand(request.actor, "change_settings", tenant=request.tenant)
    form = NameForm(request.POST or None, initial={"name": request.tenant.name})
    if submitted(request, form, lambda: request.tenant.rename(form.cleaned_data["name"], by=request.actor)):
        messages.success(request, _("Saved."))
        return redirect("firm:settings", firm)
    return render(request, "firm/settings.html", {"form": form})
