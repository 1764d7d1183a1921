"""Measures how users fare while syncs wait: `python -m benchmarks.fairness --companies 400 --workers 2 --times 10`.

So many scheduled full syncs are queued. While at least 200 of them wait for a worker, a user requests a check and a
sync, another signs in, and pages are opened, again and again. The same is measured before, when no sync waits.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import requests
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import Role, RoleAssignment, User
from benchmarks.companies import loaded, workers
from core.leases import State
from core.queue import LATER, publish
from smartsync.models import SyncRun
from smartsync.services import run_start
from tests.support.processes import Running, answers, wait_until
from tests.support.stack import Live
from wizard.models import SyncProfile, Verification
from wizard.services import verification_request

WAITING = 200
SIGN_IN_PASSWORD = "a password for a benchmark"
Seconds = dict[str, list[float]]


def main(options: argparse.Namespace) -> None:
    with (
        loaded(options.companies + 2 * options.times + 1) as (_practice, profiles),
        TemporaryDirectory() as folder,
        workers(options.workers, Path(folder)) as processes,
        web(Path(folder)) as live,
    ):
        first, checked, synced = profiles[0], profiles[1 : 1 + 2 * options.times], profiles[1 + 2 * options.times :]
        # Once without measuring: new processes still load code.
        users(live, first, defaultdict(list))
        idle: Seconds = defaultdict(list)
        for profile in checked[: options.times]:
            users(live, profile, idle)
        with paused(processes[:-1]):
            queue(synced)
        busy: Seconds = defaultdict(list)
        waiting = [users(live, profile, busy) for profile in checked[options.times :]]
        print(f"{options.workers} worker processes; {waiting[0]} to {waiting[-1]} syncs waited (valid from {WAITING})")
        print("| seconds: median, longest | no sync | while syncs wait |\n|---|---|---|")
        for name in idle:
            print(f"| {name} | {figures(idle[name])} | {figures(busy[name])} |")


@contextmanager
def paused(processes: Sequence[Running]) -> Iterator[None]:
    """Pause the workers for syncs, so that none starts before all syncs are queued."""
    for process in processes:
        process.rest()
    yield
    for process in processes:
        process.wake()


def queue(profiles: Sequence[SyncProfile]) -> None:
    """Queue a full sync of each, as the schedules of a night do."""
    now = timezone.now()
    runs = SyncRun.objects.bulk_create(SyncRun(profile=profile, kind="full", scheduled_for=now) for profile in profiles)
    publish(SyncRun.task, *(run.pk for run in runs), priority=LATER)


@contextmanager
def web(folder: Path) -> Iterator[Live]:
    with Live(folder) as live:
        live.start()
        wait_until(lambda: answers(live.url), "the web server answers")
        yield live


def users(live: Live, profile: SyncProfile, seconds: Seconds) -> int:
    """Do what users do, and add how long it took. Return how many syncs waited when the check started."""
    waiting = check(profile, seconds)
    sync(profile, seconds)
    user = administrator(profile)
    browser = requests.Session()
    browser.headers["Referer"] = live.url
    address = live.url + reverse("account_login")
    form = measure(seconds, "the page to sign in", lambda: browser.get(address))
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token, form.text
    fields = {"csrfmiddlewaretoken": token[1], "login": user.email, "password": SIGN_IN_PASSWORD}
    answer = measure(seconds, "signing in, and the first page", lambda: browser.post(address, fields))
    assert answer.url != address, answer.text
    page = live.url + reverse("smartsync:profile", args=[profile.pk])
    measure(seconds, "the page of a sync profile", lambda: browser.get(page))
    return waiting


def check(profile: SyncProfile, seconds: Seconds) -> int:
    row = verification_request(connection=profile.connection, actor=None)
    rows = Verification.objects.filter(pk=row.pk)
    wait_until(lambda: rows.exclude(state=State.QUEUED).exists(), "the check starts")
    waiting = SyncRun.objects.filter(state=State.QUEUED).count()
    wait_until(lambda: rows.filter(state=State.DONE).exists(), "the check is done")
    row.refresh_from_db()
    assert row.started_at
    assert row.finished_at
    seconds["until a check starts"].append((row.started_at - row.created_at).total_seconds())
    seconds["until it is done"].append((row.finished_at - row.created_at).total_seconds())
    return waiting


def sync(profile: SyncProfile, seconds: Seconds) -> None:
    run = run_start(profile=profile, kind="full", actor=None)
    rows = SyncRun.objects.filter(pk=run.pk)
    wait_until(lambda: rows.exclude(started_at=None).exists(), "the sync starts")
    run.refresh_from_db()
    assert run.started_at
    seconds["until a sync that a user requested starts"].append((run.started_at - run.created_at).total_seconds())


def administrator(profile: SyncProfile) -> User:
    unit = profile.legal_entity.org_unit
    user = User.objects.create(
        email=f"user{profile.pk}@example.com",
        password=make_password(SIGN_IN_PASSWORD),
        name="A user",
        customer=unit.customer,
        home_org_unit=unit,
    )
    RoleAssignment.objects.create(user=user, role=Role.SYSTEM_ADMINISTRATOR)
    return user


def measure(seconds: Seconds, what: str, request: Callable[[], requests.Response]) -> requests.Response:
    began = perf_counter()
    answer = request()
    seconds[what].append(perf_counter() - began)
    answer.raise_for_status()
    return answer


def figures(times: list[float]) -> str:
    return f"{median(times):.2f}, {max(times):.2f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=400)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--times", type=int, default=10)
    main(parser.parse_args())
