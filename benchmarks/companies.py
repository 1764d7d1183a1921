"""Measures a night of many companies: `python -m benchmarks.companies --companies 75 150 300 --workers 2 10`.

Each company is a practice company of its own, with a record in each list. A night is an incremental sync of each, which
begins with a verification, by so many worker processes. Shown for each connection are the CPU of the workers and of all
of PostgreSQL, the rows inserted and the requests, and what ten thousand connections would take. While the syncs of the
largest night wait, one user asks for a check. In a last night one company stalls and another refuses every request.
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection as database
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from beanworks_connect.heartbeat import silent_queues
from benchmarks.night import TICKS, inserted
from benchmarks.stage import PASSWORD, create_profile, set_up
from core.leases import State
from local.commands import COMMANDS
from smartsync.models import SyncRun
from smartsync.services import run_start
from tests.support.postgresql import PID
from tests.support.processes import Running, descendants, wait_until
from tests.support.stack import Practice, drop_messages, on_own_database
from wizard.models import Connection, SyncProfile, Verification
from wizard.services import verification_request

MANY = 10_000
PATIENCE = 3_600.0
FAULTS = ("stalled", "rate-limit")


def main(options: argparse.Namespace) -> None:
    with set_up() as practice, TemporaryDirectory() as folder:
        practice.control("reset")
        profiles = [create_company(practice, number) for number in range(max(options.companies))]
        with workers(max(options.workers), Path(folder)):
            sync(profiles, "full")
        for count in options.workers:
            with workers(count, Path(folder)) as processes:
                # Once without measuring: new processes still load code, and the first results differ.
                forget_verifications()
                sync(profiles, "partial")
                for size in options.companies:
                    night(practice, profiles[:size], processes)
                check_while_syncs_wait(profiles)
                with_faults(practice, profiles)
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
def workers(count: int, folder: Path) -> Iterator[list[Running]]:
    """Start so many processes for syncs, and one for checks."""
    environment = on_own_database() | {"LEASE_SECONDS": "60"}
    names = [f"syncs{number}" for number in range(count)]
    commands = {name: COMMANDS["worker-syncs"].replace("syncs@", f"{name}@") for name in names}
    drop_messages()
    with ExitStack() as stack:
        processes = []
        for name, command in (commands | {"checks": COMMANDS["worker-checks"]}).items():
            process = stack.enter_context(Running(name, command.split(), folder, environment))
            process.start()
            wait_until(lambda process=process: " ready" in process.said(), f"{name} is ready")  # type: ignore[misc]
            processes.append(process)
        wait_until(lambda: not {"syncs", "checks"} & {*silent_queues()}, "the workers are ready")
        yield processes


def night(practice: Practice, profiles: list[SyncProfile], processes: list[Running]) -> None:
    forget_verifications()
    for profile in profiles:
        practice.control(f"companies/{profile.connection.company_id}/requests")
    rows, cpu, postgres = inserted(), cpu_of(process.pid for process in processes), cpu_of([postmaster()])
    seconds = sync(profiles, "partial")
    cpu, postgres = cpu_of(process.pid for process in processes) - cpu, cpu_of([postmaster()]) - postgres
    rows = inserted() - rows
    requests = sum(requests_of(practice, profile) for profile in profiles)
    count = len(profiles)
    print(
        f"{count} companies, {len(processes) - 1} workers: {seconds:.0f} s, {1000 * seconds / count:.0f} ms each;"
        f" CPU each {1000 * cpu / count:.0f} ms in workers, {1000 * postgres / count:.0f} ms in PostgreSQL;"
        f" {rows.total() / count:.1f} rows, {requests / count:.1f} requests."
        f" {MANY:,}: {MANY * (cpu + postgres) / count / 3600:.2f} hours of CPU,"
        f" {MANY * rows.total() / count:,.0f} rows, {MANY * requests / count:,.0f} requests",
        flush=True,
    )


def sync(profiles: list[SyncProfile], kind: str) -> float:
    """Sync them all. Return the seconds from the first start to the last end."""
    runs = [run_start(profile=profile, kind=kind, actor=None) for profile in profiles]
    times = times_of(runs)
    return (max(times) - min(run.created_at for run in runs)).total_seconds()


def times_of(runs: list[SyncRun]) -> list[datetime]:
    """Wait for the runs. Return when each ended."""
    rows = SyncRun.objects.filter(pk__in=[run.pk for run in runs])
    wait_until(lambda: not rows.exclude(state=State.DONE).exists(), "all runs ended", patience=PATIENCE)
    assert {*rows.values_list("result", flat=True)} == {SyncRun.Result.COMPLETE}
    return [*rows.values_list("finished_at", flat=True)]


def check_while_syncs_wait(profiles: list[SyncProfile]) -> None:
    """Print how long a user waits for a check to start while all other companies' syncs wait."""
    forget_verifications()
    runs = [run_start(profile=profile, kind="partial", actor=None) for profile in profiles[1:]]
    waiting = SyncRun.objects.filter(state=State.QUEUED).count()
    check = verification_request(connection=profiles[0].connection, actor=None)
    row = Verification.objects.filter(pk=check.pk)
    wait_until(lambda: row.filter(state=State.DONE).exists(), "the check is done")
    check.refresh_from_db()
    started = (check.started_at - check.created_at).total_seconds()
    print(f"a check started after {started:.2f} s while {waiting} syncs waited", flush=True)
    times_of(runs)


def with_faults(practice: Practice, profiles: list[SyncProfile]) -> None:
    """Print how long the others take beside a company that stalls and one that is throttled."""
    forget_verifications()
    addresses = [f"companies/{profile.connection.company_id}/fault" for profile in profiles]
    faulty = dict(zip(addresses, FAULTS, strict=False))
    for address, name in faulty.items():
        practice.control(address, name=name)
    for profile in profiles[: len(faulty)]:
        run_start(profile=profile, kind="partial", actor=None)
    seconds = sync(profiles[len(faulty) :], "partial")
    print(f"{len(profiles) - len(faulty)} companies beside a stalled and a throttled one: {seconds:.0f} s", flush=True)
    for address in faulty:
        practice.control(address, "DELETE")


def forget_verifications() -> None:
    """Let the next sync of each connection begin with a verification."""
    Verification.objects.update(created_at=timezone.now() - timedelta(hours=1))


def requests_of(practice: Practice, profile: SyncProfile) -> int:
    count: int = practice.control(f"companies/{profile.connection.company_id}/requests", "GET")["count"]
    return count


def postmaster() -> int:
    with database.cursor() as cursor:
        cursor.execute(PID)
        pid: int = cursor.fetchone()[0]
    return pid


def cpu_of(pids: Iterator[int] | list[int]) -> float:
    """Return the seconds of CPU that these processes and all their children used."""
    return sum(cpu_seconds(child) for pid in pids for child in descendants(pid))


def cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    # User and system time, of the process itself and of its children that have ended.
    return sum(map(int, fields[11:15])) / TICKS


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, nargs="+", default=[75, 150, 300])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 10])
    main(parser.parse_args())
