"""The activity of a tenant, for either desk."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from tallystick.audit.models import Fact
from tallystick.organisations.rights import demand
from tallystick.web.facts import told
from tallystick.web.paging import Slice, cursor_number
from tallystick.web.requests import BusinessRequest, FirmRequest


def activity_page(request: FirmRequest | BusinessRequest) -> HttpResponse:
    """What happened in this tenant, newest first. Raises `Refused` for those who may not read it."""
    demand(request.actor, "see_activity", tenant=request.tenant)
    facts = Fact.objects.visible_to(request.actor).prefetch_related("asides").newest_first()
    after = cursor_number(request)
    page_of = Slice(facts.filter(pk__lt=after) if after else facts, request)
    return render(request, "desk/activity.html", {"page_of": page_of, "events": told(page_of.rows)})
