"""Who has access to the business: its firms, what each may do, and holding up, narrowing or ending it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.audit.models import Fact
from tallystick.endings.partnerships import end_partnership
from tallystick.notifications.words import SCOPE_WORDS
from tallystick.organisations.models import Member, Organisation
from tallystick.organisations.rights import demand
from tallystick.partnerships.models import Exclusion, Partnership
from tallystick.partnerships.reaching import people_who_reach
from tallystick.web.facts import told
from tallystick.web.forms.tenants import ReasonForm, TermsForm
from tallystick.web.requests import BusinessRequest
from tallystick.web.submitting import submitted


def _partnership(request: BusinessRequest, partnership_id: UUID) -> Partnership:
    partnerships = Partnership.objects.visible_to(request.actor).with_holds().select_related("firm", "business")
    partnership: Partnership = get_object_or_404(partnerships, pk=partnership_id)
    return partnership


@require_safe
def index(request: BusinessRequest, business: str) -> HttpResponse:
    """Every firm that works, or worked, for the business."""
    demand(request.actor, "see_who_has_access", tenant=request.tenant)
    partnerships = Partnership.objects.visible_to(request.actor).with_holds().select_related("firm")
    return render(request, "business/access/index.html", {"partnerships": partnerships.order_by("closed_at", "since")})


@require_safe
def show(request: BusinessRequest, business: str, partnership_id: UUID) -> HttpResponse:
    """One firm: what it may do, which of its people can, and what they did."""
    partnership = _partnership(request, partnership_id)
    terms = partnership.terms
    facts = Fact.objects.visible_to(request.actor).filter(firm_id=partnership.firm_id).newest_first()
    shown = {
        "partnership": partnership,
        "terms": terms,
        "may": [SCOPE_WORDS[scope] for scope in SCOPE_WORDS if scope in terms.scopes],
        "may_not": [SCOPE_WORDS[scope] for scope in SCOPE_WORDS if scope not in terms.scopes],
        "covered": Organisation.objects.filter(pk__in=partnership.covered_ids()).order_by("sort_name"),
        "people": people_who_reach(partnership),
        "exclusions": partnership.exclusions.forbidding().select_related("member__person", "organisation"),
        "events": told(facts[:10]),
    }
    return render(request, "business/access/show.html", shown)


def terms(request: BusinessRequest, business: str, partnership_id: UUID) -> HttpResponse:
    """Say anew what the firm may do, and on which books."""
    partnership = _partnership(request, partnership_id)
    demand(request.actor, "accept_mandate", tenant=request.tenant)
    organisations = Organisation.objects.visible_to(request.actor).order_by("sort_name")
    form = TermsForm(request.POST or None, queryset=organisations, initial=TermsForm.initial_of(partnership))

    def change() -> None:
        said = form.cleaned_data
        partnership.change_terms(
            scopes=said["scopes"],
            organisations=form.chosen(),
            named_staff_only=said["named_staff_only"],
            by=request.actor,
        )

    if submitted(request, form, change):
        messages.success(request, _("%(firm)s was told.") % {"firm": partnership.firm.name})
        return redirect("business:partnership", business, partnership.pk)
    return render(request, "business/access/terms.html", {"partnership": partnership, "form": form})


def hold(request: BusinessRequest, business: str, partnership_id: UUID) -> HttpResponse:
    """Hold the firm's access up, after one page that says what stops."""
    partnership = _partnership(request, partnership_id)
    demand(request.actor, "suspend_partnership", tenant=request.tenant)
    form = ReasonForm(request.POST or None)
    if submitted(request, form, lambda: partnership.suspend(by=request.actor, reason=form.cleaned_data["reason"])):
        messages.success(request, _("%(firm)s has no access now.") % {"firm": partnership.firm.name})
        return redirect("business:partnership", business, partnership.pk)
    return render(request, "business/access/hold.html", {"partnership": partnership, "form": form})


@require_POST
def release(request: BusinessRequest, business: str, partnership_id: UUID) -> HttpResponse:
    """Give the firm its access back."""
    partnership = _partnership(request, partnership_id)
    partnership.resume(by=request.actor)
    messages.success(request, _("%(firm)s has access again.") % {"firm": partnership.firm.name})
    return redirect("business:partnership", business, partnership.pk)


def ending(request: BusinessRequest, business: str, partnership_id: UUID) -> HttpResponse:
    """Stop working with the firm, after one page that says what ends and what stays."""
    partnership = _partnership(request, partnership_id)
    demand(request.actor, "end_partnership", tenant=request.tenant)
    form = ReasonForm(request.POST or None)

    def end() -> None:
        end_partnership(partnership, by=request.actor, reason=form.cleaned_data["reason"])

    if submitted(request, form, end):
        messages.success(request, _("%(firm)s no longer works for you.") % {"firm": partnership.firm.name})
        return redirect("business:access", business)
    return render(request, "business/access/ending.html", {"partnership": partnership, "form": form})


@require_POST
def exclusion(request: BusinessRequest, business: str, partnership_id: UUID, member_id: UUID) -> HttpResponse:
    """Keep one of the firm's people out."""
    partnership = _partnership(request, partnership_id)
    member = get_object_or_404(Member.objects.filter(firm=partnership.firm).live(), pk=member_id)
    partnership.exclude(member, by=request.actor)
    messages.success(request, _("%(person)s has no access to your books now.") % {"person": member.person.name})
    return redirect("business:partnership", business, partnership.pk)


@require_POST
def exclusion_ending(request: BusinessRequest, business: str, partnership_id: UUID, exclusion_id: UUID) -> HttpResponse:
    """No longer keep that person out."""
    partnership = _partnership(request, partnership_id)
    kept_out = get_object_or_404(Exclusion.objects.visible_to(request.actor), pk=exclusion_id, partnership=partnership)
    kept_out.end(by=request.actor)
    return redirect("business:partnership", business, partnership.pk)
