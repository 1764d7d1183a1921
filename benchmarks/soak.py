"""Runs the product for a long time while much goes wrong: `scripts/soak --minutes 60`.

Users request pages, syncs run, records change in Intacct, the gateway fails in many ways, and workers are killed. It
fails if a page has a server error, if memory grows after the first third of the time, if a record of any list differs
from Intacct's in the end, if a run has not ended, or if a log has a line at ERROR.
"""

import argparse
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event

import requests
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import Role, RoleAssignment, User
from benchmarks.companies import create_company
from benchmarks.stage import set_up
from core.errors import Refused
from local.commands import COMMANDS
from smartsync.models import SyncRun
from smartsync.services import run_start
from tests.smartsync.company import Company
from tests.support.processes import Running, answers, descendants, wait_until
from tests.support.stack import Live, Practice, on_own_database
from wizard.models import SyncProfile, Verification

COMPANIES = 8
USERS = 4
STEP = 5.0
"""Seconds between two disturbances."""
KILL_EVERY = 12
"""Disturbances after which a worker is killed."""
FAULTS = ("rate-limit", "bad-gateway", "truncated", "empty", "html", "expired-session", "timeout", "slow", "stalled")
MOST_GROWTH = 1.10
"""Of a process's memory from the second third of the time to the last."""
AT_ERROR = re.compile(r"\b(ERROR|CRITICAL)\b")
PAGES = (
    "home",
    "smartsync:home",
    "smartsync:history",
    "wizard:home",
    "accounts:users",
    "audit_log:index",
    "help:index",
)
Samples = dict[str, list[int]]


def main(options: argparse.Namespace) -> None:
    random.seed(options.seed)
    with set_up() as practice, TemporaryDirectory() as name:
        folder = Path(name)
        practice.control("reset")
        companies = [company(practice, number) for number in range(COMPANIES)]
        with stack(folder) as (live, processes):
            pages, memory = soak(companies, live, processes, 60 * options.minutes)
            problems = [*end(companies), *growth(memory), *errors(folder), *bad_pages(pages)]
            report(pages, memory, processes)
        print("\n".join(problems) or "No problem found.", flush=True)
        raise SystemExit(bool(problems))


def company(practice: Practice, number: int) -> Company:
    profile = create_company(practice, number)
    customer, unit = profile.connection.customer, profile.legal_entity.org_unit
    user = User.objects.create_user(
        email=f"user{number}@example.com", password="-", name=f"User {number}", customer=customer, home_org_unit=unit
    )
    RoleAssignment.objects.create(user=user, role=Role.SYSTEM_ADMINISTRATOR)
    return Company(practice, profile, user)


@contextmanager
def stack(folder: Path) -> Iterator[tuple[Live, dict[str, Running]]]:
    """Start the web server, every worker and beat."""
    environment = on_own_database() | {"LEASE_SECONDS": "15", "SWEEP_SECONDS": "5"}
    with ExitStack() as started:
        live = started.enter_context(Live(folder))
        processes = {"web": live}
        names = [name for name in COMMANDS if name.startswith(("worker-", "beat"))]
        processes |= {name: Running(name, COMMANDS[name].split(), folder, environment) for name in names}
        for process in processes.values():
            started.enter_context(process).start()
        wait_until(lambda: answers(live.url), "the web server answers")
        yield live, processes


def soak(
    companies: Sequence[Company], live: Live, processes: dict[str, Running], seconds: float
) -> tuple[Counter[int], Samples]:
    """Disturb the product for so long. Return how often pages had each status, and the memory of the processes."""
    memory: Samples = defaultdict(list)
    is_over, ends_at = Event(), time.monotonic() + seconds
    with ThreadPoolExecutor(USERS) as pool:
        users = [pool.submit(use, sign_in(companies[number]), live.url, pages_of(companies[number]), is_over)
                 for number in range(USERS)]  # fmt: skip
        try:
            for number in cycle(range(1, 1 + KILL_EVERY)):
                if time.monotonic() > ends_at:
                    break
                disturb(random.choice(companies))
                if number == KILL_EVERY:
                    kill(processes["worker-syncs"])
                for name, process in processes.items():
                    memory[name].append(resident_kilobytes(process.pid))
                time.sleep(STEP)
        finally:
            is_over.set()
        return sum((user.result() for user in users), Counter()), memory


def sign_in(company: Company) -> str:
    client = Client()
    client.force_login(company.actor)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def pages_of(company: Company) -> list[str]:
    pk = company.profile.pk
    own = (reverse("smartsync:profile", args=[pk]), reverse("smartsync:list", args=[pk, "vendors"]))
    return [*map(reverse, PAGES), reverse("wizard:connection", args=[company.profile.connection_id]), *own]


def use(session: str, url: str, pages: Sequence[str], is_over: Event) -> Counter[int]:
    """Request one page after another, as a user does. Return how often each status came; 0: no answer."""
    statuses: Counter[int] = Counter()
    browser = requests.Session()
    browser.cookies.set(settings.SESSION_COOKIE_NAME, session)
    while not is_over.wait(0.2):
        try:
            statuses[browser.get(url + random.choice(pages), timeout=60).status_code] += 1
        except requests.RequestException:
            statuses[0] += 1
    return statuses


def disturb(company: Company) -> None:
    """Change records, exchange the fault, and start a sync if none is active."""
    company.practice.control(f"companies/{company.id}/fault", "DELETE")
    company.control("edits", object="VENDOR", actions=[["edit", random.randrange(100)], ["add", 1]])
    if random.random() < 0.5:
        company.control("fault", name=random.choice(FAULTS), calls=random.randint(1, 4))
    # A sync begins with a verification.
    Verification.objects.update(created_at=timezone.now() - timedelta(hours=1))
    start(company.profile, random.choice(("full", "partial")))


def start(profile: SyncProfile, kind: str) -> SyncRun | None:
    try:
        return run_start(profile=profile, kind=kind, actor=None)
    except Refused:
        return None


def kill(process: Running) -> None:
    process.kill9()
    process.start()


def resident_kilobytes(pid: int) -> int:
    return sum(_resident(child) for child in descendants(pid))


def _resident(pid: int) -> int:
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return 0
    return int(found[1]) if found else 0


def end(companies: Sequence[Company]) -> Iterator[str]:
    """End all faults, sync each company once more, and compare its records with Intacct's."""
    for company in companies:
        company.practice.control(f"companies/{company.id}/fault", "DELETE")
    wait_until(lambda: not SyncRun.objects.active().exists(), "all runs ended", patience=600)
    runs = [start(company.profile, "full") for company in companies]
    wait_until(lambda: not SyncRun.objects.active().exists(), "the last runs ended", patience=600)
    for company, run in zip(companies, runs, strict=True):
        result = SyncRun.objects.get(pk=run.pk).result if run else "refused"
        if result != SyncRun.Result.COMPLETE:
            yield f"The last run of {company.id} is not complete: {result}"
        if differences := company.differences():
            yield f"{company.id} differs from Intacct: {differences}"


def growth(memory: Samples) -> Iterator[str]:
    for name, samples in memory.items():
        third = len(samples) // 3
        before, after = median(samples[third : 2 * third] or samples), median(samples[2 * third :])
        if after > MOST_GROWTH * before:
            yield f"The memory of {name} grew from {before / 1000:.0f} to {after / 1000:.0f} MB"


def errors(folder: Path) -> Iterator[str]:
    for log in sorted(folder.glob("*.log")):
        if lines := [line for line in log.read_text(errors="replace").splitlines() if AT_ERROR.search(line)]:
            yield f"{log.name}: {len(lines)} lines at ERROR, the first one: {lines[0][:300]}"


def bad_pages(pages: Counter[int]) -> Iterator[str]:
    for status, count in pages.items():
        if not 200 <= status < 500:
            yield f"{count} pages had status {status or 'none'}"


def report(pages: Counter[int], memory: Samples, processes: dict[str, Running]) -> None:
    results = Counter(SyncRun.objects.values_list("result", flat=True))
    print(f"pages by status: {dict(pages)}; runs by result: {dict(results)}")
    for name in processes:
        samples = memory[name]
        third = len(samples) // 3
        parts = (samples[:third], samples[third : 2 * third], samples[2 * third :])
        print(f"memory of {name} in each third, MB: {[round(median(part) / 1000) for part in parts if part]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    main(parser.parse_args())
