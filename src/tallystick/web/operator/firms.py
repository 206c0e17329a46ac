"""Firms as those who run this site see them: who waits for a yes, and giving it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.organisations.actors import actor_operator
from tallystick.organisations.models import Firm
from tallystick.web.paging import Slice, cursor_uuid
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import operator_only


@operator_only
@require_safe
def index(request: PersonRequest) -> HttpResponse:
    """All firms, those that wait first."""
    last = Firm.objects.filter(pk=after).first() if (after := cursor_uuid(request)) else None
    firms = Firm.objects.filter(approved_at__isnull=False).order_by("sort_name", "pk")
    if last:
        firms = firms.filter(sort_name__gte=last.sort_name).exclude(pk=last.pk)
    waiting = Firm.objects.filter(approved_at=None).order_by("created_at")
    return render(request, "operator/firms.html", {"waiting": waiting, "page_of": Slice(firms, request)})


@operator_only
@require_POST
def approval(request: PersonRequest, firm_id: UUID) -> HttpResponse:
    """Say yes to a firm."""
    firm = get_object_or_404(Firm, pk=firm_id)
    firm.approve(by=actor_operator(request.user))
    messages.success(request, _("%(firm)s is approved.") % {"firm": firm.name})
    return redirect("operator:firms")
