"""Rows of two tenants can't point at each other: the database itself refuses, whoever writes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction

from tallystick.organisations.models import MemberOrganisation, MemberRole
from tallystick.partnerships.models import Coverage, Exclusion, Grant, GrantOrganisation, Team, TeamMember
from tests.support.cast import Cast

Rows = dict[str, models.Model]


@pytest.fixture
def rows(cast: Cast) -> Rows:
    """The rows of two tenants that a wrong pair would be made of."""
    cast.also("stella_grant", "other_partnership", "emma_seat")
    return {
        "ours": cast.partnership,
        "theirs": cast.other_partnership,
        "seat": cast.stella_seat,
        "their_seat": cast.other_firm.members.get(),
        "team": Team.objects.create(firm=cast.firm, name="Ours"),
        "their_team": Team.objects.create(firm=cast.other_firm, name="Theirs"),
        "grant": cast.stella_grant,
        "shop": cast.shop,
        "bakery": cast.bakery,
        "emma": cast.emma_seat,
        "firm": cast.firm,
        "their_firm": cast.other_firm,
        "business": cast.business,
        "their_business": cast.other_business,
    }


GRANT: dict[str, object] = {"scopes": ["see"], "everything": True}
PAIRS: dict[str, tuple[type[models.Model], dict[str, str], dict[str, object]]] = {
    "coverage of another's books": (
        Coverage, {"partnership": "ours", "business": "business", "organisation": "bakery"}, {}),
    "coverage in another's name": (
        Coverage, {"partnership": "ours", "business": "their_business", "organisation": "bakery"}, {}),
    "exclusion of another firm's person": (
        Exclusion, {"partnership": "ours", "firm": "firm", "business": "business", "member": "their_seat"}, {}),
    "exclusion in another firm's name": (
        Exclusion, {"partnership": "ours", "firm": "their_firm", "business": "business", "member": "their_seat"}, {}),
    "exclusion from another's books": (
        Exclusion, {"partnership": "ours", "firm": "firm", "business": "business", "member": "seat",
                    "organisation": "bakery"}, {}),
    "exclusion in another business's name": (
        Exclusion, {"partnership": "ours", "firm": "firm", "business": "their_business", "member": "seat"}, {}),
    "team with another firm's person": (TeamMember, {"team": "team", "firm": "firm", "member": "their_seat"}, {}),
    "another firm's team": (TeamMember, {"team": "their_team", "firm": "firm", "member": "seat"}, {}),
    "grant to another firm's person": (Grant, {"partnership": "ours", "firm": "firm", "member": "their_seat"}, GRANT),
    "grant to a business's person": (Grant, {"partnership": "ours", "firm": "firm", "member": "emma"}, GRANT),
    "grant to another firm's team": (Grant, {"partnership": "ours", "firm": "firm", "team": "their_team"}, GRANT),
    "grant on another firm's client": (Grant, {"partnership": "theirs", "firm": "firm", "member": "seat"}, GRANT),
    "grant to two": (Grant, {"partnership": "ours", "firm": "firm", "member": "seat", "team": "team"}, GRANT),
    "grant to nobody": (Grant, {"partnership": "ours", "firm": "firm"}, GRANT),
    "listed books of another": (
        GrantOrganisation,
        {"grant": "grant", "partnership": "ours", "business": "business", "organisation": "bakery"}, {}),
    "listed in another's name": (
        GrantOrganisation,
        {"grant": "grant", "partnership": "ours", "business": "their_business", "organisation": "bakery"}, {}),
    "listed on another's client": (
        GrantOrganisation,
        {"grant": "grant", "partnership": "theirs", "business": "their_business", "organisation": "bakery"}, {}),
    "place at another's books": (
        MemberOrganisation, {"member": "emma", "business": "business", "organisation": "bakery"}, {}),
    "place in another's name": (
        MemberOrganisation, {"member": "emma", "business": "their_business", "organisation": "bakery"}, {}),
    "place of a firm's person": (
        MemberOrganisation, {"member": "seat", "business": "business", "organisation": "shop"}, {}),
    "a firm's role in a business": (MemberRole, {"member": "emma"}, {"side": "firm", "role": "staff"}),
    "a role of the other side": (MemberRole, {"member": "emma"}, {"side": "business", "role": "staff"}),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS)
def test_the_database_refuses(rows: Rows, pair: str) -> None:
    model, pointing, values = PAIRS[pair]
    fields: dict[str, object] = {field: rows[name] for field, name in pointing.items()}
    if model is MemberRole:
        MemberRole.objects.close()
    with pytest.raises(IntegrityError):
        write(model, fields | values)


def write(model: type[models.Model], values: dict[str, object]) -> None:
    with transaction.atomic():
        model._default_manager.create(**values)
        connection.check_constraints()
