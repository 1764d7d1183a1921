"""Simulates the nights of a fleet, and the job that removes what has expired: `benchmarks.fleet --nights 560`.

Rows are inserted as a night stores them (see `benchmarks.night`), with the times of that night. The job is the real
one.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection as database
from django.db.models import Model
from django.utils import timezone
from time_machine import travel

from core.models import Pruning
from core.retention import prune
from mail.models import Email
from smartsync.models import ListRun, SyncRun
from wizard.models import Finding, Incident, SyncProfile, Verification
from wizard.stages import STAGES

WEEK = 7
CHECKS = 39
STEP = next(iter(STAGES))  # any step will do
LISTS = 26
CHANGED_LISTS = 3
"""Lists in which something changed in a night."""
SAME_FOR = 30
"""Nights after which results differ."""
MEASURED = (Verification, Finding, SyncRun, ListRun, Email, Incident)


def nights(profiles: list[SyncProfile], count: int) -> None:
    """Add nights, a week at a time; after each week the job removes what has expired. Prints sizes every 13 weeks."""
    first = timezone.now()
    owners: dict[int, Verification] = {}
    for day in range(count):
        with travel(first + timedelta(days=day)):
            _add_night(profiles, owners, day)
            if day % WEEK == WEEK - 1:
                _remove_expired()
        if day % (13 * WEEK) == 13 * WEEK - 1 or day == count - 1:
            _print_sizes(day + 1, len(profiles))


def _remove_expired() -> None:
    pruning = Pruning.objects.claim(Pruning.objects.create().pk)
    assert pruning
    prune(pruning, seconds=3_600)


def _add_night(profiles: list[SyncProfile], owners: dict[int, Verification], day: int) -> None:
    at = timezone.now()
    rows = [_verification(profile, owners, day, at) for profile in profiles]
    _insert(rows)
    stored = [row for row in rows if row.same_as_id is None]
    owners |= {row.connection_id: row for row in stored}
    _insert(list(chain.from_iterable(map(_findings, stored))))
    runs = [_run(profile, at) for profile in profiles]
    _insert(runs)
    _insert(list(chain.from_iterable(map(_lists, runs))))
    _insert([_email(profile, day, at) for profile in profiles if (profile.pk + day) % 20 == 0])
    _insert([_incident(profile, day, at) for profile in profiles if (profile.pk + day) % 60 == 0])


def _insert(rows: Sequence[Model]) -> None:
    if rows:
        type(rows[0])._base_manager.bulk_create(rows, 5_000)


def _verification(profile: SyncProfile, owners: dict[int, Verification], day: int, at: datetime) -> Verification:
    differs = profile.connection_id not in owners or (profile.pk + day) % SAME_FOR == 0
    same_as = None if differs else owners[profile.connection_id]
    return Verification(
        connection_id=profile.connection_id, state="done", started_at=at, finished_at=at, same_as=same_as
    )


def _findings(verification: Verification) -> Iterator[Finding]:
    for position in range(CHECKS):
        slug = f"perm.permission-{position}"
        yield Finding(verification=verification, check_slug=slug, stage=STEP, position=position, outcome="passed")


def _run(profile: SyncProfile, at: datetime) -> SyncRun:
    quiet = range(CHANGED_LISTS, LISTS)
    return SyncRun(
        profile=profile,
        kind="partial",
        since=at - timedelta(days=1),
        state="done",
        result="complete",
        started_at=at,
        finished_at=at,
        unchanged_lists=[{"position": n, "slug": f"list-{n}", "title": f"The list {n}"} for n in quiet],
    )


def _lists(run: SyncRun) -> Iterator[ListRun]:
    counted = {"read": 2, "changed": 2, "counted_before": 2, "counted_after": 2}
    fields = [f"FIELD{number}" for number in range(12)]
    for n in range(CHANGED_LISTS):
        about = {"position": n, "slug": f"list-{n}", "object": "VENDOR", "title": f"The list {n}", "fields": fields}
        yield ListRun(
            run=run, state="complete", began_at=run.started_at, finished_at=run.started_at, **about, **counted
        )


def _email(profile: SyncProfile, day: int, at: datetime) -> Email:
    text = "A sentence of an email. " * 40
    fields = {"address": "ada@example.com", "language": "en", "subject": "s", "text": text, "html": text * 3}
    times = {"state": "done", "sent_at": at, "finished_at": at}
    return Email(kind="k", dedupe_key=f"{profile.pk}:{day}", **fields, **times)


def _incident(profile: SyncProfile, day: int, at: datetime) -> Incident:
    return Incident(
        connection_id=profile.connection_id, check_slug=f"{day}", cause="right_missing", since=at, closed_at=at
    )


def _print_sizes(day: int, connections: int) -> None:
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        print(f"night {day}: for each connection", end="")
        for model in MEASURED:
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [model._meta.db_table])
            kilobytes = cursor.fetchone()[0] / 1024 / connections
            rows = model._base_manager.count() / connections
            print(f"; {model._meta.verbose_name} {rows:.1f} rows, {kilobytes:.1f} kB", end="", flush=True)
        print()
