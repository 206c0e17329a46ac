"""How a worker writes down what became of a job, so that no trouble on the way leaves it marked as being done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import psycopg
from procrastinate import exceptions
from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from tallystick.jobs.registry import HANDLERS

log = logging.getLogger(__name__)

_UNKNOWN_AGAIN = timedelta(minutes=1)
_UNKNOWN_ATTEMPTS = 24 * 60
"""A job that this worker does not know was left by a newer version beside it: it is put back for a day."""

_PATIENCE = (0.1, 0.5, 1, 2, 4, 8)  # seconds between tries to write an outcome down


class PatientLedger(JobManager):
    """procrastinate's book-keeping, which survives a lost connection, a waiting twin and a newer version's jobs."""

    def __init__(self, connector: BaseConnector, on_loss: Callable[[], None]) -> None:
        super().__init__(connector=connector)
        self._on_loss = on_loss

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001 - procrastinate's
        """Mark a job as done or failed; one that nobody here knows is put back for those who do."""
        if status == Status.FAILED and job.task_name not in HANDLERS and job.attempts < _UNKNOWN_ATTEMPTS:
            await self.retry_job(job, retry_at=datetime.now(UTC) + _UNKNOWN_AGAIN)
            return
        finish = super().finish_job
        await self._insist(lambda: finish(job=job, status=status, delete_job=delete_job), job)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job back. When a job with the same key was left meanwhile, that one stands for both."""
        retry = super().retry_job
        finish = super().finish_job
        try:
            await self._insist(
                lambda: retry(job=job, retry_at=retry_at, priority=priority, queue=queue, lock=lock), job
            )
        except exceptions.UniqueViolation:
            await self._insist(lambda: finish(job=job, status=Status.ABORTED, delete_job=True), job)

    async def _insist(self, write: Callable[[], Awaitable[None]], job: Job) -> None:
        for pause in (*_PATIENCE, None):
            try:
                await write()
                return
            except exceptions.UniqueViolation:
                raise
            except exceptions.ConnectorException as error:
                if isinstance(error.__cause__, psycopg.errors.RaiseException):
                    # Somebody took this worker for dead and its job was finished elsewhere.
                    log.warning("job %s was finished by another worker", job.id)
                    return
                if pause is None:
                    # Leave: what this worker holds is given back once its row is gone.
                    self._on_loss()
                    raise
                await asyncio.sleep(pause)
