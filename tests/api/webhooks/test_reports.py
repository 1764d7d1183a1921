"""What endpoints hear of: each audit action leads to the events that the table of `api.webhooks.reports` says."""

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import Customer, OrgUnit, User
from api.event_types import EventType
from api.models import ReportedState, WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookTrigger
from api.tasks import sweep, webhook_trigger_run
from api.webhooks.reports import MAKERS
from audit.actions import ACTIONS
from audit.services import event_of, event_record, events_record
from beanworks_connect.heartbeat import broker
from smartsync.engine.revisions import next_revision
from smartsync.models import ListItem, SyncRun
from tests.api.client import ApiClient
from tests.api.webhooks.conftest import create_endpoint
from tests.smartsync.conftest import create_profile
from tests.support.retention import prune_now
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification
from wizard.services import connection_disconnect, profile_revoke
from wizard.services.board import connection_refresh
from wizard.services.incidents import close_incident, open_incident
from wizard.services.profiles import profile_claim, profile_decline
from wizard.stages import stage_checks

pytestmark = pytest.mark.django_db
# Actions about customers' connections that change nothing that webhooks report.
NOT_REPORTED = {
    *("handover.address_corrected", "handover.created", "handover.moved", "handover.opened", "handover.renewed"),
    *("handover.revoked", "handover.taken_over", "list.deletions_held", "list.deletions_rejected"),
    *("list.deletions_returned", "list.downloaded", "list.records_removed", "list_run.retried", "profile.claimed"),
    *("profile.guard_changed", "profile.information_asked", "profile.information_given", "profile.lists_chosen"),
    *("list.removed", "profile.released"),
    *("schedule.changed", "schedule.created", "schedule.missed", "schedule.paused", "schedule.removed"),
    *("schedule.resumed", "schedule.set_aside", "sync_run.cancel_requested", "sync_run.pruned"),
    "sync_run.started",
    *("test_bill.deleted", "test_bill.looked_for", "test_bill.requested"),
    "verification.requested",
}


@pytest.fixture
def endpoint(support: User) -> WebhookEndpoint:
    return create_endpoint(support, "http://127.0.0.1:1/")[0]


@pytest.fixture
def profile(connection: Connection, root: OrgUnit) -> SyncProfile:
    return create_profile(connection, root, "Hillside Canada")


def work() -> list[tuple[str, Any]]:
    """Do what triggers ask for. Return the types and data of the new events."""
    known = set(WebhookEvent.objects.values_list("pk", flat=True))
    for trigger in WebhookTrigger.objects.active().order_by("pk"):
        webhook_trigger_run(trigger.pk)
    events = WebhookDelivery.objects.exclude(event__in=known).order_by("pk").select_related("event")
    return [(delivery.event.type, _data(delivery.event)) for delivery in events]


def _data(event: WebhookEvent) -> Any:
    return json.loads(event.body)["data"]


def types() -> list[str]:
    return [name for name, _data in work()]


def record(action: str, connection: Connection, **metadata: Any) -> None:
    event_record(action=action, actor=None, target=connection, customer_id=connection.customer_id, **metadata)


def pass_every_check(connection: Connection) -> None:
    now = timezone.now()
    verification = Verification.objects.create(connection=connection, state="done", finished_at=now)
    Finding.objects.bulk_create(
        Finding(verification=verification, check_slug=check.slug, stage=stage.slug, position=number, outcome="passed")
        for number, (stage, check) in enumerate(stage_checks(connection.company))
    )
    connection_refresh(connection=connection)
    record("verification.finished", connection)


def change_records(profile: SyncProfile, list: str, *keys: int, **fields: Any) -> int:
    """Add records, or change those that exist, in one revision. Return it."""
    revision, now = next_revision(profile.pk), timezone.now()
    for key in keys:
        defaults = {
            "code": str(key),
            "fields": {},
            "fingerprint": b"",
            "revision": revision,
            "changed_at": now,
            **fields,
        }
        ListItem.objects.update_or_create(
            profile=profile, list=list, key=key, defaults=defaults, create_defaults={**defaults, "first_seen_at": now}
        )
    return revision


def finish_run(profile: SyncProfile, result: str) -> SyncRun:
    run = SyncRun.objects.create(
        profile=profile, kind="full", state="done", result=result, started_at=timezone.now(), finished_at=timezone.now()
    )
    customer_id = profile.connection.customer_id
    event_record(action="sync_run.finished", actor=None, target=run, customer_id=customer_id, profile=profile.pk)
    return run


def test_every_action_is_in_the_table_or_left_out_on_purpose() -> None:
    reported_apps = {
        action.name for app in ("wizard", "smartsync") for action in import_module(f"{app}.actions").ACTIONS
    }
    assert reported_apps == MAKERS.keys() | NOT_REPORTED
    assert MAKERS.keys() <= ACTIONS.keys()


def test_state_of_a_connection_is_reported_as_it_changes(endpoint: WebhookEndpoint, connection: Connection) -> None:
    connection_refresh(connection=connection)
    record("verification.finished", connection)
    before = dict(work())
    added, step = before[EventType.REQUIREMENT_ADDED], before[EventType.CONNECTION_STEP_CHANGED]
    assert added["requirement"]["code"].startswith("BC-")
    assert (step["step"], step["previous_step"], step["connection_id"]) == ("user_role", "pre_checks", connection.pk)

    pass_every_check(connection)
    after = dict(work())
    assert EventType.CONNECTION_VERIFIED in after
    assert EventType.REQUIREMENT_RESOLVED in after
    sequences = [data["sequence"] for data in (*before.values(), *after.values())]
    assert sequences == sorted(sequences)


def test_nothing_is_reported_twice(endpoint: WebhookEndpoint, connection: Connection) -> None:
    record("verification.finished", connection)
    assert work()
    record("verification.finished", connection)
    assert work() == []


def test_broken_and_restored_connection_is_reported(endpoint: WebhookEndpoint, connection: Connection) -> None:
    pass_every_check(connection)
    work()

    open_incident(connection=connection, slug="sync.1", cause="interrupted", stage="smart_sync")
    assert EventType.CONNECTION_BROKEN in types()
    close_incident(connection=connection, slug="sync.1")
    assert EventType.CONNECTION_RESTORED in types()


def test_decision_about_a_profile_is_reported(
    endpoint: WebhookEndpoint, profile: SyncProfile, support: User, administrator: User
) -> None:
    SyncProfile.objects.update(state="requested", decided_at=None, requested_by=administrator)
    profile_claim(profile=profile, actor=support)
    assert work() == []

    profile_decline(profile=profile, actor=support, reason="The entity is closed.")

    [data] = [data for name, data in work() if name == EventType.PROFILE_DECLINED]
    assert (data["profile_id"], data["reason"]) == (profile.pk, "The entity is closed.")


@pytest.mark.parametrize("result", ["complete", "incomplete", "failed"])
def test_end_of_a_run_is_reported(endpoint: WebhookEndpoint, profile: SyncProfile, result: str) -> None:
    run = finish_run(profile, result)
    [data] = [data for name, data in work() if name.startswith("run.")]
    assert (data["run_id"], data["result"], data["profile_id"]) == (run.pk, result, profile.pk)


def test_canceled_run_is_not_reported(endpoint: WebhookEndpoint, profile: SyncProfile) -> None:
    finish_run(profile, "canceled")
    assert not any(name.startswith("run.") for name in types())


def test_changed_records_are_counted_and_can_be_read_by_the_cursor(
    endpoint: WebhookEndpoint, profile: SyncProfile, api: ApiClient
) -> None:
    change_records(profile, "vendors", 1, 2)
    finish_run(profile, "complete")
    [first] = [data for name, data in work() if name == EventType.RECORDS_CHANGED]
    assert (first["cursor"], first["lists"]) == (None, [{"list": "vendors", "added": 2, "changed": 0, "deleted": 0}])

    change_records(profile, "vendors", 2, name="New name")
    change_records(profile, "items", 7)
    revision = change_records(profile, "vendors", 1, deleted_at=timezone.now(), active=False)
    finish_run(profile, "incomplete")
    [second] = [data for name, data in work() if name == EventType.RECORDS_CHANGED]

    assert second["revision"] == revision
    assert second["lists"] == [
        {"list": "items", "added": 1, "changed": 0, "deleted": 0},
        {"list": "vendors", "added": 0, "changed": 1, "deleted": 1},
    ]
    page = api.get(f"/sync-profiles/{profile.pk}/records?cursor={second['cursor']}").json()
    changes = [(item["change"], item["list"], item["key"]) for item in page["data"]]
    assert changes == [("changed", "vendors", 2), ("added", "items", 7), ("deleted", "vendors", 1)]


def test_run_without_changes_reports_no_records(endpoint: WebhookEndpoint, profile: SyncProfile) -> None:
    change_records(profile, "vendors", 1)
    finish_run(profile, "complete")
    work()
    finish_run(profile, "complete")
    assert types() == [EventType.RUN_COMPLETED]


def test_endpoint_hears_only_of_its_customer_and_types(support: User, profile: SyncProfile) -> None:
    own = create_endpoint(support, "http://127.0.0.1:1/", "run.completed", customer=profile.connection.customer)[0]
    create_endpoint(support, "http://127.0.0.1:1/", customer=Customer.objects.create(name="Seaside"))
    create_endpoint(support, "http://127.0.0.1:1/", "run.failed")

    finish_run(profile, "complete")

    assert types() == [EventType.RUN_COMPLETED]
    assert WebhookDelivery.objects.get().endpoint == own
    assert WebhookEvent.objects.count() == 1


def test_events_of_one_act_ask_once_whether_an_endpoint_hears(
    connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    events = [
        event_of(action="task.ticked", actor=None, target=connection, customer_id=connection.customer_id)
        for _tick in range(30)
    ]
    with django_assert_num_queries(3):  # one stores the events, one waits for new endpoints
        events_record(events)


def test_nothing_is_stored_while_no_endpoint_hears_of_a_customer(support: User, profile: SyncProfile) -> None:
    create_endpoint(support, "http://127.0.0.1:1/", customer=Customer.objects.create(name="Seaside"))
    finish_run(profile, "complete")
    assert not WebhookTrigger.objects.exists()


def test_event_of_a_transaction_that_is_rolled_back_is_not_reported(
    endpoint: WebhookEndpoint, connection: Connection
) -> None:
    with transaction.atomic():
        record("verification.finished", connection)
        transaction.set_rollback(True)
    assert not WebhookTrigger.objects.exists()


def test_events_that_are_recorded_together_are_noticed(endpoint: WebhookEndpoint, connection: Connection) -> None:
    about: dict[str, Any] = {"actor": None, "target": connection, "customer_id": connection.customer_id}
    events_record([event_of(action="verification.finished", **about), event_of(action="handover.opened", **about)])
    assert WebhookTrigger.objects.count() == 1


def test_trigger_whose_connection_was_deleted_ends(endpoint: WebhookEndpoint, connection: Connection) -> None:
    record("verification.finished", connection)
    connection.delete()
    assert work() == []
    assert not WebhookTrigger.objects.active().exists()


def test_trigger_is_worked_on_once(endpoint: WebhookEndpoint, connection: Connection) -> None:
    record("verification.finished", connection)
    trigger = WebhookTrigger.objects.get()
    webhook_trigger_run(trigger.pk)
    webhook_trigger_run(trigger.pk)
    assert ReportedState.objects.get().sequence == WebhookDelivery.objects.count() > 0


def test_sweeper_finds_a_trigger_whose_message_was_lost(
    endpoint: WebhookEndpoint,
    connection: Connection,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    record("verification.finished", connection)
    broker().delete("webhooks")
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert broker().llen("webhooks") == 1


def test_old_events_are_forgotten_with_their_deliveries(endpoint: WebhookEndpoint, connection: Connection) -> None:
    record("verification.finished", connection)
    work()
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(days=31))
    WebhookTrigger.objects.update(finished_at=timezone.now() - timedelta(days=2))
    prune_now("webhook-events", "webhook-triggers")
    assert not WebhookDelivery.objects.exists()
    assert not WebhookTrigger.objects.exists()


def test_disconnect_is_reported_once_and_nothing_else_until_it_is_connected_again(
    endpoint: WebhookEndpoint, connection: Connection, support: User
) -> None:
    pass_every_check(connection)
    work()
    Incident.objects.create(connection=connection, check_slug="company", cause="unknown")
    connection_refresh(connection=connection)
    record("incident.opened", connection)
    work()

    connection.refresh_from_db()
    connection_disconnect(connection=connection, actor=support)
    disconnected = work()
    Connection.objects.update(disconnected_at=None)
    record("connection.reconnected", connection)

    assert [name for name, _data in disconnected] == ["connection.disconnected"]
    assert disconnected[0][1]["lists_kept_until"]
    assert types()[0] == "connection.reconnected"


def test_revoked_profile_is_reported_with_its_reason(
    endpoint: WebhookEndpoint, profile: SyncProfile, support: User
) -> None:
    profile_revoke(profile=profile, actor=support, reason="The contract has ended.")

    events = dict(work())

    assert events["profile.revoked"]["reason"] == "The contract has ended."
    assert events["profile.revoked"]["lists_kept_until"]
