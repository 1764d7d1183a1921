"""Report which encryption keys the running processes know.

A new key must not be used to encrypt before every process can decrypt with it.
"""

from collections.abc import Iterable
from contextlib import suppress
from os import getpid
from socket import gethostname
from threading import Thread
from time import sleep
from typing import Any

import redis

from core.broker import broker

EVERY = 20.0
"""Seconds between two reports."""
SILENCE = 60
"""Seconds after its last report that a process counts as ended."""
PREFIX = "process:"


def report_process(key_marks: Iterable[str]) -> None:
    """Report once that this process knows these keys. Raises redis.RedisError if the broker does not answer.

    key_marks: as `core.encryption.key_marks` returns them.
    """
    broker().set(f"{PREFIX}{gethostname()}:{getpid()}", ",".join(key_marks), ex=SILENCE)


def report_from_now_on(key_marks: Iterable[str]) -> None:
    """Report from a thread as long as this process runs."""

    def report() -> None:
        while True:
            # Without a broker, the rotation of keys is refused, so a missing report does no harm.
            with suppress(redis.RedisError):
                report_process(key_marks)
            sleep(EVERY)

    Thread(target=report, daemon=True, name="report-process").start()


def processes_without(key_mark: str) -> list[str]:
    """Return the running processes that do not know this key, as "host:process ID", sorted.

    Raises redis.RedisError if the broker does not answer.
    """
    names = sorted(_text(name) for name in broker().scan_iter(f"{PREFIX}*"))
    reports = [(name, broker().get(name)) for name in names]
    return [
        name.removeprefix(PREFIX)
        for name, known in reports
        if known is not None and key_mark not in _text(known).split(",")
    ]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
