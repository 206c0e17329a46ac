"""An attempt to connect an app: going there, what the return brings, choosing the account, or letting it go.

The talk with the app runs in a job, outside any transaction; the page that the person waits on polls. Nothing is connected
before the person has seen which account it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.connections.clocks import set_clocks
from tallystick.connections.models import Connection, Credential, Handshake
from tallystick.connections.models.handshakes import LONGEST_TALK
from tallystick.connectors import catalogue, talking
from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import NotReceived, TalkFailed
from tallystick.connectors.returning import check_callback
from tallystick.connectors.values import Account, Expected, Tokens
from tallystick.core.actor import Actor
from tallystick.core.clock import Now, now
from tallystick.core.refused import Refused
from tallystick.jobs import later
from tallystick.organisations.models import Organisation
from tallystick.organisations.models.tenants import hold_open

logger = structlog.get_logger("tallystick.connections")


@dataclass(frozen=True)
class Consent:
    """What one yes at an app gave: tokens (or a pasted key) and the accounts it reaches; when the call began."""

    tokens: Tokens | None
    accounts: list[Account]
    asked_at: datetime


def begin(
    organisation: Organisation,
    connector: Connector,
    inputs: Mapping[str, str],
    *,
    by: Actor,
    browser: str,
    restoring: Connection | None = None,
) -> tuple[Handshake, str]:
    """Begin, and say where to go: the app's own page, or "" where a pasted key is tried right away.

    Raises `Refused` when the actor may not, or the app is not set up.
    """
    with transaction.atomic():
        handshake, state = Handshake.begin(organisation, connector, inputs, by=by, browser=browser, restoring=restoring)
        if connector.kind == "api_key":
            Handshake.objects.filter(pk=handshake.pk).update(state="returned", returned_at=Now())
            later("connections.finish", handshake_id=str(handshake.pk))
            return handshake, ""
    address = talking.consent_url(
        connector,
        inputs,
        state=state,
        verifier=handshake.opened()["verifier"],
        redirect_uri=handshake.redirect_uri,
        renewing=restoring.credential.opened()["kept"] if restoring else None,
    )
    return handshake, address


async def finish(handshake_id: str) -> None:
    """The body of the job that the return left. Safe to run twice, also at once: one talks, the others look again later.

    Whoever talks may have died without a word; what they had taken is free after the longest talk.
    """
    handshake = await sync_to_async(Handshake.take_to_talk)(UUID(handshake_id))
    if handshake is None:
        await sync_to_async(_look_again)(UUID(handshake_id))
        return
    connector = catalogue.get(handshake.connector)
    try:
        consent = await _ask(connector, handshake)
    except TalkFailed as failure:
        await sync_to_async(_give_up)(connector, handshake, failure)
        return
    await sync_to_async(_keep)(connector, handshake, consent)


def _look_again(handshake_id: UUID) -> None:
    taken = Handshake.objects.filter(pk=handshake_id, state="returned").first()
    if taken and taken.talking_at:
        once = f"finish:{handshake_id}"
        later("connections.finish", at=taken.talking_at + LONGEST_TALK, once=once, handshake_id=str(handshake_id))


async def _ask(connector: Connector, handshake: Handshake) -> Consent:
    secret = handshake.opened()
    asked_at = await sync_to_async(now)()
    if connector.kind == "api_key":
        accounts = await talking.check_key(connector, secret["inputs"])
        return Consent(None, accounts, asked_at)
    expected = Expected(state=secret["state"], inputs=secret["inputs"])
    callback = check_callback(connector, secret["answer"], expected)
    tokens = await talking.redeem(
        connector, secret["inputs"], callback, verifier=secret["verifier"], redirect_uri=handshake.redirect_uri
    )
    return Consent(tokens, await talking.accounts(connector, secret["inputs"], tokens), asked_at)


def _give_up(connector: Connector, handshake: Handshake, failure: TalkFailed) -> None:
    """Say why, in a word that pages have a sentence for. Only what surely was not received may be tried again."""
    logger.info("attempt failed", handshake=str(handshake.pk), kind=failure.kind, place=failure.evidence.place)
    if isinstance(failure, NotReceived) and handshake.until > now() and not handshake.retried():
        Handshake.objects.filter(pk=handshake.pk).update(talking_at=None)
        raise failure
    with transaction.atomic():
        handshake.fail(failure.kind)
        if connector.kind == "api_key" and handshake.is_anybodys:
            return  # no fact: whoever or whatever opens a link can paste a key that is none
        record(
            "attempt.failed",
            handshake,
            by=handshake.actor,
            business_id=handshake.business_id,
            organisation_id=handshake.organisation_id,
            data={"connector": handshake.connector, "because": failure.kind, "code": failure.evidence.code},
            private={"app": connector.name},
        )


def _keep(connector: Connector, handshake: Handshake, consent: Consent) -> None:
    """The consent stands: sealed, and shown before any of its accounts is connected."""
    credential = _credential(connector, handshake, consent)
    granted = consent.tokens.scopes if consent.tokens else None
    if granted is None and consent.accounts:
        granted = consent.accounts[0].granted
    with transaction.atomic():
        taken = Handshake.objects.select_for_update().filter(pk=handshake.pk, state="returned").first()
        if taken is None:
            return
        credential.save()
        taken.credential = credential
        taken.missing = [scope.name for scope in connector.left_out(granted)]
        taken.accounts = [described(each) for each in consent.accounts]
        taken.state = "choosing"
        taken.save()
        if not consent.accounts:
            taken.fail("no_account")
            credential.retire_if_unused()
        elif taken.restoring:
            _restore(taken)


def _credential(connector: Connector, handshake: Handshake, consent: Consent) -> Credential:
    tokens = consent.tokens
    typed = handshake.opened()["inputs"]
    credential = Credential(
        business_id=handshake.business_id,
        connector=connector.slug,
        inputs=handshake.inputs,
        scopes=list((tokens.scopes if tokens else None) or ()),
        obtained_at=consent.asked_at,
    )
    secret: dict[str, Any] = {"access": None, "refresh": None, "kept": {}, "inputs": typed}
    if tokens:
        secret |= {"access": tokens.access, "refresh": tokens.refresh, "kept": dict(tokens.kept)}
        set_clocks(credential, connector, tokens, consent.asked_at)
    credential.seal(secret)
    return credential


def described(account: Account) -> dict[str, Any]:
    """An account as it is kept: what reading it needs, and the name people know it by. Nothing of it is secret."""
    return {
        "id": account.id,
        "name": account.full_name,
        "own_name": account.name,
        "details": dict(account.details),
        "granted": None if account.granted is None else list(account.granted),
        "holder_id": account.holder_id,
        "holder_name": account.holder_name,
        "new": account.is_new,
    }


def _restore(handshake: Handshake) -> None:
    """The same account at the app mends the connection by itself; another one stops here and is asked about."""
    connection, credential = handshake.restoring, handshake.credential
    assert connection is not None
    assert credential is not None
    same = next((each for each in handshake.accounts if each["id"] == connection.account_id), None)
    if same is None:
        handshake.fail("other_account")
        credential.retire_if_unused()
        return
    try:
        connection.restore(credential, same, by=handshake.actor, missing=list(handshake.missing))
    except Refused as refused:
        handshake.fail(refused.code)
        credential.retire_if_unused()
        return
    _done(handshake, connection)


def choose(handshake: Handshake, account_ids: list[str], *, by: Actor, unconfirmed: bool = False) -> list[Connection]:
    """Connect the accounts that the person picked from those the consent gave. Twice is once.

    `unconfirmed`: the person is unknown, so what they connect is not used until somebody confirms it.

    Raises `Refused` when nothing, too much, or something that was not offered was picked, or the right is gone.
    """
    connector = catalogue.get(handshake.connector)
    with transaction.atomic():
        hold_open(handshake.organisation_id)  # before the attempt, as whoever comes by a link does
        taken = Handshake.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=handshake.pk)
        if taken.state == "done":
            return [taken.connection] if taken.connection else []
        if taken.state != "choosing" or taken.credential is None:
            raise Refused("attempt_used", _("This attempt is over. Begin again to connect the app."), status=409)
        picked = [each for each in taken.accounts if each["id"] in account_ids]
        if not picked or len(picked) != len(set(account_ids)):
            raise Refused("account_missing", _("Choose which one is yours."), field="account", status=422)
        if len(picked) > 1 and not takes_several(connector):
            raise Refused("account_missing", _("Choose one of them."), field="account", status=422)
        # All that may be replaced is held before the first fact is written.
        Connection.objects.of_accounts(taken.organisation, taken.connector, *[each["id"] for each in picked]).hold()
        made = [
            Connection.establish(
                taken.organisation,
                taken.credential,
                each,
                by=by,
                missing=list(taken.missing),
                unconfirmed=unconfirmed,
            )
            for each in picked
        ]
        taken.credential.retire_if_unused()  # where all of them were connected before, and stay as they are
        _done(taken, made[0])
    return made


def takes_several(connector: Connector) -> bool:
    """May several accounts of one consent be connected at once?"""
    return connector.accounts is not None and connector.accounts.pick == "several"


def dismiss(handshake: Handshake) -> None:
    """Not this one: nothing is connected, and the consent is taken back at the app. Twice is once."""
    with transaction.atomic():
        taken = Handshake.objects.select_for_update().get(pk=handshake.pk)
        if taken.state != "choosing":
            return
        assert taken.credential is not None
        taken.fail("dismissed")
        taken.credential.retire_if_unused()


def sweep() -> int:
    """Attempts that nobody finished in time come to nothing, and their consents are taken back. How many.

    One that somebody is finishing at this moment is left to them: what they keep must not be overlooked.
    """
    swept = 0
    for handshake_id in Handshake.objects.lapsed().values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            lapsed = Handshake.objects.lapsed().select_for_update(skip_locked=True).filter(pk=handshake_id).first()
            if lapsed is None:
                continue
            lapsed.fail("too_old")
            if lapsed.credential:
                lapsed.credential.retire_if_unused()
        swept += 1
    return swept


def _done(handshake: Handshake, connection: Connection) -> None:
    Handshake.objects.filter(pk=handshake.pk).update(state="done", connection=connection, finished_at=Now())
