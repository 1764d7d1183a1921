"""Measures many customers at once: `python -m benchmarks.fleet --profiles 10000 --schedules 100000 --items 1000000`.

Real rows in PostgreSQL. Pages are timed for a Beanworks user and for a user of the last customer. Then several
dispatchers at once start the due schedules, and it is checked that each schedule was started exactly once.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time as time_of_day
from datetime import timedelta
from itertools import islice
from statistics import median

from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import Customer, LegalEntity, OrgUnit, Role, RoleAssignment, User
from benchmarks.year import nights
from smartsync.models import ListItem, ListRun, MissedRun, Schedule, SyncRun
from smartsync.models.items import LONG
from smartsync.services import schedules_dispatch
from wizard.models import Connection, SyncProfile
from wizard.stages import STAGES

BATCH = 5_000
DISPATCHERS = 4
TIMES = 7


def main(options: argparse.Namespace) -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        profiles = fleet(options.profiles)
        if options.nights:
            nights(profiles, options.nights)
            return
        items(profiles[-1], options.items)
        vacuum()
        pages(profiles[-1])
        dispatch(profiles, options.schedules)
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


def vacuum() -> None:
    """Do what autovacuum does by itself within a minute or so."""
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def fleet(count: int, name: str = "Customer") -> list[SyncProfile]:
    """Create numbered customers with a connection, a profile and two finished runs: a full one and a partial one."""
    now, many = timezone.now(), range(count)
    customers = Customer.objects.bulk_create([Customer(name=f"{name} {n}") for n in many], BATCH)
    units = OrgUnit.objects.bulk_create(
        [OrgUnit(customer=customer, name=customer.name) for customer in customers], BATCH
    )
    entities = LegalEntity.objects.bulk_create(
        [LegalEntity(customer=unit.customer, org_unit=unit, name=unit.name) for unit in units], BATCH
    )
    connections = Connection.objects.bulk_create(
        [
            Connection(
                customer=customer,
                company_id=f"{name[0]}{n}",
                user_id="Beanworks",
                level="top",
                credentials_saved_at=now,
                stage=[*STAGES][n % len(STAGES)],
                last_cause="right_missing" if n % 3 else "",
                first_synced_at=now,
            )
            for n, customer in enumerate(customers)
        ],
        BATCH,
    )
    profiles = SyncProfile.objects.bulk_create(
        [
            SyncProfile(
                connection=connection,
                legal_entity=entity,
                state="approved",
                # Spread over two years.
                decided_at=now - n * timedelta(days=730) / count,
                first_synced_at=now,
            )
            for n, (connection, entity) in enumerate(zip(connections, entities, strict=True))
        ],
        BATCH,
    )
    for kind, since in (("full", None), ("partial", now)):
        done = {"kind": kind, "since": since, "state": "done", "result": "complete", "finished_at": now}
        SyncRun.objects.bulk_create([SyncRun(profile=profile, started_at=now, **done) for profile in profiles], BATCH)
    print(f"{count:,} profiles made")
    return profiles


def items(profile: SyncProfile, count: int) -> None:
    """Create a list with `count` records for the customer whose pages are timed."""
    run = SyncRun.objects.filter(profile=profile).latest("pk")
    counted = {"read": count, "new": count, "counted_before": count, "counted_after": count}
    facts = {"position": 0, "object": "VENDOR", "title": "Vendors", "state": "complete", **counted}
    ListRun.objects.update_or_create(facts, run=run, slug="vendors")
    with database.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {ListItem._meta.db_table}
                (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at, is_indexed)
            SELECT %s, 'vendors', n, 'V' || n, 'Vendor number ' || n, n %% 20 > 0,
                jsonb_build_object('RECORDNO', n::text, 'VENDORID', 'V' || n), '\\x00', now(), now(), %s
            FROM generate_series(1, %s) AS n""",
            [profile.pk, count > LONG, count],
        )
    print(f"{count:,} list items made")


def pages(profile: SyncProfile) -> None:
    unit = profile.legal_entity.org_unit
    manager = User.objects.create_user(email="cs@example.com", password="-", name="Cy", kind="customer_success")
    Customer.objects.filter(name__endswith="7").update(success_manager=manager)
    administrator = User.objects.create_user(
        email="ada@example.com", password="-", name="Ada", customer=unit.customer, home_org_unit=unit
    )
    RoleAssignment.objects.create(user=administrator, role=Role.SYSTEM_ADMINISTRATOR)
    board = reverse("operations:board")
    for user, title, address in (
        (manager, "board", board),
        (manager, "its search", f"{board}?search=customer+77&must_act=customer"),
        (manager, "its health", f"{board}?health=in_step&sort=health"),
        (manager, "its last", f"{board}?page=9999"),
        (administrator, "SmartSync", reverse("smartsync:home")),
        (administrator, "history", reverse("smartsync:history")),
        (administrator, "list", reverse("smartsync:list", args=[profile.pk, "vendors"])),
        (administrator, "search", reverse("smartsync:list", args=[profile.pk, "vendors"]) + "?q=number+777"),
    ):
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(user)
        print(f"{title:10} {1000 * median(islice(_times(client, address), TIMES)):7.0f} ms", flush=True)


def _times(client: Client, address: str) -> Iterator[float]:
    client.get(address)
    while True:
        start = time.perf_counter()
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        yield time.perf_counter() - start


def dispatch(profiles: list[SyncProfile], count: int) -> None:
    """Create `count` due schedules, spread evenly over the profiles, and start them."""
    due, per_profile = timezone.now() - timedelta(minutes=1), count // len(profiles)
    schedules = (
        Schedule(profile=profile, days=[n % 7], at=time_of_day(n // 7 % 24), time_zone="America/Vancouver", next_at=due)
        for profile in profiles
        for n in range(per_profile)
    )
    while batch := [*islice(schedules, BATCH)]:
        Schedule.objects.bulk_create(batch)
    vacuum()
    before = SyncRun.objects.count()

    def work(_: int) -> int:
        try:
            return sum(iter(schedules_dispatch, 0))
        finally:
            database.close()

    start = time.perf_counter()
    with ThreadPoolExecutor(DISPATCHERS) as dispatchers:
        shares = list(dispatchers.map(work, range(DISPATCHERS)))
    seconds = time.perf_counter() - start
    expected = per_profile * len(profiles)
    outcomes = SyncRun.objects.count() - before + MissedRun.objects.count()
    twice = [key for key, many in Counter(MissedRun.objects.values_list("schedule", flat=True)).items() if many > 1]
    assert (sum(shares), outcomes, twice) == (expected, expected, []), (shares, outcomes, twice)
    print(
        f"{sum(shares):,} due schedules handed out once each by {DISPATCHERS} dispatchers in {seconds:.0f} s: {shares}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--nights", type=int, default=0, help="only simulate so many nights, with retention")
    parser.add_argument("--items", type=int, default=1_000_000)
    main(parser.parse_args())
