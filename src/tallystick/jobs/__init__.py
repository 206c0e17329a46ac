"""Work for later, stored in the transaction that asked for it.

A room leaves work with `later("room.verb", …)` and registers what does it with `@handler("room.verb")` in its
`handlers.py`. What a worker was doing when it died is done again, so handlers must be safe to run twice.
"""

from tallystick.jobs.health import oldest_waiting, worker_seen
from tallystick.jobs.queue import later, later_each
from tallystick.jobs.registry import GiveUp, Retry, handler, periodic

__all__ = ["GiveUp", "Retry", "handler", "later", "later_each", "oldest_waiting", "periodic", "worker_seen"]
