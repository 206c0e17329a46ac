"""Fresh tokens: one call to the app per expired credential, whatever the number of callers and processes, and nothing lost.

A token that is still valid is handed out at once, and renewed behind. One that is over is renewed here and now by whoever
gets the lease; all others wait for what that one saves. A new pair is saved before anything of it is handed out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, connection, transaction

from tallystick.connections import breaking, burying, leases, spool
from tallystick.connections.access import Access, Ended, Held, Unavailable, access_of, look_up
from tallystick.connections.clocks import set_clocks
from tallystick.connections.leases import Saved, Standing, Taken
from tallystick.connections.models import Connection, Credential
from tallystick.connectors import catalogue, talking
from tallystick.connectors.bridge import wait_for
from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import NeedsPerson, TalkFailed
from tallystick.connectors.network import LONGEST_TOKEN_CALL
from tallystick.connectors.values import Tokens
from tallystick.core.clock import Now
from tallystick.jobs import later, later_each

logger = structlog.get_logger("tallystick.connections")

WAIT = 70.0
"""Seconds that a caller waits for somebody else's renewal, at most."""
BLIP = 10.0
"""Seconds: an app that has been failing for longer is not waited for; the caller hears so at once."""
AT_ONCE = 500
"""Renewals that are laid in one go."""
BEHIND = 60.0
"""Seconds until a renewal that was laid is laid again, should it have come to nothing."""
_FIRST_LOOK, _LONGEST_LOOK = 0.05, 0.4  # seconds between looks at what somebody else is renewing

Given = TypeVar("Given")
Asked = ParamSpec("Asked")

_under_way: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, asyncio.Task[Access]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Ready:
    """What a call to the token endpoint needs."""

    held: Held
    connector: Connector
    secret: dict[str, Any] = field(repr=False)

    @property
    def inputs(self) -> dict[str, str]:
        """What was typed before the app was connected."""
        return {**self.held.inputs, **self.secret["inputs"]}


async def fresh(credential_id: UUID) -> Access:
    """A token that works now. Raises `Ended` when only a person can mend it, `Unavailable` when it comes by itself."""
    held = await in_database(_held)(credential_id)
    return await _shared(credential_id, None) if _is_over(held) else held.access()


def fresh_now(credential_id: UUID) -> Access:
    """The same from code that is not asynchronous. Raises `InsideTransaction` when it would have to talk inside one."""
    held = _held(credential_id)
    return wait_for(_shared(credential_id, None)) if _is_over(held) else held.access()


async def renew(credential_id: UUID, generation: int) -> Access:
    """Renew what still is of this generation, though it may be valid: the job behind a token whose time has come, and what
    is done when an app refuses a token. What can't be renewed is given as it is. Raises like `fresh`.
    """
    return await _shared(credential_id, generation)


def lay_due() -> int:
    """Leave a renewal behind for every credential whose time has come, each once; how many."""
    due = Credential.objects.filter(renew_at__lte=Now(), dead_at=None).order_by("renew_at")
    laid = 0
    while True:
        with transaction.atomic():
            taken = dict(due.select_for_update(skip_locked=True).values_list("pk", "generation")[:AT_ONCE])
            Credential.objects.filter(pk__in=taken).update(renew_at=Now() + timedelta(seconds=BEHIND))
            jobs = {_key(each): {"credential_id": each, "generation": taken[each]} for each in taken}
            later_each("connections.renew", jobs)
        laid += len(taken)
        if len(taken) < AT_ONCE:
            return laid


def _key(credential_id: UUID) -> str:
    return f"renew:{credential_id}"


def in_database(work: Callable[Asked, Given]) -> Callable[Asked, asyncio.Future[Given]]:
    """Short database work from asynchronous code. The connection is given back after it, so that hundreds who wait for
    apps hold none.
    """

    def closing(*args: Asked.args, **kwargs: Asked.kwargs) -> Given:
        try:
            return work(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return sync_to_async(closing)  # type: ignore[return-value]


def _held(credential_id: UUID) -> Held:
    """The credential now; a renewal is left behind when its time has come while it still is valid."""
    held = look_up(credential_id)
    if held.is_due and not held.is_over and not held.is_dead:
        _leave_behind(held)
    return held


def _leave_behind(held: Held) -> None:
    """Whoever moves the time on lays the job; the others of this moment lay nothing."""
    with transaction.atomic():
        soon = Now() + timedelta(seconds=BEHIND)
        if Credential.objects.filter(pk=held.id, renew_at=held.renew_at).update(renew_at=soon):
            later("connections.renew", once=_key(held.id), credential_id=held.id, generation=held.generation)


def _is_over(held: Held) -> bool:
    return held.is_over and not held.is_dead


async def _shared(credential_id: UUID, generation: int | None) -> Access:
    """One renewal in this process for all who ask. It goes on when who asked goes away: its answer can't be had twice."""
    tasks = _under_way.setdefault(asyncio.get_running_loop(), {})
    task = tasks.get(credential_id)
    if task is None:
        task = tasks[credential_id] = asyncio.create_task(_until_renewed(credential_id, generation))
        task.add_done_callback(lambda done: _forget(tasks, credential_id, done))
    try:
        return await asyncio.wait_for(asyncio.shield(task), WAIT)
    except TimeoutError:
        raise Unavailable("app_down") from None


def _forget(tasks: dict[UUID, asyncio.Task[Access]], credential_id: UUID, done: asyncio.Task[Access]) -> None:
    tasks.pop(credential_id, None)
    if not done.cancelled():
        done.exception()  # seen, so that nobody's absence is a warning


async def _until_renewed(credential_id: UUID, generation: int | None) -> Access:
    """Ask the app when it is ours to ask, else wait for whoever does. Without a `generation`, only for what is over."""
    end = asyncio.get_running_loop().time() + WAIT
    pause = _FIRST_LOOK
    while True:
        step = await in_database(_next_step)(credential_id, generation)
        if isinstance(step, Access):
            return step
        if isinstance(step, Taken):
            given = await _ask(step, generation)
            if given is not None:
                return given
            pause = _FIRST_LOOK
            continue
        wait = pause if step.is_busy else step.wait
        if asyncio.get_running_loop().time() + wait > end or (not step.is_busy and step.failing + wait > BLIP):
            raise Unavailable(step.kind, wait)
        await asyncio.sleep(wait)
        pause = min(pause * 1.5, _LONGEST_LOOK)


def _next_step(credential_id: UUID, generation: int | None) -> Access | Taken | Standing:
    """What to do: nothing, because it is fresh; ask, with the lease taken; or wait. Raises `Ended`, and `Unavailable` when
    it has to wait for an app that fails while the token is still valid.
    """
    spool.replay(credential_id)
    held = look_up(credential_id)
    if not _needs_call(held, generation):
        return held.access()
    standing = leases.standing(credential_id)
    if standing.is_busy:
        return standing
    if standing.wait or (standing.is_guarded and not breaking.lets_through(held.connector)):
        wait = standing.wait or leases.FIRST_WAIT
        if held.is_over:
            return replace(standing, wait=wait)
        raise Unavailable(standing.kind, wait)
    return leases.take(credential_id) or replace(standing, is_busy=True)


def _needs_call(held: Held, generation: int | None) -> bool:
    return not held.is_dead and (held.is_over or held.generation == generation)


async def _ask(lease: Taken, generation: int | None) -> Access | None:
    """With the lease: what the app gives, saved. None: look again. Raises `Ended` and `Unavailable`."""
    ready = await in_database(_prepared)(lease, generation)
    if not isinstance(ready, Ready):
        return ready
    try:
        tokens = await talking.refresh(ready.connector, ready.inputs, ready.secret["refresh"], ready.secret["kept"])
    except TalkFailed as failure:
        await in_database(_failed)(lease, ready, failure)
        return None
    return await _kept(lease, ready, tokens)


def _prepared(lease: Taken, generation: int | None) -> Ready | Access | None:
    """What the call needs, read after the lease was taken: whoever had it before may have done it all. When there is
    nothing to ask, the lease is given back.
    """
    asked = False
    try:
        held = look_up(lease.credential_id)
        if not _needs_call(held, generation):
            return None
        ready = Ready(held, catalogue.get(held.connector), held.opened())
        if not ready.secret["refresh"]:
            return _without(held, "ended")
        if not _may_repeat(lease, ready.connector):
            return _without(held, "answer_lost")
        asked = leases.about_to_send(lease)
        return ready if asked else None
    finally:
        if not asked:
            leases.release(lease)


def _without(held: Held, kind: str) -> Access | None:
    """There is no refresh token, or nobody knows whether it still holds and asking could end the consent. What is valid is
    served until it ends; then a person is asked.
    """
    if held.is_over:
        burying.bury(held, kind)
        return None
    Credential.objects.filter(pk=held.id, generation=held.generation).update(renew_at=held.access_ends_at)
    return held.access()


def _may_repeat(lease: Taken, connector: Connector) -> bool:
    """Only where the app does not change refresh tokens, or takes the one before for a while."""
    return connector.tokens.rotates == "no" or lease.allows_again(connector.tokens.previous_token_grace)


async def _kept(lease: Taken, ready: Ready, tokens: Tokens) -> Access | None:
    """Save the pair, whatever it takes: to the database, else to the disk, from where it goes to the database."""
    credential, access = _with_new_pair(lease, ready, tokens)
    try:
        saved = await in_database(leases.save)(credential, lease)
    except (DatabaseError, InterfaceError, OSError) as trouble:
        logger.warning("tokens not saved", row=str(credential.pk), trouble=type(trouble).__name__)
        saved = await _spooled(credential, lease)
    if saved is None:  # the lease ran out meanwhile, or the credential is another: see there what this pair is worth
        await asyncio.to_thread(spool.keep, credential, lease)
        await in_database(spool.replay)(credential.pk)
        return None
    if saved != Saved("", has_troubled=False, was_failing=False):
        await in_database(_after_saving)(credential, saved)
    if saved.became:
        raise Ended(saved.became)
    return access


async def _spooled(credential: Credential, lease: Taken) -> Saved | None:
    """The database did not take it: it is kept on disk, and put back from there. Raises `Unavailable`, because nothing of
    it is handed out before it stands in the database. Where the disk does not take it either, the database is asked again
    for as long as the lease lasts.
    """
    try:
        await asyncio.to_thread(spool.keep, credential, lease)
    except OSError as trouble:
        logger.exception("tokens neither saved nor spooled", row=str(credential.pk), trouble=type(trouble).__name__)
        return await _insist(credential, lease)
    spool.watch()
    raise Unavailable("our_fault", spool.PAUSE)


async def _insist(credential: Credential, lease: Taken) -> Saved | None:
    end = asyncio.get_running_loop().time() + leases.LIFE - LONGEST_TOKEN_CALL
    while True:
        try:
            return await in_database(leases.save)(credential, lease)
        except (DatabaseError, InterfaceError, OSError):
            if asyncio.get_running_loop().time() > end:
                raise Unavailable("our_fault") from None
        await asyncio.sleep(_LONGEST_LOOK)


def _with_new_pair(lease: Taken, ready: Ready, tokens: Tokens) -> tuple[Credential, Access]:
    """The credential as it is to be saved, and what is handed out once it is."""
    held, before = ready.held, ready.secret
    refresh = tokens.refresh or before["refresh"]
    kept = {**before["kept"], **tokens.kept}
    secret = {"access": tokens.access, "refresh": refresh, "kept": kept, "inputs": before["inputs"]}
    scopes = tokens.scopes if tokens.scopes is not None else held.scopes
    credential = Credential(
        pk=held.id,
        business_id=held.business_id,
        connector=held.connector,
        generation=held.generation,
        scopes=list(scopes),
        refresh_ends_at=held.refresh_ends_at,
        consent_ends_at=held.consent_ends_at,
    )
    credential.seal(secret)
    set_clocks(credential, ready.connector, replace(tokens, refresh=refresh), lease.at)
    if refresh == before["refresh"]:
        credential.refresh_ends_at = held.refresh_ends_at
    access = access_of(secret, credential.access_ends_at, held.inputs, tuple(scopes), held.generation + 1)
    return credential, access


def _after_saving(credential: Credential, saved: Saved) -> None:
    """The app works: nothing is held against it, and connections that had trouble are looked at. Of a credential that was
    taken away meanwhile, the new pair is taken back.
    """
    if saved.was_failing:
        breaking.note_answer(credential.connector)
    if saved.became == "retired":
        spool.after_saving(credential)
        return
    troubled = Connection.objects.filter(credential_id=credential.pk, state__in=("trouble", "needs_client"))
    for connection_id in troubled.values_list("pk", flat=True):
        later("connections.look", once=f"look:{connection_id}", connection_id=connection_id)


def _failed(lease: Taken, ready: Ready, failure: TalkFailed) -> None:
    """What a failure means for the credential, the app, and the connections."""
    held, evidence = ready.held, failure.evidence
    logger.info("renewal failed", row=str(held.id), kind=failure.kind, said=evidence.code)
    if isinstance(failure, NeedsPerson):
        # Before that is believed: is there a newer pair, in the row or on the disk?
        leases.release(lease)
        spool.replay(held.id)
        burying.bury(held, failure.kind, code=evidence.code)
        return
    if failure.whose == "us":
        breaking.note_refusal(held.connector, evidence.code)
        leases.fail(lease, failure.kind, evidence.code, at_least=leases.LONGEST_WAIT)
    else:
        breaking.note_failure(held.connector, held.id)
        at_least = failure.retry_after or 0.0
        leases.fail(lease, failure.kind, evidence.code, at_least=at_least, lost=failure.may_have_happened)
    if held.is_over:
        burying.note_trouble(held, failure)
