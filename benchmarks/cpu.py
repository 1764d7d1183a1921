"""The CPU time that processes have used, in seconds."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.db import connection as database

from tests.support.postgresql import PID
from tests.support.processes import descendants

TICKS = os.sysconf("SC_CLK_TCK")


def postgres_seconds() -> float:
    """The CPU time of the PostgreSQL process that serves this one."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return cpu_seconds(pid)


def server_seconds() -> float:
    """The CPU time of all processes of PostgreSQL, also of those that have ended."""
    with database.cursor() as cursor:
        cursor.execute(PID)
        return cpu_of([cursor.fetchone()[0]])


def cpu_of(pids: Iterable[int]) -> float:
    """The CPU time of these processes and all their children."""
    return sum(cpu_seconds(child) for pid in pids for child in descendants(pid))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that have ended. 0 if it has ended itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, fields[11:15])) / TICKS
