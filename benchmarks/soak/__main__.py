"""Runs the product for a long time while much goes wrong: `scripts/soak --minutes 60`.

Users sign in, follow links and act; another service follows all changes by API, and a third one receives webhooks;
records and passwords change in Intacct; the gateway fails in many ways; workers, beat, processes of the web server and
the broker are killed, stopped or hang.

It fails if a request fails, if memory, threads or open files of a process grow after the first two thirds of the time,
if a record, event, email or scheduled sync is lost, if work does not end, or if a log has a line at ERROR.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event

from django.db import connection as database

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import User
from benchmarks.stage import set_up
from smartsync.models import SyncRun
from tests.support.processes import wait_until
from wizard.models import Verification

from . import findings, report
from .customers import (
    USER_PASSWORD,
    Customer,
    add_schedule,
    change_password,
    change_records,
    create_customer,
    note_entered_password,
    request_check,
    start_sync,
)
from .failures import Failures, change_fault, end_faults
from .figures import Figures
from .services import Copy, Reader, monitor
from .stack import Stack, start_stack
from .users import Visitor

CUSTOMERS = 8
VISITED = 4
"""Customers whose user is signed in."""
STAFF = (User.Kind.CUSTOMER_SUCCESS, User.Kind.SUPPORT)
STEP = 5.0
"""Seconds between two changes of two companies."""
STEPS_PER_FAILURE = 3
STEPS_PER_PASSWORD = 36
PATIENCE = 900.0


def main(options: argparse.Namespace) -> None:
    random = Random(options.seed)
    figures = Figures()
    with set_up() as practice, folder_of_logs(options.logs) as folder:
        practice.control("reset")
        customers = [create_customer(practice, number) for number in range(CUSTOMERS)]
        staff = [create_staff(kind) for kind in STAFF]
        with start_stack(folder, staff[-1]) as stack:
            sync_all(customers)
            visitors = [*visitors_of(stack, figures, customers, staff, random)]
            with others(stack, figures, customers, visitors) as reader:
                disturb(stack, figures, customers, random, 60 * options.minutes)
            settle(figures, customers)
            problems = [*find_problems(stack, figures, customers, reader, options.minutes)]
            report.print_all(stack, figures, sum(visitor.sign_ins for visitor in visitors))
        print("\n".join(problems) or "No problem found.", flush=True)
        raise SystemExit(bool(problems))


@contextmanager
def folder_of_logs(name: str) -> Iterator[Path]:
    with TemporaryDirectory() as temporary:
        folder = Path(name or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def create_staff(kind: User.Kind) -> User:
    user: User = User.objects.create_user(
        email=f"{kind}@beanworks.example", name=kind.label, kind=kind, password=USER_PASSWORD
    )
    return user


def sync_all(customers: Sequence[Customer]) -> None:
    """Check and sync each connection: before, lists have no page, and schedules do not start."""
    for customer in customers:
        request_check(customer)
    wait_until(lambda: not Verification.objects.active().exists(), "the first checks ended", patience=PATIENCE)
    for kind in ("full", "partial"):
        for customer in customers:
            start_sync(customer, kind)
        wait_until(lambda: not SyncRun.objects.active().exists(), "the first syncs ended", patience=PATIENCE)
    for number, customer in enumerate(customers):
        add_schedule(customer, minutes=2 + 5 * number)


def visitors_of(
    stack: Stack, figures: Figures, customers: Sequence[Customer], staff: Sequence[User], random: Random
) -> Iterator[Visitor]:
    visitor = partial(Visitor, stack.live.url, figures.answers)
    for customer in customers[:VISITED]:
        yield visitor(customer.email, Random(random.random()), customer)
    for user in staff:
        yield visitor(user.email, Random(random.random()), None)


@contextmanager
def others(
    stack: Stack, figures: Figures, customers: Sequence[Customer], visitors: Sequence[Visitor]
) -> Iterator[Reader]:
    """Let users and other services use the product. Every new password is entered before they end."""
    reader = Reader(stack.live.url, stack.token, figures.answers, [customer.profile_pk for customer in customers])
    is_over = Event()
    act: list[Callable[[Event], object]] = [visitor.visit for visitor in visitors]
    act += [reader.follow, partial(monitor, stack.live.url, figures.answers)]
    with ThreadPoolExecutor(len(act)) as pool:
        futures: list[Future[object]] = [pool.submit(acts, is_over) for acts in act]
        try:
            yield reader
        finally:
            is_over.set()
        figures.errors += [
            f"a user or service stopped: {error!r}" for future in futures if (error := future.exception())
        ]


def disturb(stack: Stack, figures: Figures, customers: Sequence[Customer], random: Random, seconds: float) -> None:
    # What a worker that hangs has locked must not keep this process from waking it.
    database.cursor().execute("SET lock_timeout = '2s'")
    failures, ends_at = Failures(stack, figures, random), time.monotonic() + seconds
    visited = cycle(customers[:VISITED])
    number = 0
    while time.monotonic() < ends_at:
        number += 1
        for customer in random.sample(customers, 2):
            change_records(customer, random)
            change_fault(customer, random, figures)
            start_sync(customer, random.choice(("full", "partial")))
        if number % STEPS_PER_FAILURE == 0:
            failures.cause_next()
        if number % STEPS_PER_PASSWORD == 0:
            figures.note_failure("password changed in Intacct")
            change_password(next(visited), f"password {number}")
        note_entered_passwords(customers)
        figures.take_samples(stack.lasting)
        time.sleep(STEP)
    failures.end_all()
    for customer in customers:
        end_faults(customer)
    with note_error(figures):
        wait_until(lambda: note_entered_passwords(customers), "the users entered the passwords", patience=PATIENCE)


def note_entered_passwords(customers: Sequence[Customer]) -> bool:
    """Return whether no user has to enter a password."""
    for customer in customers:
        if customer.new_password:
            note_entered_password(customer)
    return not any(customer.new_password for customer in customers)


def settle(figures: Figures, customers: Sequence[Customer]) -> None:
    """Wait until all work has ended, and sync each company once more."""
    with note_error(figures):
        wait_until(lambda: not SyncRun.objects.active().exists(), "all syncs ended", patience=PATIENCE)
        for customer in customers:
            start_sync(customer, "full")
        wait_until(lambda: not SyncRun.objects.active().exists(), "the last syncs ended", patience=PATIENCE)
        wait_until(lambda: not [*findings.unfinished_work()], "all work ended", patience=PATIENCE)


@contextmanager
def note_error(figures: Figures) -> Iterator[None]:
    """Let the run go on to its figures although something did not happen in time."""
    try:
        yield
    except AssertionError as error:
        figures.errors.append(str(error))


def find_problems(
    stack: Stack, figures: Figures, customers: Sequence[Customer], reader: Reader, minutes: float
) -> Iterator[str]:
    reader.read_all()
    copies: Sequence[Copy] = reader.copies
    yield from figures.errors
    yield from findings.unfinished_work()
    yield from findings.bad_answers(figures)
    yield from findings.not_ready(figures)
    yield from findings.growth(figures, minutes)
    yield from findings.errors(stack.folder)
    yield from findings.incomplete_last_syncs(customers)
    yield from findings.lost_records(customers, copies)
    yield from findings.lost_webhooks(stack.receiver)
    yield from findings.lost_emails(stack)
    yield from findings.lost_schedules()
    yield from findings.broken_audit_log()
    yield from findings.blocked_connections()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", default="", help="a folder where the logs stay")
    main(parser.parse_args())
