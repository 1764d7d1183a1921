"""Workers that are killed with SIGKILL in the middle of a batch, as by a power failure or a lack of memory.

Each is a fork of the test process, which starts in milliseconds, with a connection of its own.
"""

import os
import signal
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection


def is_killed(work: Callable[[], object], kills: Mapping[str, int]) -> bool:
    """Do the work in a process that is killed within a transaction. Return False if it ended before.

    kills: the start of a statement, and after which execution of it in this process the process is killed.
    """
    pid = os.fork()
    if pid == 0:
        _work(work, dict(kills))
    _pid, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"the worker ended with {code}"
    return code != 0


def _work(work: Callable[[], object], kills: dict[str, int]) -> None:
    """Never return: this process has a copy of everything that the tests would clean up."""
    # Connections of the test process, which the pool holds too, must not be used and not be closed.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    inherited = connection.connection  # noqa: F841
    connection.connection = None

    def execute(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        for start in kills:
            kills[start] -= sql.startswith(start)
            if not kills[start]:
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    code = 1
    try:
        with connection.execute_wrapper(execute):
            work()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        # Without closing the connection that both processes have: only the test process may do that.
        os._exit(code)
