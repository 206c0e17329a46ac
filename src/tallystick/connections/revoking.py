"""Taking a consent back at the app, for as long as it takes. Access here ended before, whatever comes of this.

A consent that was replaced by a newer one of the same account is left to the app where its call would end both.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from tallystick.audit import record
from tallystick.connections import leases
from tallystick.connections.access import Ended, Held, look_up
from tallystick.connections.leases import Taken
from tallystick.connections.models import Connection, Credential, Handshake, Revocation
from tallystick.connections.renewing import in_database
from tallystick.connectors import catalogue, talking
from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import AccessRefused, GrantEnded, NeedsPerson, TalkFailed
from tallystick.connectors.filling import placeholders
from tallystick.connectors.values import Tokens
from tallystick.core.actor import HOUSE
from tallystick.core.clock import Now, now
from tallystick.core.sealing import Unopenable
from tallystick.jobs import later, later_each

logger = structlog.get_logger("tallystick.connections")

FIRST, LONGEST = timedelta(seconds=30), timedelta(days=1)
"""Between tries: twice as long each time, up to a day, for ever."""
BUSY = timedelta(seconds=20)
"""While a renewal is under way it is left to finish: its new tokens are to be taken back too."""
OUTCOMES = ("revoked", "by_hand", "replaced", "ended_before")
AT_ONCE = 500


async def revoke(credential_id: UUID) -> None:
    """Try once; what did not work is tried again by a job of its own. Safe to run twice and at any time."""
    lease = await in_database(_begin)(credential_id)
    if lease is None:
        return
    outcome, failure = "", ""
    try:
        outcome = await _end_at_app(lease)
    except TalkFailed as trouble:
        failure = " ".join(filter(None, (trouble.kind, trouble.evidence.code)))
    except (Ended, Unopenable):
        outcome = "ended_before"
    finally:
        await in_database(_finish)(lease, outcome, failure)


def lay_due() -> int:
    """Leave a try behind for every consent still to be taken back whose time has come; how many."""
    with transaction.atomic():
        due = Revocation.objects.annotate(due_at=Coalesce("next_try_at", F("created_at") + BUSY))
        due = due.filter(done_at=None, due_at__lte=Now()).select_for_update(skip_locked=True)
        taken = dict(due.values_list("pk", "credential_id")[:AT_ONCE])
        Revocation.objects.filter(pk__in=taken).update(next_try_at=Now() + LONGEST)
        later_each("connections.revoke", {f"revoke:{each}": {"credential_id": each} for each in taken.values()})
    return len(taken)


def _begin(credential_id: UUID) -> Taken | None:
    """The lease, so that nobody renews what is being taken back. Only what was retired is ever taken back."""
    waiting = Revocation.objects.filter(credential_id=credential_id, done_at=None)
    if not waiting.filter(credential__dead_because="retired").exists():
        return None
    lease = leases.take(credential_id)
    if lease is None:
        waiting.update(next_try_at=Now() + BUSY)
        later("connections.revoke", at=now() + BUSY, once=f"revoke:{credential_id}", credential_id=credential_id)
        return None
    waiting.update(tries=F("tries") + 1, last_tried_at=Now())
    return lease


async def _end_at_app(lease: Taken) -> str:
    """Ask the app; what became of it. Raises `TalkFailed` for what is to be tried again."""
    held = await in_database(look_up)(lease.credential_id)
    connector = catalogue.get(held.connector)
    if connector.revocation is None:
        return "by_hand"
    secret = held.opened()
    if await in_database(_is_replaced)(held, connector, secret):
        return "replaced"
    inputs = {**held.inputs, **secret["inputs"]}
    tokens = Tokens(access=secret["access"] or "", refresh=secret["refresh"], kept=secret["kept"])
    try:
        await talking.revoke(connector, inputs, tokens)
    except AccessRefused:
        return await _with_new_token(lease, connector, inputs, tokens)
    return "revoked"


async def _with_new_token(lease: Taken, connector: Connector, inputs: dict[str, str], tokens: Tokens) -> str:
    """The token is too old to say so: renew it, which hands it to nobody, and ask again. What can't be renewed has ended."""
    if not tokens.refresh:
        return "ended_before"
    try:
        renewed = await talking.refresh(connector, inputs, tokens.refresh, tokens.kept)
    except GrantEnded:
        return "ended_before"
    await in_database(_keep)(lease, tokens, renewed, inputs)
    whole = Tokens(access=renewed.access, refresh=renewed.refresh or tokens.refresh, kept=renewed.kept)
    try:
        await talking.revoke(connector, inputs, whole)
    except NeedsPerson:
        return "by_hand"
    return "revoked"


def _keep(lease: Taken, tokens: Tokens, renewed: Tokens, inputs: dict[str, str]) -> None:
    """A pair made on the way to the end is saved like any other: a later try needs it. It stays retired."""
    credential = Credential.objects.get(pk=lease.credential_id)
    secret = {"access": renewed.access, "refresh": renewed.refresh or tokens.refresh}
    credential.seal({**secret, "kept": {**tokens.kept, **renewed.kept}, "inputs": inputs})
    Credential.objects.filter(pk=credential.pk, generation=credential.generation, dead_because="retired").update(
        generation=F("generation") + 1,
        data_key=credential.data_key,
        secret=credential.secret,
        ring_key=credential.ring_key,
    )


def _is_replaced(held: Held, connector: Connector, secret: dict[str, Any]) -> bool:
    """Would the call end a newer consent too? So it may be where another live credential reaches the same account, and the
    call does not name this consent by something that only this one has.
    """
    living = Connection.objects.alive().filter(connector=held.connector, credential__dead_at=None)
    others = living.exclude(credential_id=held.id).filter(account_id__in=_accounts_of(held.id))
    named = _named_in_call(connector) & set(secret["kept"])
    return any(not _differs(other.credential, secret, named) for other in others.select_related("credential"))


def _accounts_of(credential_id: UUID) -> set[str]:
    """The accounts that the consent reached when it was given, and those that it served last."""
    offered = Handshake.objects.filter(credential_id=credential_id).values_list("accounts", flat=True)
    served = Connection.objects.filter(credential_id=credential_id).values_list("account_id", flat=True)
    return {each["id"] for accounts in offered for each in accounts} | set(served)


def _differs(other: Credential, secret: dict[str, Any], named: set[str]) -> bool:
    theirs = other.opened()["kept"]
    return any(theirs.get(name) != secret["kept"][name] for name in named)


def _named_in_call(connector: Connector) -> set[str]:
    assert connector.revocation is not None
    call = connector.revocation.call
    texts = (call.url, json.dumps(call.json), *call.query.values(), *call.form.values(), *call.headers.values())
    return {name for text in texts for name in placeholders(text)}


def _finish(lease: Taken, outcome: str, failure: str) -> None:
    """Write down what became of it; a consent that is taken back leaves no secret behind."""
    leases.release(lease)
    with transaction.atomic():
        mine = Revocation.objects.select_for_update().filter(credential_id=lease.credential_id, done_at=None).first()
        if mine is None:
            return
        if not outcome:
            wait = min(FIRST * 2 ** min(mine.tries, 20), LONGEST) * random.uniform(0.5, 1.0)  # noqa: S311 - spreading
            mine.last_answer, mine.next_try_at = failure[:80], now() + wait
            mine.save(update_fields=["last_answer", "next_try_at"])
            return
        mine.outcome, mine.done_at, mine.last_answer = outcome, now(), ""
        mine.save(update_fields=["outcome", "done_at", "last_answer"])
        _erase(mine.credential)
        record(
            "credential.revoked",
            mine.credential,
            by=HOUSE,
            business_id=mine.credential.business_id,
            data={"connector": mine.credential.connector, "outcome": outcome},
            private={"app": catalogue.get(mine.credential.connector).name},
        )


def _erase(credential: Credential) -> None:
    Credential.objects.filter(pk=credential.pk, dead_because="retired").update(
        data_key=b"", secret=b"", ring_key="", marks=[], generation=F("generation") + 1, renew_at=None
    )
