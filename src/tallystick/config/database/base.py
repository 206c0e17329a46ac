"""The engine itself. Django finds it by this file's name."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from tallystick.config.database.outage import outage


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that does not wait twice for a database that is away.

    One page may ask in several places, the apology's own middleware among them; only the first of them waits
    (quality bar 88: pages say so in 2 s).
    """

    def get_new_connection(self, conn_params: Any) -> Any:
        """Connect, or raise at once when that failed a moment ago."""
        if outage.is_fresh():
            raise psycopg.OperationalError("The database did not answer a moment ago.")
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            outage.notice()
            raise
