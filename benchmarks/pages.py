"""Measures every page of a large product: `python -m benchmarks.pages --profiles 10000 --items 1000000`.

`lists`: pages and searches of one list with `--items` records. `walk`: every address of tests/access/table.txt that
answers with 200, as the kind of user for whom it takes longest. A line has what its page needs in the server: the time
until it is sent (or, if it is a file, until it begins), CPU of this process and of PostgreSQL's, queries, size
compressed. On a machine with other work, only CPU and queries mean something.
"""

import argparse
import gc
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from gzip import compress
from http import HTTPStatus
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from benchmarks.cpu import postgres_seconds
from benchmarks.crowd import staged
from tests.access.test_table import COLUMNS, ROWS, Asking, arguments

GOAL = 0.08
LARGEST = 100_000
"""Bytes of a compressed page."""
FOR_A_PAGE = 4.0
"""Seconds after which a page is not requested once more."""
LONGEST = 30
"""Seconds after which a request is given up."""
LISTS = {
    "first page": "",
    "second page": "page=2",
    "page in the middle": "page=10000",
    "last page": "page=99999999",
    "newest changes": "sort=changed",
    "inactive": "show=inactive",
    "active": "show=active",
    "search for a word of every record": "q=number",
    "search for one record": "q=V777777",
    "search for a part of a word": "q=77777",
    "search with accents and case": "q=N%C3%9AMBER+777",
    "search for two words": "q=vendor+123456",
    "search for what no record has": "q=zebra",
}


@dataclass
class Answer:
    status: int
    seconds: float
    size: int


@dataclass
class Measured:
    answers: list[Answer]
    cpu: float
    database: float
    queries: int

    @property
    def p95(self) -> float:
        times = [answer.seconds for answer in self.answers]
        return quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]

    @property
    def size(self) -> int:
        return self.answers[0].size

    def __str__(self) -> str:
        seconds = (median(answer.seconds for answer in self.answers), self.p95, self.cpu, self.database)
        return " ".join(f"{1000 * second:6.0f}" for second in seconds) + f"{self.queries:8} {self.size / 1000:7.1f}"


HEAD = "median    p95    CPU  in PG queries      kB   (ms, the last compressed)"


def main(options: argparse.Namespace) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    logging.disable()
    start = time.monotonic()
    pages = staged(options.profiles, options.items)
    pages.client.defaults["SERVER_NAME"] = "127.0.0.1"
    print(f"filled in {time.monotonic() - start:.0f} s")
    # As the web server does.
    gc.collect()
    gc.freeze()
    if options.only != "walk":
        lists(pages, options.times)
    if options.only != "lists":
        walk(pages, options.times, options.pages)
    print(f"\n{time.monotonic() - start:.0f} s in all")


def lists(pages: Asking, times: int) -> None:
    """Time the list with many records, for the customer's administrator."""
    address = reverse("smartsync:list", args=[pages.known["profile_pk"], "vendors"])
    print(f"\n{'':44}{HEAD}")
    for title, query in LISTS.items():
        print(f"{title:44}{measure(pages, 'system_administrator', f'{address}?{query}', times)}", flush=True)


def walk(pages: Asking, times: int, names: list[str]) -> None:
    """Time each page for the kind of user for whom it took longest once."""
    print(f"\n{'':60}{HEAD}")
    results = {}
    for row in ROWS:
        method, name, *answers = row.split()
        users = [who for who, answer in zip(COLUMNS, answers, strict=True) if (method, answer) == ("GET", "200")]
        if not users or (names and name not in names):
            continue
        address = reverse(name, kwargs=arguments(name, pages.known))
        who = slowest(pages, users, address)
        results[name] = measured = measure(pages, who, address, times)
        print(f"{name:38} {who:21}{measured}{remark(measured)}", flush=True)
    summarize(results)


def remark(measured: Measured) -> str:
    if (status := measured.answers[0].status) != HTTPStatus.OK:
        return f" {status}"
    return " !" * (measured.p95 > GOAL or measured.size > LARGEST)


def summarize(results: dict[str, Measured]) -> None:
    every = [answer.seconds for measured in results.values() for answer in measured.answers]
    print(f"\n{len(results)} pages: 95th percentile of all {1000 * quantiles(every, n=20)[-1]:.0f} ms")
    for title, names in {
        f"above {1000 * GOAL:.0f} ms": [name for name, measured in results.items() if measured.p95 > GOAL],
        f"above {LARGEST:,} bytes": [name for name, measured in results.items() if measured.size > LARGEST],
    }.items():
        print(f"{title}: {len(names)} {names}")


def slowest(pages: Asking, users: list[str], address: str) -> str:
    """Return the kind of user for whom the page takes longest. Some pages ask for the password first."""
    answer(pages, users[0], address)  # loads the templates
    answers = {who: answer(pages, who, address) for who in users}
    return max(users, key=lambda who: (answers[who].status != HTTPStatus.FOUND, answers[who].seconds))


def measure(pages: Asking, who: str, address: str, times: int) -> Measured:
    """Request the page once to count the queries, then `times` times to measure, unless it takes too long."""
    with CaptureQueriesContext(database) as queries:
        answer(pages, who, address)
    count = len(queries)  # the next request empties them
    cpu, postgres = time.process_time(), postgres_seconds()
    answers = [*repeated(pages, who, address, times)]
    own, theirs = time.process_time() - cpu, postgres_seconds() - postgres
    return Measured(answers, own / len(answers), theirs / len(answers), count)


def repeated(pages: Asking, who: str, address: str, times: int) -> Iterator[Answer]:
    until = time.monotonic() + FOR_A_PAGE
    for number in range(times):
        if not number or time.monotonic() < until:
            yield answer(pages, who, address)


def answer(pages: Asking, who: str, address: str) -> Answer:
    """Request the page, and all of it."""
    pages.client.cookies.clear()
    if who != "signed_out":
        pages.client.cookies[settings.SESSION_COOKIE_NAME] = pages.sessions[who]
    start = time.perf_counter()
    try:
        with given_up_after(LONGEST):
            response: Any = pages.client.get(address)
            if response.streaming:
                return begun(response, start)
            return Answer(response.status_code, time.perf_counter() - start, len(compress(response.content, 6)))
    except TimeoutError:
        database.close()
        return Answer(HTTPStatus.GATEWAY_TIMEOUT, LONGEST, 0)


def begun(response: Any, start: float) -> Answer:
    """Wait until the file begins: the rest comes as fast as the browser takes it."""
    next(iter(response), b"")
    # Not closed: Django would close the connection to the database too, and with it the process whose CPU is measured.
    return Answer(response.status_code, time.perf_counter() - start, 0)


@contextmanager
def given_up_after(seconds: float) -> Iterator[None]:
    def give_up(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--only", choices=["lists", "walk"])
    parser.add_argument("--pages", nargs="*", default=[], help="only the addresses with these names")
    main(parser.parse_args())
