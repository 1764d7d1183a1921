"""Measures every page of a large product: `python -m benchmarks.pages --profiles 10000 --items 1000000`.

`lists`: pages and searches of one list with `--items` records. `walk`: every address of tests/access/table.txt that
answers with 200, for each kind of user, before and after the fleet is created. Shown are the slowest ones by the 95th
percentile of the time in the server, those with more queries than before the fleet, and the largest when compressed.
"""

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gzip import compress
from http import HTTPStatus
from statistics import median, quantiles

from django.conf import settings
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from benchmarks.cpu import postgres_seconds
from benchmarks.fleet import fleet, items, vacuum
from mail.models import Email
from smartsync.models import ListItem
from tests.access.test_table import COLUMNS, ROWS, Asking, arguments
from wizard.models import SyncProfile

SHOWN = 15
FEW = 60
"""Customers before the fleet. More than a page shows, so that queries for rows on a page are counted already."""
RECORDS = 100
EVENTS = 300_000
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
class Measured:
    times: list[float]
    cpu: float
    database: float
    queries: int
    size: int

    @property
    def p95(self) -> float:
        return quantiles(self.times, n=20)[-1]

    def __str__(self) -> str:
        seconds = (median(self.times), self.p95, self.cpu, self.database)
        return " ".join(f"{1000 * second:6.0f}" for second in seconds) + f" {self.queries:5} {self.size / 1000:6.1f}"


HEAD = "median    p95    CPU    in PG queries  kB   (ms, the last compressed)"


def main(options: argparse.Namespace) -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    try:
        logging.disable()
        pages = Asking()
        pages.client = Client(SERVER_NAME="127.0.0.1")
        profile = SyncProfile.objects.get(pk=pages.known["profile_pk"])
        fleet(FEW, "Earlier customer")
        few = {} if options.only == "lists" else walk(pages, 1)
        crowd(fleet(options.profiles))
        ListItem.objects.filter(profile=profile).delete()
        items(profile, options.items)
        pages.known["item_pk"] = ListItem.objects.filter(profile=profile).latest("pk").pk
        vacuum()
        lists(pages, options.times)
        if few:
            show_walk(few, walk(pages, options.times))
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


def crowd(profiles: list[SyncProfile]) -> None:
    """Give each profile records, and the customers emails and events."""
    with database.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {ListItem._meta.db_table}
                (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at)
            SELECT pk, 'vendors', n, 'V' || n, 'Vendor number ' || n, true, '{{}}', '\\x00', now(), now()
            FROM unnest(%s) AS pk, generate_series(1, {RECORDS}) AS n""",
            [[profile.pk for profile in profiles]],
        )
        # Without the triggers that chain them: nothing here verifies the chain.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            """INSERT INTO audit_auditevent (occurred_at, customer_id, action, target_type, target_id, outcome)
            SELECT now() - n * interval '1 minute', customers[n %% cardinality(customers) + 1], 'profile.approved',
                'wizard.syncprofile', 1, 'success'
            FROM generate_series(1, %s) AS n, (SELECT array_agg(id) AS customers FROM accounts_customer) AS c""",
            [EVENTS],
        )
        cursor.execute("SET session_replication_role = origin")
    Email.objects.bulk_create(
        Email(
            kind="account",
            dedupe_key=f"fleet:{number}",
            customer=profile.connection.customer,
            address=f"user{number}@example.com",
            language="en",
            subject="Subject",
            text="Text",
            state="done",
            sent_at=timezone.now() if number % 20 else None,
            failure_reason="" if number % 20 else "address",
        )
        for number, profile in enumerate(profiles)
    )


def lists(pages: Asking, times: int) -> None:
    """Time the list with many records, for the customer's administrator."""
    address = reverse("smartsync:list", args=[pages.known["profile_pk"], "vendors"])
    print(f"\n{'':48}{HEAD}")
    for title, query in LISTS.items():
        print(f"{title:44}{measure(pages, 'system_administrator', f'{address}?{query}', times)}", flush=True)


def walk(pages: Asking, times: int) -> dict[tuple[str, str], Measured]:
    """Time all pages for each kind of user."""
    results = {}
    for row in ROWS:
        method, name, *answers = row.split()
        if name.endswith(("_csv", "_xlsx")):  # they have every row
            continue
        users = [who for who, answer in zip(COLUMNS, answers, strict=True) if (method, answer) == ("GET", "200")]
        for who in users:
            address = reverse(name, kwargs=arguments(name, pages.known))
            # Some pages ask for the password a while after the user signed in.
            if answer(pages, who, address).status_code == HTTPStatus.OK:
                results[name, who] = measure(pages, who, address, times)
    return results


def show_walk(few: dict[tuple[str, str], Measured], many: dict[tuple[str, str], Measured]) -> None:
    everything = [second for measured in many.values() for second in measured.times]
    print(f"\n{len(many)} pages: 95th percentile of all {1000 * quantiles(everything, n=20)[-1]:.0f} ms")
    show("slowest", many, lambda key: -many[key].p95)
    show("largest", many, lambda key: -many[key].size)
    more = [key for key in many if key in few and many[key].queries > few[key].queries]
    print(f"\nMore queries with the fleet: {[(*key, few[key].queries, many[key].queries) for key in more]}")


Key = tuple[str, str]


def show(title: str, results: dict[Key, Measured], order: Callable[[Key], float]) -> None:
    print(f"\n{title:60}{HEAD}")
    for name, who in sorted(results, key=order)[:SHOWN]:
        print(f"{name:34} {who:22}{results[name, who]}", flush=True)


def measure(pages: Asking, who: str, address: str, times: int) -> Measured:
    """Request the page once to count, then `times` times to measure."""
    with CaptureQueriesContext(database) as queries:
        body = answer(pages, who, address).getvalue()
    count = len(queries)
    cpu, postgres = time.process_time(), postgres_seconds()
    seconds = [*timed(pages, who, address, times + 1)]
    own, theirs = time.process_time() - cpu, postgres_seconds() - postgres
    return Measured(seconds, own / len(seconds), theirs / len(seconds), count, len(compress(body)))


def timed(pages: Asking, who: str, address: str, times: int) -> Iterator[float]:
    for _ in range(times):
        start = time.perf_counter()
        answer(pages, who, address).getvalue()
        yield time.perf_counter() - start


def answer(pages: Asking, who: str, address: str) -> HttpResponse:
    """Request the page."""
    client = pages.client
    client.cookies.clear()
    if who != "signed_out":
        client.cookies[settings.SESSION_COOKIE_NAME] = pages.sessions[who]
    response: HttpResponse = client.get(address)
    return response


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", choices=["lists"], help="only the list")
    main(parser.parse_args())
