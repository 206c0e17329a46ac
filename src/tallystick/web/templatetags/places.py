"""Words and addresses that desks share: a place on this desk, a role's name, why somebody reaches a client."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

ROLE_NAMES = {
    "owner": gettext_lazy("Owner"),
    "admin": gettext_lazy("Admin"),
    "staff": gettext_lazy("Staff"),
    "member": gettext_lazy("Employee"),
    "contact": gettext_lazy("Contact"),
}
REASONS = {
    "role": gettext_lazy("leads the firm"),
    "grant": gettext_lazy("was given your books"),
    "team": gettext_lazy("is in a team that was"),
}


@register.simple_tag(takes_context=True)
def desk_url(context: dict[str, Any], name: str, *args: Any) -> str:
    """The address of a page that both desks have, on the desk this page is of."""
    page = context["page"]
    return reverse(f"{page.actor.side}:{name}", args=[page.tenant.handle, *args])


@register.filter
def role_name(role: str) -> str:
    """A role as people say it; nobody's role is none."""
    return str(ROLE_NAMES.get(role, _("No role")))


@register.filter
def why_reached(via: list[str]) -> str:
    """Why somebody of the firm reaches the client, in words."""
    return ", ".join(str(REASONS.get(each, each)) for each in via)
