"""Facts told to people: what happened in words, who did it, when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tallystick.accounts.facts import FACTS as OF_ACCOUNTS
from tallystick.audit.facts import FACTS as OF_AUDIT
from tallystick.audit.models import Fact
from tallystick.organisations.facts import FACTS as OF_ORGANISATIONS
from tallystick.partnerships.facts import FACTS as OF_PARTNERSHIPS

SENTENCES: dict[str, Any] = {**OF_AUDIT, **OF_ACCOUNTS, **OF_ORGANISATIONS, **OF_PARTNERSHIPS}
_NAMES_SHOWN = ("person", "client", "team", "name", "after", "firm")  # which of a fact's names says most, first found


@dataclass(frozen=True)
class Event:
    """One line of a timeline."""

    text: str
    who: str
    when: datetime
    tone: str


def told(facts: Iterable[Fact]) -> list[Event]:
    """These facts in words; names that were erased are left out."""
    rows = facts.prefetch_related("asides") if hasattr(facts, "prefetch_related") else facts
    return [_event(fact) for fact in rows]


def _event(fact: Fact) -> Event:
    private = fact.private()
    about = next((private[key] for key in _NAMES_SHOWN if private.get(key)), "")
    sentence = str(SENTENCES.get(fact.kind, fact.kind))
    text = f"{sentence}: {about}" if about else sentence
    if private.get("reason"):
        text += f" “{private['reason']}”"
    return Event(text, private.get("by") or _("Tallystick"), fact.at, _tone(fact.kind))


def _tone(kind: str) -> str:
    if kind.endswith((".ended", ".suspended", ".made", ".closed")):
        return "bad" if kind.endswith(".ended") else "warn"
    return "good" if kind.endswith((".began", ".joined", ".given", ".opened", ".resumed", ".approved")) else ""
