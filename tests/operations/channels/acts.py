"""What there is to report, and a worker that reports and sends it."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from time_machine import travel

from api.models import WebhookEndpoint
from api.webhooks.endpoints import disable, endpoint_create
from operations.models import ChannelMessage
from operations.occasions import report_occasions
from operations.tasks import channel_message_run
from smartsync.models import Hold
from wizard.models import Connection, SyncProfile


def report_all() -> list[tuple[str, str]]:
    """Report what there is now. Return kind and text of all messages."""
    for slow in (False, True):
        report_occasions(slow=slow)
    return list(ChannelMessage.objects.order_by("pk").values_list("kind", "text"))


def send(message: ChannelMessage) -> ChannelMessage:
    channel_message_run(message.pk)
    message.refresh_from_db()
    return message


def days_ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def begin_late_request(profile: SyncProfile) -> None:
    SyncProfile.objects.update(requested_at=days_ago(9))


def begin_old_claim(profile: SyncProfile) -> None:
    SyncProfile.objects.update(state="claimed", claimed_at=days_ago(9))


def begin_breakage(profile: SyncProfile) -> None:
    Connection.objects.update(broken_since=days_ago(1))


def begin_stop(profile: SyncProfile) -> None:
    with travel(days_ago(8)):
        profile.connection.progress.update(updated_at=timezone.now())
    long_ago = days_ago(8)
    profile.connection.verifications.update(created_at=long_ago)
    Connection.objects.update(created_at=long_ago, stage_since=long_ago, must_act="customer")


def begin_hold(profile: SyncProfile) -> None:
    Hold.objects.create(profile=profile, list="vendors", missing=9, inactive=0, total=9, found_at=days_ago(1))


def begin_failing_endpoint(profile: SyncProfile) -> None:
    endpoint, _secret = endpoint_create(
        actor=None, url="https://hooks.example.com/secret", description="", event_types=["run.failed"], customer=None
    )
    disable(endpoint, WebhookEndpoint.DisabledReason.FAILING)


BEGINNINGS = {
    "request_waiting": (begin_late_request, "A request of Hillside Foods waits for longer than our target."),
    "request_claimed": (begin_old_claim, "A request of Hillside Foods has been claimed for too long."),
    "connection_broken": (begin_breakage, "A connection of Hillside Foods is broken."),
    "customer_stopped": (begin_stop, "Hillside Foods has stopped the set-up of Sage Intacct."),
    "deletion_held": (begin_hold, "A full sync of Hillside Foods would delete unusually many records. It waits"),
    "webhook_disabled": (begin_failing_endpoint, "The webhook endpoint at hooks.example.com was disabled"),
}
