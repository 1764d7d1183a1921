"""Search everything that the product has stored for texts of a customer that is no longer there."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from beanworks_connect.heartbeat import broker

from .postgresql import run_program

# For up to a day: see "Export or delete a customer" in docs/operations.md.
ALLOWED = {"public.core_sentform"}


def canaries_left(canaries: Iterable[str], logs: Iterable[str]) -> list[str]:
    """Return where each of the texts is: in a table, a key of the broker, a file or a log."""
    places = [*_tables(), *_keys(), *_files(), *(("log", log) for log in logs)]
    return [f"{name}: {canary}" for name, text in places for canary in canaries if canary in text]


def _tables() -> Iterator[tuple[str, str]]:
    dump = run_program("pg_dump", connection.settings_dict, "--data-only").decode()
    for part in dump.split("\nCOPY ")[1:]:
        name, _space, rows = part.partition(" ")
        if name not in ALLOWED:
            yield name, rows


def _keys() -> Iterator[tuple[str, str]]:
    for key in broker().keys("*"):
        yield f"key {key!r}", repr(key) + repr(broker().dump(key))


def _files() -> Iterator[tuple[str, str]]:
    """Uploads and other files that the product writes. Today there are none."""
    if settings.MEDIA_ROOT:
        for path in Path(settings.MEDIA_ROOT).rglob("*"):
            yield str(path), path.read_text(errors="replace") if path.is_file() else path.name
