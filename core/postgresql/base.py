"""Provide the database backend for settings.DATABASES."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from core.postgresql.liveness import ServerSilent


class DatabaseWrapper(base.DatabaseWrapper):
    """Use no pooled connection that PostgreSQL has closed. When it restarts, it closes all of them.

    The pool can check its connections too (CONN_HEALTH_CHECKS), but it pauses for a second after the second dead
    connection, and twice as long after the third.
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
