from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from core.postgresql.silence import ServerSilent


class DatabaseWrapper(base.DatabaseWrapper):
    """Hands out no pooled connection that PostgreSQL has closed, as it does with all of them when it restarts.

    The pool can check by itself (CONN_HEALTH_CHECKS), but after the second dead connection it pauses for a second, and
    twice as long after the third.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.pool:
            return connection

        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError as error:
            self.pool.putconn(connection)
            self.pool.drain()
            if isinstance(error, ServerSilent):
                raise
            connection = super().get_new_connection(conn_params)

        return connection
