"""Which audit actions webhooks report, as which types of event and with which data: the table is `MAKERS`.

What a connection needs and whether it works is in no audit event. So after each event that may have changed it, the
connection is compared with what was last reported (`ReportedState`), and what differs is an event.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from api.cursors import cursor_after
from api.event_types import EventType
from api.models import ReportedState, WebhookEvent
from api.requirements import requirement_of
from audit.models import AuditEvent
from smartsync.models import SyncRun
from smartsync.services.changes import count_changes, latest_revision
from wizard.help import CODES
from wizard.missing import MissingItem, missing_list
from wizard.models import Connection, SyncProfile
from wizard.stages import PROFILES_STAGE, STAGES, known_stage

Data = dict[str, Any]
Occurrence = tuple[str, Data]
Maker = Callable[[AuditEvent, ReportedState], Iterable[Occurrence]]
# The way from a connection to what an audit event is about.
TARGETS = {"connection": "pk", "syncprofile": "profiles", "syncrun": "profiles__runs"}
RUN_TYPES = {
    SyncRun.Result.COMPLETE: EventType.RUN_COMPLETED,
    SyncRun.Result.INCOMPLETE: EventType.RUN_INCOMPLETE,
    SyncRun.Result.FAILED: EventType.RUN_FAILED,
}
# What happened, where the audit log has a more exact word for it.
PROFILE_TYPES = {"profile.expired": EventType.PROFILE_REVOKED}
REQUIREMENT_FIELDS = ("code", "kind", "what", "who", "step", "url", "since")


def events_of(cause: AuditEvent) -> list[WebhookEvent]:
    """Return the events that an audit event leads to, not saved yet. Numbers them in the caller's transaction."""
    about = {TARGETS[cause.target_type]: cause.target_id} if cause.target_type in TARGETS else {"pk": None}
    pk = Connection.objects.filter(**about).values_list("pk", flat=True).first()
    if pk is None:  # deleted since
        return []
    ReportedState.objects.get_or_create(connection_id=pk)
    # Locked before the connection is read, so that a higher number always means a later state.
    reported = ReportedState.objects.select_for_update(of=("self",)).select_related("connection__customer").get(pk=pk)
    occurrences = [event for maker in MAKERS[cause.action] for event in maker(cause, reported)]
    events = [_numbered(reported, cause.occurred_at, *occurrence) for occurrence in occurrences]
    reported.is_current = True
    reported.save()
    return events


def event_with(type: str, at: datetime, data: Data, customer_id: int | None) -> WebhookEvent:
    """Return an event in the envelope of Standard Webhooks."""
    body = json.dumps({"type": type, "timestamp": at, "data": data}, cls=DjangoJSONEncoder, separators=(",", ":"))
    return WebhookEvent(type=type, customer_id=customer_id, body=body, created_at=timezone.now())


def _numbered(reported: ReportedState, at: datetime, type: str, data: Data) -> WebhookEvent:
    reported.sequence += 1
    customer = reported.connection.customer
    about = {
        "customer_id": customer.pk,
        "customer_external_id": customer.external_id,
        "connection_id": reported.connection_id,
        "sequence": reported.sequence,
    }
    return event_with(type, at, about | data, customer.pk)


def connection_changes(cause: AuditEvent, reported: ReportedState) -> Iterator[Occurrence]:
    """Yield how the connection differs from what was last reported, and remember it."""
    connection = reported.connection
    if connection.disconnected_at:
        return  # what differs is reported once it is connected again
    missing = missing_list(connection)
    yield from _requirement_changes(reported, missing)

    if connection.stage != reported.step:
        yield EventType.CONNECTION_STEP_CHANGED, {"step": connection.stage, "previous_step": reported.step}
    if _is_verified(connection) and not reported.is_verified:
        yield EventType.CONNECTION_VERIFIED, {"step": connection.stage}
    is_broken = connection.broken_since is not None
    if is_broken and not reported.is_broken:
        yield (
            EventType.CONNECTION_BROKEN,
            {"since": connection.broken_since, "code": CODES.get(connection.last_cause, "")},
        )
    if reported.is_broken and not is_broken:
        yield EventType.CONNECTION_RESTORED, {}
    remember(reported, missing)


def remember(reported: ReportedState, missing: Iterable[MissingItem]) -> None:
    """Let the connection count as reported as it is now."""
    connection = reported.connection
    reported.requirements = {_key_of(item): {"code": item.code, "step": item.stage.slug} for item in missing}
    reported.step = connection.stage
    reported.is_verified = _is_verified(connection)
    reported.is_broken = connection.broken_since is not None


def _is_verified(connection: Connection) -> bool:
    return STAGES[known_stage(connection.stage)].number >= PROFILES_STAGE.number


def _requirement_changes(reported: ReportedState, missing: Iterable[MissingItem]) -> Iterator[Occurrence]:
    before, now = reported.requirements, {_key_of(item): item for item in missing}
    for key in before.keys() - now.keys():
        yield EventType.REQUIREMENT_RESOLVED, {"requirement": {"key": key, **before[key]}}
    for key in (key for key in now if key not in before):
        fields = requirement_of(now[key])
        yield EventType.REQUIREMENT_ADDED, {"requirement": {"key": key, **{n: fields[n] for n in REQUIREMENT_FIELDS}}}


def _key_of(item: MissingItem) -> str:
    """Return a text that stays the same while the same checks have the same problem."""
    return ":".join([item.stage.slug, item.kind.value, item.cause, *(slug for slug, _title in item.checks)])


def disconnect_event(cause: AuditEvent, reported: ReportedState) -> Iterator[Occurrence]:
    """Yield that it was disconnected. Two such events may report the same time, or none if it is connected again."""
    connection = reported.connection
    yield (
        cause.action,
        {"disconnected_at": connection.disconnected_at, "lists_kept_until": connection.lists_kept_until},
    )


def _target(cause: AuditEvent) -> int:
    return cause.target_id or 0


def profile_event(cause: AuditEvent, reported: ReportedState) -> Iterator[Occurrence]:
    profile = SyncProfile.objects.filter(pk=_target(cause)).select_related("legal_entity").first()
    if profile:
        entity = profile.legal_entity
        yield (
            PROFILE_TYPES.get(cause.action, cause.action),
            {
                "profile_id": profile.pk,
                "legal_entity_id": entity.pk,
                "legal_entity_external_id": entity.external_id,
                "entity_id": profile.entity_id,
                "reason": profile.reason,
                "replaces": profile.replaces_id,
                "lists_kept_until": profile.lists_kept_until,
            },
        )


def run_event(cause: AuditEvent, reported: ReportedState) -> Iterator[Occurrence]:
    run = SyncRun.objects.filter(pk=_target(cause), result__in=RUN_TYPES).first()
    if run:
        same = ("profile_id", "kind", "result", "started_at", "finished_at")
        data = {name: getattr(run, name) for name in same}
        yield RUN_TYPES[SyncRun.Result(run.result)], {"run_id": run.pk, **data, "code": CODES.get(run.cause, "")}


def changed_records(cause: AuditEvent, reported: ReportedState) -> Iterator[Occurrence]:
    """Yield the counts of what changed since the last such event, and the cursor to read it with.

    The first event has no cursor: its reader starts without one.
    """
    profile_pk: int = cause.metadata["profile"] if cause.target_type == "syncrun" else _target(cause)
    after, latest = reported.revisions.get(str(profile_pk), 0), latest_revision(profile_pk)
    if latest <= after:
        return
    reported.revisions[str(profile_pk)] = latest
    yield (
        EventType.RECORDS_CHANGED,
        {
            "profile_id": profile_pk,
            "revision": latest,
            "lists": [counts._asdict() for counts in count_changes(profile_pk, after, latest)],
            "cursor": cursor_after(profile_pk, after) if after else None,
        },
    )


DECISION = (profile_event, connection_changes)
CONNECTION = (connection_changes,)
MAKERS: Mapping[str, tuple[Maker, ...]] = {
    "answers.saved": CONNECTION,
    "check.confirmed": CONNECTION,
    "check.contradicted": CONNECTION,
    "check.withdrawn": CONNECTION,
    "connection.disconnected": (disconnect_event,),
    "connection.reconnected": (disconnect_event, connection_changes),
    "connection.started": CONNECTION,
    "credentials.entered": CONNECTION,
    "credentials.refused": CONNECTION,
    "credentials.replaced": CONNECTION,
    "credentials.replacement_refused": CONNECTION,
    "credentials.saved": CONNECTION,
    "credentials.unlocked": CONNECTION,
    "incident.closed": CONNECTION,
    "incident.opened": CONNECTION,
    "level.chosen": CONNECTION,
    "list.deletions_confirmed": (changed_records,),
    "profile.approved": DECISION,
    "profile.approval_undone": DECISION,
    "profile.declined": DECISION,
    "profile.expired": DECISION,
    "profile.replaced": DECISION,
    "profile.requested": DECISION,
    "profile.revoked": DECISION,
    "profile.withdrawn": DECISION,
    "stage.attested": CONNECTION,
    "stage.reopened": CONNECTION,
    "sync_run.finished": (run_event, changed_records, connection_changes),
    "task.ticked": CONNECTION,
    "task.unticked": CONNECTION,
    "test_bill.not_stored": CONNECTION,
    "test_bill.opened": CONNECTION,
    "test_bill.outdated": CONNECTION,
    "test_bill.refused": CONNECTION,
    "test_bill.shown_as_text": CONNECTION,
    "test_bill.state_changed": CONNECTION,
    "test_bill.stored": CONNECTION,
    "test_bill.unsettled": CONNECTION,
    "verification.finished": CONNECTION,
    "verification.given_up": CONNECTION,
}
