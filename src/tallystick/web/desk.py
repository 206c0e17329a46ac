"""What both desks have besides people: what happened, and the tenant's own settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.audit.models import Fact
from tallystick.organisations.rights import demand
from tallystick.web.facts import told
from tallystick.web.forms.tenants import NameForm
from tallystick.web.paging import Slice, cursor_number
from tallystick.web.requests import TenantRequest
from tallystick.web.submitting import submitted


@require_safe
def activity(request: TenantRequest, **_tenant: str) -> HttpResponse:
    """What happened in this tenant, newest first. Raises `Refused` for those who may not read it."""
    demand(request.actor, "see_activity", tenant=request.tenant)
    facts = Fact.objects.visible_to(request.actor).prefetch_related("asides").newest_first()
    after = cursor_number(request)
    page_of = Slice(facts.filter(pk__lt=after) if after else facts, request)
    return render(request, "desk/activity.html", {"page_of": page_of, "events": told(page_of.rows)})


def settings(request: TenantRequest, **_tenant: str) -> HttpResponse:
    """The tenant's own settings."""
    demand(request.actor, "change_settings", tenant=request.tenant)
    form = NameForm(request.POST or None, initial={"name": request.tenant.name})
    if submitted(request, form, lambda: request.tenant.rename(form.cleaned_data["name"], by=request.actor)):
        messages.success(request, _("Saved."))
        return redirect(request.path)
    return render(request, "desk/settings.html", {"form": form})
