"""Who may do what: the whole table, in one place. Scopes on organisations are the decision's; these are the other acts."""

from __future__ import annotations

from typing import Final, Literal

Role = Literal["owner", "admin", "staff", "member", "contact"]

FIRM_ROLES: Final = ("owner", "admin", "staff")
BUSINESS_ROLES: Final = ("owner", "admin", "member", "contact")
LEADING: Final = frozenset({"owner", "admin"})
"""Those who are told things, and who reach everything their tenant reaches."""

RANK: Final[dict[str, int]] = {"owner": 3, "admin": 2, "staff": 1, "member": 1, "contact": 0}
"""Nobody gives, changes or ends a role above their own."""

_EVERY_FIRM_ROLE: Final = frozenset(FIRM_ROLES)
_OWNERS: Final = frozenset({"owner"})

FIRM_ACTS: Final[dict[str, frozenset[str]]] = {
    "see_tenant": _EVERY_FIRM_ROLE,
    "change_settings": LEADING,
    "manage_members": LEADING,
    "make_owners": _OWNERS,
    "add_clients": _EVERY_FIRM_ROLE,
    "accept_offered_partnership": LEADING,
    "manage_grants": LEADING,
    "make_firm_keys": LEADING,
    "suspend_partnership": LEADING,
    "end_partnership": LEADING,
    "see_activity": LEADING,
}
BUSINESS_ACTS: Final[dict[str, frozenset[str]]] = {
    "see_tenant": frozenset(BUSINESS_ROLES),
    "change_settings": LEADING,
    "open_organisations": LEADING,
    "manage_members": LEADING,
    "make_owners": _OWNERS,
    "add_firm": LEADING,
    "accept_mandate": LEADING,
    "suspend_partnership": LEADING,
    "end_partnership": LEADING,
    "see_who_has_access": LEADING,
    "see_activity": LEADING,
}
ACTS: Final = {"firm": FIRM_ACTS, "business": BUSINESS_ACTS}

BUSINESS_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "owner": ("see", "connect", "ask", "disconnect", "data", "keys"),
    "admin": ("see", "connect", "ask", "disconnect", "data", "keys"),
    "member": ("see", "connect", "disconnect"),
    "contact": ("connect", "disconnect"),
}
"""What a business's own members may do with its organisations; members and contacts on chosen ones, and a contact only
with what was asked of them."""


def roles_of(side: str) -> tuple[str, ...]:
    """The roles a tenant of this side has, highest first."""
    return FIRM_ROLES if side == "firm" else BUSINESS_ROLES


def allows(side: str, role: str, act: str) -> bool:
    """Whether a role carries an act. Unknown acts are errors of ours, not refusals."""
    return role in ACTS[side][act]
