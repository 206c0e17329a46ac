"""The firm's kits: named sets of apps to ask for."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.invitations.models import Kit
from tallystick.organisations.rights import demand
from tallystick.web.asking import askable_apps
from tallystick.web.forms.asking import KitForm
from tallystick.web.requests import FirmRequest
from tallystick.web.submitting import submitted


@require_safe
def index(request: FirmRequest, firm: str) -> HttpResponse:
    """All of them, by name."""
    demand(request.actor, "add_clients", tenant=request.tenant)
    kits = Kit.objects.visible_to(request.actor).kept().order_by("sort_name")
    return render(request, "firm/kits/index.html", {"kits": kits})


def new(request: FirmRequest, firm: str) -> HttpResponse:
    """A new one."""
    demand(request.actor, "add_clients", tenant=request.tenant)
    form = KitForm(request.POST or None, connectors=askable_apps(), initial={"apps": request.GET.getlist("app")})
    made: list[Kit] = []

    def make() -> None:
        said = form.cleaned_data
        made.append(Kit.make(request.tenant, said["name"], said["apps"], by=request.actor))

    if submitted(request, form, make):
        messages.success(request, _("The kit “%(name)s” is there for everybody in your firm.") % {"name": made[0].name})
        return redirect("firm:kits", firm)
    return render(request, "firm/kits/kit.html", {"form": form})


def kit(request: FirmRequest, firm: str, kit_id: UUID) -> HttpResponse:
    """Another name, or other apps."""
    demand(request.actor, "add_clients", tenant=request.tenant)
    found = _kit(request, kit_id)
    before = {"name": found.name, "apps": found.apps}
    form = KitForm(request.POST or None, connectors=askable_apps(), initial=before)
    if submitted(
        request,
        form,
        lambda: found.change(form.cleaned_data["name"], form.cleaned_data["apps"], by=request.actor),
    ):
        messages.success(request, _("Saved."))
        return redirect("firm:kits", firm)
    return render(request, "firm/kits/kit.html", {"form": form, "kit": found})


def removal(request: FirmRequest, firm: str, kit_id: UUID) -> HttpResponse:
    """Take one away, after one page that says what stays."""
    demand(request.actor, "add_clients", tenant=request.tenant)
    found = _kit(request, kit_id)
    if request.method == "POST":
        found.remove(by=request.actor)
        messages.success(request, _("The kit “%(name)s” is removed.") % {"name": found.name})
        return redirect("firm:kits", firm)
    return render(request, "firm/kits/removal.html", {"kit": found})


def _kit(request: FirmRequest, kit_id: UUID) -> Kit:
    found: Kit = get_object_or_404(Kit.objects.visible_to(request.actor).kept(), pk=kit_id)
    return found
