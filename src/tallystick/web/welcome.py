"""The first page, and setting up a firm or a business."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tallystick.core.refused import Refused
from tallystick.organisations.actors import actor_themselves, seats_of
from tallystick.organisations.models import Business, Firm
from tallystick.organisations.models.tenants import firm_address_of
from tallystick.web.forms.tenants import BusinessForm, FirmForm
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import signed_in
from tallystick.web.submitting import submitted


def home(request: HttpRequest) -> HttpResponse:
    """For strangers: what this is. For people: their desks; with one only, that one."""
    if not request.user.is_authenticated:
        return render(request, "welcome/index.html", {"sign_up": settings.SIGN_UP})
    seats = seats_of(request.user)
    if len(seats) == 1:
        return redirect(seats[0].url)
    return render(request, "welcome/desks.html", {"seats": seats, "sign_up": settings.SIGN_UP})


@signed_in
def new_firm(request: PersonRequest) -> HttpResponse:
    """Set a firm up, under an address of its own."""
    address = firm_address_of(request.user)
    form = FirmForm(request.POST or None)
    opened: list[Firm] = []

    def open_firm() -> None:
        if address is None:
            raise Refused("address_generic", _("Use your firm's own address. Clients will see it."), status=422)
        actor = actor_themselves(request.user)
        opened.append(Firm.open(form.cleaned_data["name"], address=address, owner=request.user, by=actor))

    if submitted(request, form, open_firm):
        messages.success(request, _("%(firm)s is set up.") % {"firm": opened[0].name})
        return redirect(opened[0].url)
    shown = {"form": form, "address": address, "sign_up": settings.SIGN_UP}
    return render(request, "welcome/new_firm.html", shown)


@signed_in
def new_business(request: PersonRequest) -> HttpResponse:
    """Set a business up with its books."""
    form = BusinessForm(request.POST or None)
    opened: list[Business] = []

    def open_business() -> None:
        said, actor = form.cleaned_data, actor_themselves(request.user)
        opened.append(Business.open(said["name"], organisations=form.organisations(), owner=request.user, by=actor))

    if submitted(request, form, open_business):
        messages.success(request, _("%(business)s is set up.") % {"business": opened[0].name})
        return redirect(opened[0].url)
    return render(request, "welcome/new_business.html", {"form": form})
