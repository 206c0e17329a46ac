"""The business's sets of books."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.audit.models import Fact
from tallystick.connections.models import Connection
from tallystick.endings.organisations import close_organisation
from tallystick.organisations.models import Member, Organisation
from tallystick.organisations.rights import demand
from tallystick.organisations.roles import allows
from tallystick.partnerships.models import Partnership
from tallystick.web.facts import told
from tallystick.web.forms.tenants import NameForm, OrganisationsForm, ReasonForm
from tallystick.web.requests import BusinessRequest
from tallystick.web.submitting import submitted


def _organisation(request: BusinessRequest, organisation_id: UUID) -> Organisation:
    organisations = Organisation.objects.visible_to(request.actor).select_related("business")
    organisation: Organisation = get_object_or_404(organisations, pk=organisation_id)
    return organisation


def _broken(request: BusinessRequest) -> QuerySet[Connection]:
    """Connections that only a person can mend, among those that this one sees."""
    return Connection.objects.visible_to(request.actor).filter(state="needs_client")


@require_safe
def index(request: BusinessRequest, business: str) -> HttpResponse:
    """The books this person may work with."""
    broken = Count("connections", filter=Q(connections__in=_broken(request)))
    organisations = Organisation.objects.visible_to(request.actor).annotate(broken=broken).order_by("sort_name")
    may_open = allows("business", request.actor.role, "open_organisations")
    partnerships = Partnership.objects.visible_to(request.actor).live().with_holds().select_related("firm")
    partnerships = partnerships.order_by("firm__sort_name")
    shown = {"organisations": organisations, "may_open": may_open, "partnerships": partnerships}
    return render(request, "business/organisations/index.html", shown)


@require_safe
def show(request: BusinessRequest, business: str, organisation_id: UUID) -> HttpResponse:
    """One set of books: its apps, who reaches it, what happened to it."""
    organisation = _organisation(request, organisation_id)
    facts = Fact.objects.visible_to(request.actor).filter(organisation_id=organisation.pk).newest_first()
    connections = Connection.objects.visible_to(request.actor).filter(organisation=organisation).alive()
    shown = {
        "organisation": organisation,
        "connections": connections.select_related("credential").order_by("state", "account_name", "pk"),
        "may_open": allows("business", request.actor.role, "open_organisations"),
        "partnerships": Partnership.objects.visible_to(request.actor).covering(organisation).select_related("firm"),
        "events": told(facts[:10]),
    }
    return render(request, "business/organisations/show.html", shown)


def new(request: BusinessRequest, business: str) -> HttpResponse:
    """Add a set of books."""
    demand(request.actor, "open_organisations", tenant=request.tenant)
    form = NameForm(request.POST or None)
    if submitted(request, form, lambda: request.tenant.open_organisation(form.cleaned_data["name"], by=request.actor)):
        messages.success(request, _("“%(name)s” was added.") % form.cleaned_data)
        return redirect("business:organisations", business)
    return render(request, "business/organisations/new.html", {"form": form})


def name(request: BusinessRequest, business: str, organisation_id: UUID) -> HttpResponse:
    """Give a set of books another name."""
    organisation = _organisation(request, organisation_id)
    demand(request.actor, "open_organisations", tenant=request.tenant)
    form = NameForm(request.POST or None, initial={"name": organisation.name})
    if submitted(request, form, lambda: organisation.rename(form.cleaned_data["name"], by=request.actor)):
        return redirect("business:organisation", business, organisation.pk)
    return render(request, "business/organisations/name.html", {"organisation": organisation, "form": form})


def closing(request: BusinessRequest, business: str, organisation_id: UUID) -> HttpResponse:
    """Close a set of books, after one page that says what ends."""
    organisation = _organisation(request, organisation_id)
    demand(request.actor, "open_organisations", tenant=request.tenant)
    form = ReasonForm(request.POST or None)

    def close() -> None:
        close_organisation(organisation, by=request.actor, reason=form.cleaned_data["reason"])

    if submitted(request, form, close):
        messages.success(request, _("“%(name)s” is closed.") % {"name": organisation.name})
        return redirect("business:organisations", business)
    return render(request, "business/organisations/closing.html", {"organisation": organisation, "form": form})


def of_member(request: BusinessRequest, business: str, member_id: UUID) -> HttpResponse:
    """Say which books an employee or contact may work with."""
    demand(request.actor, "manage_members", tenant=request.tenant)
    members = Member.objects.visible_to(request.actor).with_role().select_related("person", "business")
    member = get_object_or_404(members, pk=member_id)
    chosen = member.places.live().values_list("organisation_id", flat=True)
    organisations = Organisation.objects.visible_to(request.actor).order_by("sort_name")
    form = OrganisationsForm(request.POST or None, queryset=organisations, initial={"organisations": list(chosen)})

    def choose() -> None:
        member.choose_organisations(list(form.cleaned_data["organisations"]), by=request.actor)

    if submitted(request, form, choose):
        return redirect("business:member", business, member.pk)
    return render(request, "business/organisations/of_member.html", {"member": member, "form": form})
