"""Rules of the house that the code itself can be asked about: who sees rows, facts and errors that are documented."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.utils.functional import Promise

from tallystick.web.facts import MEANINGS
from tools import errors

SOURCE = Path(errors.SOURCE)
ROOMS = sorted(
    config.name.rpartition(".")[2] for config in apps.get_app_configs() if config.name.startswith("tallystick.")
)

# Rows that no list starts from: they are read through the row they belong to, which has `visible_to`.
THROUGH_ANOTHER = {
    "accounts.AuthenticatorApp": "their person",
    "accounts.NotificationChoice": "their person",
    "accounts.RecoveryCode": "their person",
    "notifications.DigestLine": "their person",
    "organisations.Business": "its members' seats",
    "organisations.Firm": "its members' seats",
    "organisations.FirmLogo": "the firm; everybody may see it",
    "organisations.MemberOrganisation": "the member",
    "organisations.MemberRole": "the member",
    "organisations.MemberSuspension": "the member",
    "partnerships.Coverage": "the partnership",
    "partnerships.GrantOrganisation": "the grant",
    "partnerships.PartnershipSuspension": "the partnership",
    "partnerships.Restriction": "the partnership",
    "partnerships.TeamMember": "the team",
    "partnerships.Terms": "the partnership",
}
# Rows of the house itself: no page of a tenant or person shows them.
HOUSES_OWN = {"accounts.Allowance", "accounts.Attempt", "accounts.Code", "audit.Aside", "audit.Head", "audit.Link"}


def our_models() -> Iterator[type[models.Model]]:
    for room in ROOMS:
        yield from apps.get_app_config(room).get_models()


def is_owned(model: type[models.Model]) -> bool:
    """Whether its rows are somebody's: they point at a tenant or a person, at a row that does, or name one by its id."""
    names = {field.name for field in model._meta.get_fields() if isinstance(field, models.Field)}
    owners = {
        "person",
        "firm",
        "business",
        "organisation",
        "member",
        "partnership",
        "tenant_id",
        "person_id",
        "team",
        "grant",
    }
    return bool(names & owners) or model._meta.label.startswith("organisations.")


@pytest.mark.parametrize("model", [each for each in our_models() if is_owned(each)], ids=lambda each: each._meta.label)
def test_rows_that_are_somebodys_say_who_sees_them(model: type[models.Model]) -> None:
    label = model._meta.label
    if label in THROUGH_ANOTHER or label in HOUSES_OWN:
        assert not hasattr(model._default_manager, "visible_to"), (
            f"{label} has `visible_to`: take it off the list here."
        )
    else:
        assert hasattr(model._default_manager, "visible_to"), f"{label} needs `visible_to(actor)`."


def test_the_lists_of_exceptions_name_what_there_is() -> None:
    labels = {model._meta.label for model in our_models()}
    assert set(THROUGH_ANOTHER) <= labels
    assert labels >= HOUSES_OWN


# Facts


def kinds_recorded() -> Iterator[tuple[str, str]]:
    """Room and kind of every fact that is recorded anywhere: first words of `record(…)` and of verbs that pass it on."""
    for path in SOURCE.rglob("*.py"):
        room = path.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("record", "_record"):
                    yield from ((room, kind) for kind in _kinds(node.args[0]))


def _kinds(word: ast.expr) -> Iterator[str]:
    """The kinds an expression can stand for; of a name that is passed on, none."""
    match word:
        case ast.Constant(value=str(kind)):
            yield kind
        case ast.IfExp(body=one, orelse=other):
            yield from _kinds(one)
            yield from _kinds(other)
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(rest))]):
            yield from (f"{side}{rest}" for side in ("firm", "business"))
        case _:
            return


def facts_of(room: str) -> dict[str, str | Promise]:
    try:
        module = importlib.import_module(f"tallystick.{room}.facts")
    except ModuleNotFoundError:
        return {}
    facts: dict[str, str | Promise] = getattr(module, "FACTS", {})
    return facts


WRITTEN_FOR_OTHERS = {"web": ("audit",), "endings": ("organisations", "partnerships")}
"""Rooms that record kinds which another room has described."""


@pytest.mark.parametrize(("room", "kind"), sorted(set(kinds_recorded())))
def test_a_fact_that_is_recorded_is_described(room: str, kind: str) -> None:
    described = {each for where in (room, *WRITTEN_FOR_OTHERS.get(room, ())) for each in facts_of(where)}
    assert kind in described, f"Add {kind!r} to {room}/facts.py."
    noun, _, participle = kind.partition(".")
    assert noun.replace("_", "").isalpha()
    assert participle.replace("_", "").isalpha()


def test_every_fact_has_a_sentence_on_pages_and_is_described_once() -> None:
    described = Counter(kind for room in ROOMS for kind in facts_of(room))
    assert [kind for kind, times in described.items() if times > 1] == []
    assert set(described) <= set(MEANINGS)
    assert all(str(sentence).strip() for sentence in MEANINGS.values())


# Errors


def test_the_page_of_errors_is_what_the_code_says() -> None:
    assert errors.PAGE.read_text() == errors.page(), "Run: python -m tools.errors"


def test_every_no_has_its_sentence_and_one_status() -> None:
    found, unread = errors.collect()
    assert unread == []
    for code, no in found.items():
        assert len(no.statuses) == 1, code
        assert no.sentences, code
        assert code == code.lower()
        assert code.replace("_", "").isalpha()
        for sentence in no.sentences:
            for word in ("invalid", "forbidden", "oops", "error", "illegal", "not permitted"):
                assert word not in sentence.lower(), f"{code}: {sentence}"
