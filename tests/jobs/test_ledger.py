"""Writing down what became of a job, while the database comes and goes."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from procrastinate.connector import BaseConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from tallystick.jobs import ledger
from tallystick.jobs.ledger import PatientLedger

JOB = Job(id=7, queue="default", lock=None, queueing_lock=None, task_name="jobs.prune")


class Flaky(BaseConnector):
    """A connection that raises these troubles one after the other, and then works."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.written: list[dict[str, Any]] = []

    async def execute_query_async(self, query: str, **values: Any) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.written.append(values)


def away(cause: Exception | None = None) -> ConnectorException:
    trouble = ConnectorException()
    trouble.__cause__ = cause
    return trouble


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_PATIENCE", (0, 0, 0))


def finish(connector: Flaky) -> list[str]:
    """Write down that it succeeded; what was said of a loss."""
    losses: list[str] = []
    book = PatientLedger(connector, on_loss=lambda: losses.append("lost"))
    asyncio.run(book.finish_job(JOB, Status.SUCCEEDED, delete_job=True))
    return losses


def test_a_lost_connection_is_tried_again() -> None:
    connector = Flaky(away(), away())
    assert finish(connector) == []
    assert [values["job_id"] for values in connector.written] == [7]


def test_when_it_stays_away_the_worker_is_told_to_leave() -> None:
    losses: list[str] = []
    book = PatientLedger(Flaky(*[away()] * 4), on_loss=lambda: losses.append("lost"))
    with pytest.raises(ConnectorException):
        asyncio.run(book.finish_job(JOB, Status.SUCCEEDED, delete_job=True))
    assert losses == ["lost"]


def test_a_job_finished_by_another_worker_is_left_alone() -> None:
    connector = Flaky(away(psycopg.errors.RaiseException("Job was not found")))
    assert finish(connector) == []
    assert connector.written == []


def test_a_job_put_back_beside_its_twin_goes() -> None:
    connector = Flaky(UniqueViolation(constraint_name="x", queueing_lock="y"))
    asyncio.run(PatientLedger(connector, on_loss=lambda: None).retry_job(JOB))
    assert [values["delete_job"] for values in connector.written] == [True]
