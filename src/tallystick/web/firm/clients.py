"""The firm's clients: the list, one client, and who of the firm works on it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.audit.models import Fact
from tallystick.endings.partnerships import end_partnership
from tallystick.invitations.models import Invitation
from tallystick.notifications.words import SCOPE_WORDS
from tallystick.organisations.models import Member, Organisation
from tallystick.organisations.rights import demand
from tallystick.organisations.roles import LEADING
from tallystick.partnerships.models import Grant, Partnership, Restriction
from tallystick.web.asked import lines_of
from tallystick.web.facts import told
from tallystick.web.forms.tenants import GrantForm, NameForm, ReasonForm
from tallystick.web.paging import Slice, cursor_uuid
from tallystick.web.requests import FirmRequest
from tallystick.web.submitting import submitted


def _partnership(request: FirmRequest, partnership_id: UUID) -> Partnership:
    """One the actor reaches, or one of those standing still that they may look at."""
    mine = Partnership.objects.with_holds().select_related("firm", "business")
    reached = mine.visible_to(request.actor).filter(pk=partnership_id).first()
    found: Partnership = reached or get_object_or_404(mine.standing_still_for(request.actor), pk=partnership_id)
    return found


@require_safe
def index(request: FirmRequest, firm: str) -> HttpResponse:
    """My clients: exactly those that the decision says yes on, by name."""
    after = cursor_uuid(request)
    last = Partnership.objects.filter(firm=request.tenant, pk=after).first() if after else None
    words = request.GET.get("q", "")
    clients = Partnership.objects.visible_to(request.actor).called(words).after(last)
    shown = {
        "page_of": Slice(clients, request),
        "words": words,
        "asks_for_passkey": not request.user.has_second_factor(),
    }
    return render(request, "firm/clients/index.html", shown)


@require_safe
def standing_still(request: FirmRequest, firm: str) -> HttpResponse:
    """Clients nobody can work on now: held up by a side, or ended."""
    demand(request.actor, "suspend_partnership", tenant=request.tenant)
    after = cursor_uuid(request)
    last = Partnership.objects.filter(firm=request.tenant, pk=after).first() if after else None
    clients = Partnership.objects.standing_still_for(request.actor).after(last)
    return render(request, "firm/clients/standing_still.html", {"page_of": Slice(clients, request)})


@require_safe
def show(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """One client: its books, what was agreed, who works on it, what happened."""
    partnership = _partnership(request, partnership_id)
    organisations = Organisation.objects.visible_to(request.actor).filter(business=partnership.business)
    grants = Grant.objects.visible_to(request.actor).filter(partnership=partnership).live()
    facts = Fact.objects.visible_to(request.actor).filter(business_id=partnership.business_id).newest_first()
    asked = Invitation.objects.visible_to(request.actor).pending().filter(organisation__business=partnership.business)
    shown = {
        "client": partnership,
        "lines": lines_of(
            asked.with_asks().select_related("firm", "asker", "organisation").newest_first()[:10], request.actor
        ),
        "organisations": organisations.order_by("sort_name"),
        "terms": [SCOPE_WORDS[scope] for scope in SCOPE_WORDS if scope in partnership.terms.scopes],
        "grants": grants.select_related("member__person", "team").prefetch_related("listed__organisation"),
        "is_restricted": Restriction.objects.forbidding().filter(partnership=partnership).exists(),
        "leads": request.actor.role in LEADING,
        "events": told(facts[:10]),
    }
    return render(request, "firm/clients/show.html", shown)


def name(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """The firm's own name for a client."""
    client = _partnership(request, partnership_id)
    demand(request.actor, "add_clients", tenant=request.tenant)
    form = NameForm(request.POST or None, initial={"name": client.client_name})
    if submitted(request, form, lambda: client.call_client(form.cleaned_data["name"], by=request.actor)):
        return redirect("firm:client", firm, client.pk)
    return render(request, "firm/clients/name.html", {"client": client, "form": form})


def hold(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """The firm holds its own access up, after one page that says what stops."""
    client = _partnership(request, partnership_id)
    demand(request.actor, "suspend_partnership", tenant=request.tenant)
    form = ReasonForm(request.POST or None)
    if submitted(request, form, lambda: client.suspend(by=request.actor, reason=form.cleaned_data["reason"])):
        messages.success(request, _("Access to %(client)s is paused.") % {"client": client.client_name})
        return redirect("firm:client", firm, client.pk)
    return render(request, "firm/clients/hold.html", {"client": client, "form": form})


@require_POST
def release(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """The firm gives its own access back."""
    client = _partnership(request, partnership_id)
    client.resume(by=request.actor)
    messages.success(request, _("Your firm goes on with %(client)s.") % {"client": client.client_name})
    return redirect("firm:client", firm, client.pk)


def ending(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """The firm stops working for a client, after one page that says what ends."""
    client = _partnership(request, partnership_id)
    demand(request.actor, "end_partnership", tenant=request.tenant)
    form = ReasonForm(request.POST or None)
    if submitted(request, form, lambda: end_partnership(client, by=request.actor, reason=form.cleaned_data["reason"])):
        messages.success(request, _("You no longer work for %(client)s.") % {"client": client.client_name})
        return redirect("firm:clients", firm)
    return render(request, "firm/clients/ending.html", {"client": client, "form": form})


@require_POST
def restriction(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """Keep a client to the people who were given it by name."""
    client = _partnership(request, partnership_id)
    client.restrict(by=request.actor)
    messages.success(
        request, _("Only people who were given %(client)s can see it now.") % {"client": client.client_name}
    )
    still_seen = Partnership.objects.visible_to(request.actor).filter(pk=client.pk).exists()
    return redirect("firm:client", firm, client.pk) if still_seen else redirect("firm:clients", firm)


@require_POST
def opening(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """Open a client to all owners and admins again."""
    client = _partnership(request, partnership_id)
    client.unrestrict(by=request.actor)
    messages.success(request, _("All owners and admins can see %(client)s again.") % {"client": client.client_name})
    return redirect("firm:client", firm, client.pk)


def new_grant(request: FirmRequest, firm: str, partnership_id: UUID) -> HttpResponse:
    """Give a client to somebody of the firm."""
    client = _partnership(request, partnership_id)
    demand(request.actor, "manage_grants", tenant=request.tenant)
    members = Member.objects.of(request.tenant).select_related("person").order_by("person__sort_name")
    organisations = Organisation.objects.visible_to(request.actor).filter(business=client.business)
    form = GrantForm(request.POST or None, members=members, organisations=organisations)

    def give() -> None:
        said = form.cleaned_data
        Grant.give(client, said["member"], scopes=said["scopes"], organisations=form.chosen(), by=request.actor)

    if submitted(request, form, give):
        messages.success(request, _("%(person)s was told.") % {"person": form.cleaned_data["member"].person.name})
        return redirect("firm:client", firm, client.pk)
    return render(request, "firm/clients/new_grant.html", {"client": client, "form": form})


@require_POST
def grant_ending(request: FirmRequest, firm: str, partnership_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take a client back from somebody."""
    client = _partnership(request, partnership_id)
    grant = get_object_or_404(Grant.objects.visible_to(request.actor).filter(partnership=client), pk=grant_id)
    grant.end(by=request.actor)
    return redirect("firm:client", firm, client.pk)
