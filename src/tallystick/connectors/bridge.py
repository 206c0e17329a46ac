"""Talking from code that is not asynchronous, and never inside a database transaction."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.db import connections

from tallystick.connectors.failures import InsideTransaction

Given = TypeVar("Given")


def wait_for(talk: Coroutine[Any, Any, Given]) -> Given:
    """What a talk gives: `wait_for(talking.refresh(…))`. For asynchronous code just awaits it.

    Raises InsideTransaction, unsent, when this thread has a transaction open: a slow app would hold its locks, and
    what the app did could not be undone with it.
    """
    if in_transaction():
        talk.close()
        raise InsideTransaction("Talk with the app first, then open the transaction that keeps what it said.")

    async def listen() -> Given:
        return await talk

    return async_to_sync(listen)()


def in_transaction() -> bool:
    """Has this thread a transaction open? The one that a test wraps itself in does not count, as with `durable=True`."""
    return any(
        connection.atomic_blocks and not connection.atomic_blocks[-1]._from_testcase  # type: ignore[attr-defined]
        for connection in connections.all(initialized_only=True)
    )
