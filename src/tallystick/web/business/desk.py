"""The rest of the business's desk: its activity and its settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.organisations.rights import demand
from tallystick.web.activity import activity_page
from tallystick.web.forms.tenants import NameForm
from tallystick.web.requests import BusinessRequest
from tallystick.web.submitting import submitted


@require_safe
def activity(request: BusinessRequest, business: str) -> HttpResponse:
    """What happened here, newest first."""
    return activity_page(request)


def settings(request: BusinessRequest, business: str) -> HttpResponse:
    """The business's own settings."""
    demand(request.actor, "change_settings", tenant=request.tenant)
    form = NameForm(request.POST or None, initial={"name": request.tenant.name})
    if submitted(request, form, lambda: request.tenant.rename(form.cleaned_data["name"], by=request.actor)):
        messages.success(request, _("Saved."))
        return redirect("business:settings", business)
    return render(request, "business/settings.html", {"form": form})
