"""Which function does which job, how often it is tried, and in which lane; and which jobs the clock asks for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from croniter import croniter
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

Work = TypeVar("Work", bound=Callable[..., Any])

LANES = {"default": 20, "post": 8, "apps": 300}
"""How many jobs of each lane one worker does at once. What talks to a relay has a lane of its own, so that a hanging
relay holds up nothing else; so has what waits for outside apps, of which hundreds may be slow."""


class GiveUp(Exception):
    """Raised by a handler whose work can never succeed: it is not tried again, and stands in the list of failures."""


@dataclass(frozen=True)
class Retry(BaseRetryStrategy):
    """How a failing job is tried again: after a random wait (full jitter) under a bound that doubles up to a cap.

    `attempts` counts all runs, `first` and `cap` are seconds. Twenty attempts with these waits take about five hours.
    """

    attempts: int = 20
    first: float = 2.0
    cap: float = 3600.0

    def wait(self, tried: int) -> float:
        """Seconds to wait after so many earlier runs. Full jitter spreads what failed together
        (M. Brooker, "Exponential Backoff And Jitter", 2015).
        """
        return random.uniform(0, min(self.cap, self.first * 2 ** min(tried, 32)))  # noqa: S311 - no secret

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to run again, or None to give up. A worker that was told to stop does not count against the job."""
        if isinstance(exception, GiveUp):
            return None
        # A cancelled asyncio task reports CancelledError, which is no Exception.
        if isinstance(exception, JobAborted) or not isinstance(exception, Exception):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= self.attempts:
            return None
        return RetryDecision(retry_in={"microseconds": int(self.wait(job.attempts) * 1_000_000)})


@dataclass(frozen=True)
class Handler:
    """A registered function: what does the jobs of one name."""

    name: str
    work: Callable[..., Any]
    retry: Retry
    queue: str


HANDLERS: dict[str, Handler] = {}
"""Every job name and what does it, filled as the rooms' `handlers` modules are imported."""

ROUTINES: dict[str, str] = {}
"""Job name -> cron expression (minute, hour, day, month, weekday; UTC) of the jobs that the clock asks for."""


def handler(name: str, *, retry: Retry | None = None, queue: str = "default") -> Callable[[Work], Work]:
    """Register a function, sync or async, as what does the jobs called `name` ("room.verb").

    Async for waiting on outside apps, with database work in short functions of its own; sync for the rest. Raises
    `ValueError` when the name is taken or the lane unknown.
    """
    if queue not in LANES:
        raise ValueError(f"Job {name!r}: there is no lane {queue!r}. Lanes are {', '.join(LANES)}.")

    def register(work: Work) -> Work:
        if name in HANDLERS:
            raise ValueError(
                f"Job {name!r} is already done by {HANDLERS[name].work.__qualname__}. Choose another name."
            )
        HANDLERS[name] = Handler(name, work, retry or Retry(), queue)
        return work

    return register


def periodic(cron: str) -> Callable[[Work], Work]:
    """Ask for a registered job by the clock: written above `@handler`. The job takes no arguments.

    Raises `ValueError` for an expression that is none, or a function that is no handler.
    """
    if not croniter.is_valid(cron) or len(cron.split()) != 5:  # minute, hour, day, month, weekday
        raise ValueError(f"{cron!r} is no cron expression of five fields.")

    def register(work: Work) -> Work:
        names = [name for name, known in HANDLERS.items() if known.work is work]
        if not names:
            raise ValueError(f"{work.__qualname__} is no handler: put @periodic above @handler.")
        ROUTINES[names[0]] = cron
        return work

    return register
