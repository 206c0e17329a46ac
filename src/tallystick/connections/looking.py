"""Looking whether a connection works: the first read after it was made, and one a day from then on.

A look asks for the account, which must still be the same, and for its latest records. What it finds is kept sealed; what goes
wrong becomes the connection's health. An app that allows few reads a day keeps most of them for those who pay for it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from tallystick.connections import breaking, renewing
from tallystick.connections.access import Access, Ended, Unavailable
from tallystick.connections.models import Connection
from tallystick.connections.renewing import in_database
from tallystick.connectors import catalogue, talking
from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import AccessRefused, AppBusy, NeedsPerson, PermissionMissing, TalkFailed
from tallystick.connectors.values import Account, Record
from tallystick.core.clock import Now, now
from tallystick.core.sealing import Unopenable
from tallystick.jobs import later_each

logger = structlog.get_logger("tallystick.connections")

DAILY = (timedelta(hours=22), timedelta(hours=26))
"""Between two looks at what works: a random time of this length, so that a morning's connections don't ask together."""
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=6)
"""Between two looks at what has trouble: half as long as it has had it, within these bounds."""
CLAIMED = timedelta(hours=1)
"""A look that was laid is laid again after this time, should it have come to nothing."""
AT_ONCE = 500


class AccountGone(NeedsPerson):
    """The account is not among those that the consent reaches any more."""

    kind = "account_gone"


@dataclass(frozen=True)
class Found:
    """What a look found: the account as it is now, and its latest records (None: not read this time)."""

    account: Account
    records: list[Record] | None


async def look(connection_id: UUID) -> None:
    """Look whether it works, and write down what was found. Twice does no harm. Raises nothing that apps do."""
    connection = await in_database(_alive)(connection_id)
    if connection is None:
        return
    connector = catalogue.get(connection.connector)
    try:
        found = await _find(connection, connector)
    except Ended as over:
        await in_database(_note_end)(connection, over)
    except Unavailable as away:
        await in_database(_note_away)(connection, away)
    except TalkFailed as failure:
        await in_database(_note_failure)(connection, connector, failure)
    except Unopenable:
        logger.exception("secret does not open", connection=str(connection_id))
        await in_database(_note_away)(connection, Unavailable("our_fault"))
    else:
        await in_database(_note_found)(connection, found)


def lay_due() -> int:
    """Leave a look behind for every connection whose time has come, each once; how many."""
    due = Connection.objects.alive().filter(check_at__lte=Now()).order_by("check_at")
    laid = 0
    while True:
        with transaction.atomic():
            taken = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
            Connection.objects.filter(pk__in=taken).update(check_at=Now() + CLAIMED)
            later_each("connections.look", {f"look:{each}": {"connection_id": each} for each in taken})
        laid += len(taken)
        if len(taken) < AT_ONCE:
            return laid


def _alive(connection_id: UUID) -> Connection | None:
    return Connection.objects.alive().filter(pk=connection_id).first()


async def _find(connection: Connection, connector: Connector) -> Found:
    """Read; when the app refuses the token, renew it once and read again. Raises what the second answer means."""
    access = await renewing.fresh(connection.credential_id)
    try:
        return await _read(connection, connector, access)
    except AccessRefused:
        renewed = await renewing.renew(connection.credential_id, access.generation)
        if renewed.generation == access.generation:
            raise
        return await _read(connection, connector, renewed)


async def _read(connection: Connection, connector: Connector, access: Access) -> Found:
    accounts = await talking.accounts(connector, access.inputs, access.tokens)
    account = next((each for each in accounts if each.id == connection.account_id), None)
    if account is None:
        raise AccountGone("not among the accounts")
    if not await in_database(_takes_a_read)(connection, connector):
        return Found(account, None)
    try:
        return Found(account, await talking.latest(connector, access.inputs, access.tokens, account))
    except AppBusy:
        # It counts reads, and ours are used up: it has just shown that it lets us in.
        if connector.reads_per_day is None:
            raise
        return Found(account, None)


def _takes_a_read(connection: Connection, connector: Connector) -> bool:
    """May this look read? Where reads are counted, looks take at most half of a day's."""
    if connector.reads_per_day is None:
        return True
    today = now().date()
    mine = Connection.objects.filter(pk=connection.pk)
    mine.exclude(reads_day=today).update(reads_day=today, reads_today=0)
    most = max(1, connector.reads_per_day // 2)
    return mine.filter(reads_day=today, reads_today__lt=most).update(reads_today=F("reads_today") + 1) == 1


def _note_found(connection: Connection, found: Found) -> None:
    breaking.note_answer(connection.connector)
    before = connection.what_was_read().get("records", []) if found.records is None else []
    records = before if found.records is None else [_plain(each) for each in found.records]
    said = {"name": found.account.full_name, "records": records}
    connection.note_good_read(said, next_check=_tomorrow(), through=connection.credential_id)


def _note_end(connection: Connection, over: Ended) -> None:
    """Only a new yes mends it. A credential that was taken away says nothing about what took its place."""
    if over.kind == "retired":
        return
    _note(connection, over.kind, needs_client=True, next_check=None, evidence={"place": "token", "code": ""})


def _note_away(connection: Connection, away: Unavailable) -> None:
    wait = timedelta(seconds=away.retry_after)
    evidence = {"place": "token", "code": ""}
    _note(connection, away.kind, needs_client=False, next_check=_again(connection, wait), evidence=evidence)


def _note_failure(connection: Connection, connector: Connector, failure: TalkFailed) -> None:
    """A person's turn, ours, or the app's. A permission that is missing for the first time may be a slip of the app's: it
    is looked at twice before anybody is asked.
    """
    evidence = {"place": failure.evidence.place, "code": failure.evidence.code}
    kind = "key_wrong" if connector.kind == "api_key" and isinstance(failure, AccessRefused) else failure.kind
    if failure.whose == "us":
        breaking.note_refusal(connector.slug, failure.evidence.code)
    elif failure.whose == "app":
        breaking.note_failure(connector.slug, connection.credential_id)
    doubtful = isinstance(failure, PermissionMissing) and connection.state == "working"
    if isinstance(failure, NeedsPerson) and not doubtful:
        _note(connection, kind, needs_client=True, next_check=_tomorrow(), evidence=evidence)
        return
    wait = timedelta(seconds=failure.retry_after or 0)
    _note(connection, kind, needs_client=False, next_check=_again(connection, wait), evidence=evidence)


def _note(
    connection: Connection, kind: str, *, needs_client: bool, next_check: datetime | None, evidence: Mapping[str, str]
) -> None:
    connection.note_trouble(
        kind,
        place=evidence["place"],
        code=evidence["code"],
        needs_client=needs_client,
        next_check=next_check,
        through=connection.credential_id,
    )


def _tomorrow() -> datetime:
    shortest, longest = DAILY
    return now() + shortest + (longest - shortest) * random.random()  # noqa: S311 - spreading, not secrecy


def _again(connection: Connection, at_least: timedelta) -> datetime:
    moment = now()
    lasting = moment - connection.trouble_since if connection.trouble_since else timedelta(0)
    wait = min(max(lasting / 2, SOONEST), LATEST)
    return moment + max(at_least, wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreading, not secrecy


def _plain(record: Record) -> dict[str, Any]:
    """A record as it is kept and shown."""
    return {
        "id": record.id,
        "label": record.label,
        "amount": None if record.amount is None else str(record.amount),
        "currency": record.currency,
        "moment": record.moment.isoformat() if record.moment else None,
    }
