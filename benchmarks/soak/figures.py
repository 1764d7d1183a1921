"""What is measured while the product runs: answers, what was killed, memory of the processes."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import monotonic
from typing import NamedTuple

import redis
from django.db import connection as database

from beanworks_connect.heartbeat import broker
from tests.support.processes import descendants


class Answer(NamedTuple):
    """The answer to one request. began: by `time.monotonic`. status: 0 if none came."""

    page: str
    status: int
    began: float
    seconds: float
    address: str


class Sample(NamedTuple):
    """What a process uses at one moment."""

    megabytes: float
    threads: int
    files: int


@dataclass
class Figures:
    """answers: to users, readers of the API and monitors. failures: what was done to the product, and when.

    errors: what this program could not do.
    """

    answers: list[Answer] = field(default_factory=list)
    failures: list[tuple[str, float]] = field(default_factory=list)
    samples: dict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    database_megabytes: list[float] = field(default_factory=list)
    broker_megabytes: list[float] = field(default_factory=list)

    def note_failure(self, name: str) -> None:
        self.failures.append((name, monotonic()))

    def take_samples(self, pids: Mapping[str, int]) -> None:
        for name, pid in pids.items():
            if sample := sample_of(pid):
                self.samples[name].append(sample)
        self.database_megabytes.append(database_size())
        with suppress(redis.RedisError):  # it may have been killed a moment ago
            self.broker_megabytes.append(broker().info("memory")["used_memory"] / 1e6)


def sample_of(pid: int) -> Sample | None:
    """What the process and its children use now; None if it has ended."""
    try:
        texts = [Path(f"/proc/{child}/status").read_text() for child in descendants(pid)]
        files = sum(len([*Path(f"/proc/{child}/fd").iterdir()]) for child in descendants(pid))
    except OSError:
        return None
    kilobytes, threads = (sum(number(text, name) for text in texts) for name in ("VmRSS", "Threads"))
    return Sample(kilobytes / 1000, threads, files)


def number(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0


def database_size() -> float:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 1e6


def thirds(values: Sequence[float]) -> list[float]:
    """The median of each third: the first one is the warm-up."""
    third = len(values) // 3
    parts = (values[:third], values[third : 2 * third], values[2 * third :])
    return [median(part) for part in parts if part]


def percentile(answers: Sequence[Answer]) -> float:
    seconds = [answer.seconds for answer in answers]
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else sum(seconds)


def slowest_pages(answers: Sequence[Answer]) -> Iterator[tuple[str, float, int]]:
    """The five pages with the largest 95th percentile, of those that were requested often."""
    pages: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        pages[answer.page].append(answer)
    often = {page: found for page, found in pages.items() if len(found) >= 20}
    for page in sorted(often, key=lambda page: percentile(often[page]), reverse=True)[:5]:
        yield page, percentile(often[page]), len(often[page])
