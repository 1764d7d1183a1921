"""Measures a night of many companies: `python -m benchmarks.companies --companies 75 150 300 --workers 2 10`.

Each company is a practice company of its own, with a record in each list. A night is an incremental sync of each, which
begins with a verification, by so many worker processes. Shown for each connection are the CPU of the workers and of all
of PostgreSQL, the rows inserted and the requests, and what ten thousand connections would take. In the last night the
database has the rows of ten thousand other connections. `benchmarks.fairness` and `benchmarks.neighbors` use this too.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection as database
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from beanworks_connect.heartbeat import silent_queues
from benchmarks.cpu import cpu_of, postgres_seconds, server_seconds
from benchmarks.fleet import fleet, vacuum
from benchmarks.stage import PASSWORD, create_profile, set_up, stored_rows
from core.leases import State
from local.commands import COMMANDS
from smartsync.models import SyncRun
from smartsync.services import run_start
from smartsync.tasks import sweep
from tests.support.processes import Running, wait_until
from tests.support.stack import Practice, drop_messages, on_own_database
from wizard.models import Connection, SyncProfile, Verification

MANY = 10_000
PATIENCE = 3_600.0
POLL = 0.5
"""Seconds between two looks at the runs. Each costs PostgreSQL time, which is not theirs."""
LOOKS_FOR_SWEEP = 60
HEADER = (
    "| worker processes, companies | seconds | CPU of workers, of PostgreSQL, for each connection "
    f"| rows, requests | most connections to PostgreSQL | CPU, rows, requests of {MANY:,} |\n|---|---|---|---|---|---|"
)


@dataclass
class Meter:
    """What was used until now: seconds of CPU of the workers and of PostgreSQL, rows, requests to Intacct."""

    workers: float
    postgres: float
    rows: int
    requests: int


def main(options: argparse.Namespace) -> None:
    with loaded(max(options.companies)) as (practice, profiles), TemporaryDirectory() as name:
        with workers(2, Path(name)):
            print(f"the first full syncs took {sync(profiles, 'full'):.0f} s\n{HEADER}", flush=True)
        for number in options.workers:
            with workers(number, Path(name)) as processes:
                # Once without measuring: new processes still load code, and the first results differ.
                sync(profiles[: options.companies[0]], "partial")
                for size in options.companies:
                    night(practice, profiles[:size], processes)
        fleet(MANY)
        vacuum()
        with workers(options.workers[0], Path(name)) as processes:
            sync(profiles[: options.companies[0]], "partial")
            night(practice, profiles, processes)


@contextmanager
def loaded(most: int) -> Iterator[tuple[Practice, list[SyncProfile]]]:
    """Start the services with so many companies, each connected with an approved profile."""
    with set_up() as practice:
        practice.control("reset")
        yield practice, [create_company(practice, number) for number in range(most)]
        drop_messages()


def create_company(practice: Practice, number: int) -> SyncProfile:
    company = f"COMPANY-{number}"
    practice.control("companies", id=company, scale=1)
    practice.control(f"companies/{company}/set-up", password=PASSWORD)
    profile = create_profile(company)
    # So long ago that verifications whose time is set back still count.
    saved_at = timezone.now() - timedelta(days=30)
    Connection.objects.filter(pk=profile.connection_id).update(company_id=company, credentials_saved_at=saved_at)
    profile.connection.refresh_from_db()
    return profile


@contextmanager
def workers(most: int, folder: Path) -> Iterator[list[Running]]:
    """Start so many processes for syncs, and one for checks."""
    environment = on_own_database() | {"LEASE_SECONDS": "60"}
    names = [f"syncs{number}" for number in range(most)]
    commands = {name: COMMANDS["worker-syncs"].replace("syncs@", f"{name}@") for name in names}
    commands |= {"checks": COMMANDS["worker-checks"]}
    drop_messages()
    with ExitStack() as stack:
        processes = [Running(name, command.split(), folder, environment) for name, command in commands.items()]
        for process in processes:
            # The logs of an earlier start would look like this one's.
            process.log.unlink(missing_ok=True)
            stack.enter_context(process).start()
        for process in processes:
            wait_until(lambda process=process: " ready" in process.said(), "a worker is ready", PATIENCE)  # type: ignore[misc]
        wait_until(lambda: not {"syncs", "checks"} & {*silent_queues()}, "the workers are ready")
        yield processes


def night(practice: Practice, profiles: Sequence[SyncProfile], processes: Sequence[Running]) -> None:
    """Sync them all, and print what that took."""
    for profile in profiles:
        practice.control(f"companies/{profile.connection.company_id}/requests")
    before = read_meter(practice, profiles, processes)
    peak: list[int] = []
    seconds = sync(profiles, "partial", peak)
    print(row(len(processes) - 1, len(profiles), seconds, max(peak), before, read_meter(practice, profiles, processes)))


def read_meter(practice: Practice, profiles: Sequence[SyncProfile], processes: Sequence[Running]) -> Meter:
    return Meter(
        workers=cpu_of(process.pid for process in processes),
        # Without what this process asks of it.
        postgres=server_seconds() - postgres_seconds(),
        rows=stored_rows().total(),
        requests=sum(requests_of(practice, profile) for profile in profiles),
    )


def row(processes: int, companies: int, seconds: float, peak: int, before: Meter, after: Meter) -> str:
    own, postgres = after.workers - before.workers, after.postgres - before.postgres
    rows, requests = after.rows - before.rows, after.requests - before.requests
    return (
        f"| {processes}, {companies} | {seconds:.0f} "
        f"| {1000 * own / companies:.0f}, {1000 * postgres / companies:.0f} ms "
        f"| {rows / companies:.1f}, {requests / companies:.1f} | {peak} "
        f"| {MANY * (own + postgres) / companies / 3600:.2f} hours, "
        f"{MANY * rows / companies:,.0f}, {MANY * requests / companies:,.0f} |"
    )


def sync(profiles: Sequence[SyncProfile], kind: str, peak: list[int] | None = None) -> float:
    """Sync them all. Return the seconds from the first start to the last end. peak: gets numbers of connections."""
    runs = start(profiles, kind)
    ends = times_of(runs, peak)
    assert {SyncRun.Result.COMPLETE} == {*SyncRun.objects.filter(pk__in=runs).values_list("result", flat=True)}
    return max(ends)


def start(profiles: Sequence[SyncProfile], kind: str) -> list[int]:
    """Queue a sync of each. Those that are partial begin with a verification."""
    Verification.objects.update(created_at=timezone.now() - timedelta(hours=1))
    return [run_start(profile=profile, kind=kind, actor=None).pk for profile in profiles]


def times_of(runs: Sequence[int], peak: list[int] | None = None) -> list[float]:
    """Wait for the runs. Return the seconds from the start of the first to each end, in order."""
    rows = SyncRun.objects.filter(pk__in=runs)
    looks = count(1)

    def are_done() -> bool:
        if next(looks) % LOOKS_FOR_SWEEP == 0:
            # Beat does not run here, and on a busy machine a message or a lease can be lost.
            sweep()
        if peak is not None:
            peak.append(connections())
        return not rows.exclude(state=State.DONE).exists()

    wait_until(are_done, "all runs ended", PATIENCE, POLL)
    began: datetime = SyncRun.objects.get(pk=runs[0]).created_at
    return sorted((end - began).total_seconds() for end in rows.values_list("finished_at", flat=True) if end)


def requests_of(practice: Practice, profile: SyncProfile) -> int:
    served: int = practice.control(f"companies/{profile.connection.company_id}/requests", "GET")["count"]
    return served


def connections() -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        number: int = cursor.fetchone()[0]
    return number


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, nargs="+", default=[75, 150, 300])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 10])
    main(parser.parse_args())
