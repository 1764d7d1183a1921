"""Measures companies beside others that fail: `python -m benchmarks.neighbors --companies 73 --faulty 2 20 --rounds 3`.

All companies sync at the same time. The first in the queue never get an answer (half of them) or are refused every
request with 429 (the other half). The rounds take turns with the same night without failures. Shown is when the syncs
of the others end. In the end, the failing ones are left alone until their syncs have ended.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from benchmarks.companies import loaded, start, sync, times_of, workers
from smartsync.models import SyncRun
from tests.support.stack import Practice
from wizard.models import SyncProfile

FAULTS = ("stalled", "rate-limit")


def main(options: argparse.Namespace) -> None:
    most = max(options.faulty)
    with (
        loaded(options.companies + most) as (practice, profiles),
        TemporaryDirectory() as folder,
        workers(options.workers, Path(folder)),
    ):
        for kind in ("full", "partial"):
            sync(profiles, kind)
        print(f"{options.companies} companies, {options.workers} worker processes", flush=True)
        print("| round, failing companies | half of the others, 95 of 100, all ended after |\n|---|---|")
        for number in range(options.rounds):
            for count in (0, *options.faulty):
                others = beside(practice, profiles[:count], profiles[most:])
                print(f"| {number + 1}, {count} | {seconds(others)} |", flush=True)
        print_ends(practice, profiles[: len(FAULTS)])


def beside(practice: Practice, failing: Sequence[SyncProfile], others: Sequence[SyncProfile]) -> list[float]:
    """Sync all, those that fail first. Return after how many seconds the syncs of the others ended."""
    with faults(practice, failing):
        runs = start([*failing, *others], "partial")
        ends = times_of(runs[len(failing) :])
    if failing:
        # Each goes on, or has ended without success.
        times_of(runs[: len(failing)])
    return ends


@contextmanager
def faults(practice: Practice, profiles: Sequence[SyncProfile]) -> Iterator[None]:
    for number, profile in enumerate(profiles):
        practice.control(f"companies/{profile.connection.company_id}/fault", name=FAULTS[number % len(FAULTS)])
    yield
    for profile in profiles:
        practice.control(f"companies/{profile.connection.company_id}/fault", "DELETE")


def seconds(times: Sequence[float]) -> str:
    return f"{median(times):.1f}, {quantiles(times, n=20, method='inclusive')[-1]:.1f}, {times[-1]:.1f} s"


def print_ends(practice: Practice, profiles: Sequence[SyncProfile]) -> None:
    """Print how the syncs of companies end that fail all the time."""
    with faults(practice, profiles):
        runs = start(profiles, "partial")
        times_of(runs)
    for name, run in zip(FAULTS, SyncRun.objects.filter(pk__in=runs).order_by("pk"), strict=True):
        assert run.started_at
        assert run.finished_at
        print(f"{name}: {run.result} ({run.cause}) after {(run.finished_at - run.started_at).total_seconds():.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=73)
    parser.add_argument("--faulty", type=int, nargs="+", default=[2, 20])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    main(parser.parse_args())
