"""The settings of the web process: a page is answered within two seconds, even if only to say what does not work.

Workers and migrations may wait longer: a lock is released sooner or later, and a database that restarts comes back.
"""

from core.postgresql.liveness import ImpatientConnection

from .settings import *  # noqa: F403
from .settings import DATABASES

# Ten connections and forty waiting requests are fewer than the server's 64 threads (local/commands.py). The remaining
# threads answer /healthz and static files, and report at once that the database is busy.
DATABASES["default"]["OPTIONS"]["pool"] |= {
    "min_size": 4,
    "timeout": 1.5,
    "max_waiting": 40,
    "connection_class": ImpatientConnection,
}
# In milliseconds. No user waits ten seconds for a page; a table is locked for long only while it is migrated. A process
# that hangs within a transaction loses its locks.
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c lock_timeout=1500 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=10000"
)
