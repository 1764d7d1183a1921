"""A bar chart of the newest runs, oldest first: how many records each read, and how it ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any, NamedTuple

from smartsync.models import SyncRun

WIDTH, GAP, HEIGHT = 20, 4, 100
BARS = 20
"""Bars in the chart, as many as a page of the history has runs. The newest is always at the right."""
LOWEST = 6
"""The lowest height, so that a run that read nothing is visible too."""
Row = tuple[SyncRun, Mapping[str, Any]]


class Bar(NamedTuple):
    run: SyncRun
    read: int
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class RunChart:
    """Heights are logarithmic: a full sync reads a thousand times as many records as a partial one."""

    rows: Sequence[Row]

    @property
    def bars(self) -> list[Bar]:
        reads = [(run, totals.get("all_read", 0)) for run, totals in reversed(self.rows)]
        unit = (HEIGHT - LOWEST) / log10(max([read for _run, read in reads], default=0) + 10)
        heights = [LOWEST + round(unit * log10(read + 1)) for _run, read in reads]
        return [
            Bar(run, read, position * (WIDTH + GAP), HEIGHT - height, height)
            for position, ((run, read), height) in enumerate(zip(reads, heights, strict=True), BARS - len(reads))
        ]

    @property
    def width(self) -> int:
        return BARS * (WIDTH + GAP) - GAP

    @property
    def legend(self) -> list[tuple[SyncRun, int]]:
        """For each result, one run as an example, and how many runs have this result."""
        counts = Counter(run.result or run.state for run, _totals in self.rows)
        examples = {run.result or run.state: run for run, _totals in self.rows}
        return [(examples[result], count) for result, count in counts.most_common()]
