"""Thirty days of syncs of the connections in use, and the records they brought."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.findings import STOPS
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.lists import ListContent, lists_of
from beanworks_connect.demo.stories import BROKEN, FEWER_LISTS, INCOMPLETE, NIGHTLY
from beanworks_connect.demo.times import NIGHT, ago, broken_at, nights
from core.leases import State
from smartsync.models import ItemChange, ListItem, ListRun, MissedRun, Schedule, SyncRun
from wizard.models import SyncProfile

Kind, Result = SyncRun.Kind, SyncRun.Result
DAYS = 30
LASTS = {Kind.FULL: timedelta(seconds=19), Kind.PARTIAL: timedelta(seconds=4)}
EVERY_DAY, MONDAYS = [*range(7)], [0]
# How many records changed between two syncs, by list. Lists that few people change are not named.
CHANGES = {"vendors": (1, 0, 2, 0, 3), "bills": (4, 2, 5, 3), "items": (0, 0, 1), "customers": (0, 1)}
# The list for which Intacct counted one record more than it sent.
TROUBLED_LIST = "vendors"
# The lists that one customer turned off, and for how many days they have been off.
UNUSED_LISTS, UNUSED_DAYS = ["standard-cost-types", "standard-tasks"], 9


@dataclass
class Synced:
    """A profile in use, the lists of its entity, and what syncs made of them."""

    tenant: Tenant
    profile: SyncProfile
    lists: Sequence[ListContent]
    schedule: Schedule
    runs: Sequence[SyncRun] = ()
    items: dict[str, list[ListItem]] = field(default_factory=dict)

    @property
    def unused_lists(self) -> list[str]:
        return UNUSED_LISTS if self.tenant.story.name == FEWER_LISTS else []

    @property
    def is_broken(self) -> bool:
        return self.tenant.story.name == BROKEN


def insert_syncs(tenants: Sequence[Tenant]) -> None:
    synced = [sync for tenant in tenants if tenant.story.is_in_use for sync in _profile_syncs(tenant)]
    insert(sync.schedule for sync in synced)
    for sync in synced:
        sync.runs = _runs(sync)
    insert(sorted((run for sync in synced for run in sync.runs), key=lambda run: run.created_at))
    insert(missed for sync in synced for missed in _missed_runs(sync))

    list_runs = [(sync, list_run) for sync in synced for list_run in _list_runs(sync)]
    insert(list_run for _sync, list_run in list_runs)
    insert(item for sync in synced for item in _add_items(sync))
    changes = [change for sync, list_run in list_runs for change in _changes(sync, list_run)]
    insert(changes)
    ListItem.objects.bulk_update({change.item for change in changes}, ["changed_at"])
    SyncProfile.objects.bulk_update(
        [_summarize(sync) for sync in synced], ["sync_started_at", "first_synced_at", "unused_lists", "has_gaps"]
    )


def _profile_syncs(tenant: Tenant) -> Iterator[Synced]:
    profiles = SyncProfile.objects.approved().filter(connection=tenant.connection).select_related("legal_entity")
    for number, profile in enumerate(profiles.order_by("pk")):
        lists = [*lists_of(tenant.connection.company_id, profile.entity_id)]
        yield Synced(
            tenant,
            profile,
            lists,
            _schedule(tenant, profile, EVERY_DAY if tenant.story.name in NIGHTLY and number == 0 else MONDAYS),
        )


def _schedule(tenant: Tenant, profile: SyncProfile, days: list[int]) -> Schedule:
    schedule = Schedule(
        profile=profile,
        days=days,
        at=NIGHT,
        time_zone=profile.legal_entity.time_zone,
        created_by=tenant.administrator,
        created_at=max(_first_sync(profile), ago(DAYS + 1)),
    )
    schedule.plan()
    return schedule


def _first_sync(profile: SyncProfile) -> datetime:
    return (profile.decided_at or profile.requested_at) + timedelta(minutes=20)


def _runs(sync: Synced) -> list[SyncRun]:
    """A full sync and a partial one by hand, then those of the schedule."""
    first = _first_sync(sync.profile)
    user = sync.tenant.administrator
    runs = [
        _run(sync, first, requested_by=user),
        _run(sync, first + timedelta(hours=2), since=first, requested_by=user),
    ]
    for night in _times(sync, after=runs[-1].created_at):
        runs.append(_run(sync, night, since=runs[-1].started_at, schedule=sync.schedule, scheduled_for=night))
    if sync.is_broken and runs[-1].created_at >= broken_at():
        stop = STOPS["password"].result
        runs[-1].result, runs[-1].cause, runs[-1].facts = Result.FAILED, stop.cause, dict(stop.facts)
    if sync.tenant.story.name == INCOMPLETE:
        runs[-1].result = Result.INCOMPLETE
    return runs


def _times(sync: Synced, after: datetime) -> list[datetime]:
    """When the schedule started a sync. After the one that Intacct refused, it started none."""
    end = broken_at() if sync.is_broken else ago(0)
    if sync.is_broken and sync.schedule.days != EVERY_DAY:
        # On a Monday, the nightly sync is refused first, and no other one starts.
        end -= timedelta(minutes=1)
    return [night for night in nights(DAYS) if after < night <= end and night.weekday() in sync.schedule.days]


def _run(sync: Synced, at: datetime, since: datetime | None = None, **fields: Any) -> SyncRun:
    kind = Kind.PARTIAL if since else Kind.FULL
    return SyncRun(
        profile=sync.profile,
        kind=kind,
        since=since,
        state=State.DONE,
        result=Result.COMPLETE,
        attempts=1,
        created_at=at,
        started_at=at,
        finished_at=at + LASTS[kind],
        unused_lists=sync.unused_lists if at > ago(UNUSED_DAYS) else [],
        **fields,
    )


def _missed_runs(sync: Synced) -> Iterator[MissedRun]:
    if sync.is_broken and sync.schedule.days == EVERY_DAY:
        for night in nights(2):
            if night > broken_at():
                yield MissedRun(schedule=sync.schedule, due_at=night, reason=MissedRun.Reason.REFUSED)


def _list_runs(sync: Synced) -> Iterator[ListRun]:
    """The lists of every run. A run whose sign-in Intacct refused has none."""
    for number, run in enumerate(sync.runs):
        for position, content in enumerate(sync.lists):
            if run.result != Result.FAILED and content.kind.slug not in run.unused_lists:
                yield _list_run(run, position, content, number)


def _list_run(run: SyncRun, position: int, content: ListContent, number: int) -> ListRun:
    slug, total = content.kind.slug, len(content.rows)
    changed = min(total, CHANGES[slug][number % len(CHANGES[slug])]) if run.since and slug in CHANGES else 0
    new = 0 if run.since else total
    list_run = ListRun(
        run=run,
        position=position,
        slug=slug,
        object=content.kind.object,
        title=content.kind.title,
        fields=[*content.fields],
        since=run.since,
        state=ListRun.State.COMPLETE,
        low_key=max(content.rows.keys, default=0),
        read=new + changed,
        counted_before=new + changed,
        counted_after=new + changed,
        new=new,
        changed=changed,
        began_at=run.started_at,
        finished_at=run.finished_at,
    )
    if run.result == Result.INCOMPLETE and slug == TROUBLED_LIST:
        _miss_one(list_run)
    return list_run


def _miss_one(list_run: ListRun) -> None:
    counted = list_run.read + 1
    list_run.state, list_run.cause, list_run.pass_number = ListRun.State.INCOMPLETE, "counts_differ", 2
    list_run.counted_before = list_run.counted_after = counted
    list_run.facts = {"counted": counted, "read": list_run.read}


def _add_items(sync: Synced) -> Iterator[ListItem]:
    seen = _first_sync(sync.profile) + LASTS[Kind.FULL]
    for content in sync.lists:
        sync.items[content.kind.slug] = [
            ListItem(
                profile=sync.profile,
                list=content.kind.slug,
                key=key,
                code=code,
                name=name,
                active=active,
                fields=json.loads(fields),
                fingerprint=fingerprint,
                first_seen_at=seen,
                changed_at=seen,
            )
            for key, code, name, active, fields, fingerprint in content.rows.keyed
        ]
        yield from sync.items[content.kind.slug]


def _changes(sync: Synced, list_run: ListRun) -> Iterator[ItemChange]:
    """A change of the name for each changed record of the run."""
    items = sync.items[list_run.slug]
    for number in range(list_run.changed):
        item = items[(list_run.run_id * 7 + number) % len(items)]
        item.changed_at = max(item.changed_at, list_run.run.created_at + LASTS[Kind.PARTIAL])
        before = item.name.rpartition(" ")[0] or f"{item.name} 1"
        fields = {list_run.record_list.name: [before, item.name]}
        yield ItemChange(item=item, list_run=list_run, at=item.changed_at, kind=ItemChange.Kind.CHANGED, fields=fields)


def _summarize(sync: Synced) -> SyncProfile:
    profile, first = sync.profile, sync.runs[0]
    profile.sync_started_at, profile.first_synced_at = first.created_at, first.finished_at
    profile.unused_lists = sync.unused_lists
    profile.has_gaps = sync.runs[-1].result != Result.COMPLETE
    return profile
