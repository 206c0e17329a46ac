"""The worker: one process that does jobs until it is told to stop, whatever becomes of the database meanwhile."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import DatabaseError, close_old_connections, connection, connections
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout

from tallystick.jobs.ledger import PatientLedger
from tallystick.jobs.models import Failure
from tallystick.jobs.registry import HANDLERS, LANES
from tallystick.jobs.rescue import rescue
from tallystick.jobs.routines import lay_due_routines

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pace:
    """How often a worker does what, in seconds.

    `grace` must stay under `stale`: once told to stop, a worker gives no more signs of life, and a job still running
    after `stale` would be done a second time elsewhere. `farewell` is how long after the grace the process leaves
    whatever still runs in a thread: nothing can interrupt that.
    """

    heartbeat: float = 10.0
    stale: float = 30.0
    poll: float = 5.0
    tick: float = 10.0
    grace: float = 20.0
    farewell: float = 5.0
    longest_pause: float = 10.0


def run_worker(pace: Pace | None = None) -> None:
    """Do jobs until SIGTERM or SIGINT, then finish what is running, for 20 s at most.

    Returns only when told to stop: while the database is away it tries again with growing pauses. Must be called in the
    main thread of a process of its own.
    """
    asyncio.run(Shift(pace or Pace()).work_until_told())


class Shift:
    """One process's time at work: a worker for each lane, over one pool of connections."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.told_to_stop = asyncio.Event()

    async def work_until_told(self) -> None:
        """Work; when the database goes away, come back with growing pauses."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(sum(LANES.values()) + 4, thread_name_prefix="job"))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        pause = 0.5
        while not self.told_to_stop.is_set():
            began = loop.time()
            try:
                await self._work()
            except (DatabaseError, ConnectorException, PoolTimeout) as trouble:
                log.warning("the database is away (%s), trying again", type(trouble).__name__)
            except Exception:  # whatever it was, a worker that stays away would be worse
                log.exception("the worker fell over and gets up again")
            if loop.time() - began > self.pace.stale:
                pause = 0.5
            await self._rest(random.uniform(pause / 2, pause))  # noqa: S311 - no secret
            pause = min(pause * 2, self.pace.longest_pause)

    def _stop(self) -> None:
        self.told_to_stop.set()
        # What still runs then is given back to other workers, as after any death.
        asyncio.get_running_loop().call_later(self.pace.grace + self.pace.farewell, os._exit, 1)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.told_to_stop.wait(), seconds)

    async def _work(self) -> None:
        """One set of workers from start until told to stop or until one of them loses the database."""
        await in_thread(_demand_database)
        app = self._app()
        async with app.open_async():
            lost = asyncio.Event()
            app.job_manager = PatientLedger(app.connector, on_loss=lost.set)
            workers = [self._worker(app, lane, count) for lane, count in LANES.items()]
            running = [asyncio.create_task(_run(worker)) for worker in workers]
            ends = [asyncio.create_task(event.wait()) for event in (self.told_to_stop, lost)]
            rounds = asyncio.create_task(self._rounds())
            await asyncio.wait([*running, *ends, rounds], return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                worker.stop()  # type: ignore[no-untyped-call]
            for task in (*ends, rounds):
                task.cancel()
            outcomes = await asyncio.gather(rounds, *running, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    def _app(self) -> App:
        """An app of the worker's own: what handlers leave with `later` goes through Django's connection all the
        same, so that it belongs to their transaction.
        """
        connector = PsycopgConnector(
            kwargs=connector_params(), min_size=2, max_size=12, timeout=4, reconnect_timeout=30
        )
        app = App(connector=connector)
        for known in HANDLERS.values():
            app.task(name=known.name, retry=known.retry, queue=known.queue)(known.work)
        return app

    def _worker(self, app: App, lane: str, count: int) -> Worker:
        return Worker(
            app=app,
            queues=[lane],
            name=lane,
            concurrency=count,
            fetch_job_polling_interval=self.pace.poll,
            shutdown_graceful_timeout=self.pace.grace,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=self.pace.heartbeat,
            stalled_worker_timeout=self.pace.stale,
            task_middleware=[with_connections, with_connections_async],
            worker_middleware=[note_failure],
        )

    async def _rounds(self) -> None:
        """Every few seconds: give back what dead workers held, and lay what the clock asks for."""
        while True:
            await in_thread(lambda: rescue(timedelta(seconds=self.pace.stale)))
            await in_thread(lay_due_routines)
            await asyncio.sleep(self.pace.tick)


def _demand_database() -> None:
    """Say at once when the database is away; a pool waits for half a minute. Asks over the thread's own connection."""
    connection.ensure_connection()


async def _run(worker: Worker) -> None:
    await worker.run()  # type: ignore[no-untyped-call]


async def in_thread(work: Callable[[], Result]) -> Result:
    """Do short database work in a thread, with its connection closed afterwards."""

    def closing() -> Result:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()

    return await asyncio.to_thread(closing)


def with_connections(call_next: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
    """Sync jobs: the thread's connection is checked before and given back after."""
    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()


async def with_connections_async(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Async jobs: a thread of their own for database work, else all of them would wait for one another's queries."""
    async with ThreadSensitiveContext():
        try:
            return await call_next()
        finally:
            await sync_to_async(connections.close_all)()


async def note_failure(call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Keep the error of a job that won't be tried again: procrastinate keeps no text."""
    try:
        return await call_next()
    except BaseException as error:
        job = context.job
        known = HANDLERS[job.task_name]
        if known.retry.get_retry_decision(exception=error, job=job) is None and job.id is not None:
            failed, number = error, job.id
            await in_thread(
                lambda: Failure.note(
                    job_id=number, name=job.task_name, args=job.task_kwargs, error=failed, attempts=job.attempts + 1
                )
            )
        raise
