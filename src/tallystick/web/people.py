"""The people of a tenant: the list, one person, and giving or taking a seat. The same for both desks."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.audit.models import Fact
from tallystick.endings.members import end_member
from tallystick.organisations.models import Member
from tallystick.organisations.rights import demand
from tallystick.organisations.roles import RANK, allows, roles_of
from tallystick.web.facts import told
from tallystick.web.forms.tenants import ReasonForm, RoleForm
from tallystick.web.requests import TenantRequest
from tallystick.web.submitting import submitted


def _member(request: TenantRequest, member_id: UUID) -> Member:
    members = Member.objects.visible_to(request.actor).with_role().select_related("person", "firm", "business")
    member: Member = get_object_or_404(members, pk=member_id)
    return member


def _url(request: TenantRequest, name: str) -> str:
    return f"{request.actor.side}:{name}"


@require_safe
def index(request: TenantRequest, **_tenant: str) -> HttpResponse:
    """Everybody who has a seat here now. A contact of a business sees only themselves."""
    demand(request.actor, "see_tenant", tenant=request.tenant)
    members = Member.objects.visible_to(request.actor).live().with_role().select_related("person")
    if request.actor.role == "contact":
        members = members.filter(person_id=request.actor.person_id)
    return render(request, "desk/people/index.html", {"members": members.order_by("person__sort_name", "pk")})


@require_safe
def show(request: TenantRequest, member_id: UUID, **_tenant: str) -> HttpResponse:
    """One person: their role, and what may be changed about it."""
    demand(request.actor, "see_tenant", tenant=request.tenant)
    member = _member(request, member_id)
    is_self = member.pk == request.actor.member_id
    if request.actor.role == "contact" and not is_self:
        return index(request)
    may_manage = allows(request.actor.side, request.actor.role, "manage_members")
    facts = Fact.objects.visible_to(request.actor).filter(links__chain=f"person:{member.person_id}").newest_first()
    shown = {
        "member": member,
        "is_self": is_self,
        "may_change": may_manage and RANK[member.role or "contact"] <= RANK[request.actor.role],
        "events": told(facts[:10]) if may_manage else [],
    }
    return render(request, "desk/people/show.html", shown)


def role(request: TenantRequest, member_id: UUID, **_tenant: str) -> HttpResponse:
    """Give a person another role."""
    own = demand(request.actor, "manage_members", tenant=request.tenant)
    member = _member(request, member_id)
    roles = [role for role in roles_of(request.actor.side) if RANK[role] <= RANK[own]]
    form = RoleForm(request.POST or None, roles=roles, initial={"role": member.role})
    if submitted(request, form, lambda: member.change_role(form.cleaned_data["role"], by=request.actor)):
        messages.success(request, _("%(person)s has another role now.") % {"person": member.person.name})
        return redirect(_url(request, "member"), request.tenant.handle, member.pk)
    return render(request, "desk/people/role.html", {"member": member, "form": form})


def hold(request: TenantRequest, member_id: UUID, **_tenant: str) -> HttpResponse:
    """Hold a person's seat up, after one page that says what stops."""
    demand(request.actor, "manage_members", tenant=request.tenant)
    member = _member(request, member_id)
    form = ReasonForm(request.POST or None)
    if submitted(request, form, lambda: member.suspend(by=request.actor, reason=form.cleaned_data["reason"])):
        messages.success(request, _("%(person)s has no access here now.") % {"person": member.person.name})
        return redirect(_url(request, "member"), request.tenant.handle, member.pk)
    return render(request, "desk/people/hold.html", {"member": member, "form": form})


@require_POST
def release(request: TenantRequest, member_id: UUID, **_tenant: str) -> HttpResponse:
    """Give a person's seat back."""
    member = _member(request, member_id)
    member.resume(by=request.actor)
    messages.success(request, _("%(person)s has access again.") % {"person": member.person.name})
    return redirect(_url(request, "member"), request.tenant.handle, member.pk)


@require_POST
def sign_out(request: TenantRequest, member_id: UUID, **_tenant: str) -> HttpResponse:
    """Sign a person out on every device: for a lost phone, or before a hard talk."""
    member = _member(request, member_id)
    member.sign_out_everywhere(by=request.actor)
    messages.success(request, _("%(person)s is signed out everywhere.") % {"person": member.person.name})
    return redirect(_url(request, "member"), request.tenant.handle, member.pk)


def ending(request: TenantRequest, member_id: UUID, **_tenant: str) -> HttpResponse:
    """End a person's seat, or leave oneself, after one page that says what ends."""
    member = _member(request, member_id)
    is_self = member.pk == request.actor.member_id
    if not is_self:
        demand(request.actor, "manage_members", tenant=request.tenant)
    form = ReasonForm(request.POST or None)
    if submitted(request, form, lambda: end_member(member, by=request.actor, reason=form.cleaned_data["reason"])):
        if is_self:
            return redirect("home")
        messages.success(request, _("%(person)s no longer has access here.") % {"person": member.person.name})
        return redirect(_url(request, "members"), request.tenant.handle)
    return render(request, "desk/people/ending.html", {"member": member, "form": form, "is_self": is_self})
