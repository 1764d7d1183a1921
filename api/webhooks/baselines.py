"""Remember how connections are when an endpoint begins to hear of them, so that events report only what changes.

While an endpoint hears of a customer, its connections are compared after each event. So this is for customers of whom
no other endpoint heard: those of the first endpoint, and of one that is enabled again.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from api.models import ReportedState, WebhookEndpoint, WebhookTrigger
from api.webhooks.order import wait_for_changes
from api.webhooks.reports import remember
from audit.models import AuditEvent
from core.queue import publish
from smartsync.models import RecordStream
from wizard.missing import missing_lists
from wizard.models import Connection, Incident

ACTIONS = ("webhook.created", "webhook.enabled")
BATCH = 50


def request_baselines(endpoint: WebhookEndpoint, cause: AuditEvent) -> None:
    """Let a worker remember the connections that the endpoint hears of now, and no other heard of.

    cause: the audit event of the caller's transaction, one of ACTIONS.
    """
    wait_for_changes()  # so that the worker sees them
    connections = _unheard(endpoint)
    ReportedState.objects.filter(connection__in=connections).update(is_current=False)
    if connections.exists():
        publish(WebhookTrigger.task, WebhookTrigger.objects.create(event=cause).pk)


def _unheard(endpoint: WebhookEndpoint) -> QuerySet[Connection]:
    others = WebhookEndpoint.objects.enabled().exclude(pk=endpoint.pk)
    if others.filter(customer=None).exists():
        return Connection.objects.none()
    heard = Connection.objects.filter(customer__in=others.values("customer"))
    return _connections_of(endpoint.customer_id).exclude(pk__in=heard.values("pk"))


def _connections_of(customer_id: int | None) -> QuerySet[Connection]:
    return Connection.objects.filter(customer=customer_id) if customer_id else Connection.objects.all()


def make_baselines(trigger: WebhookTrigger) -> None:
    """Do what `request_baselines` asked for, a batch in each transaction. Raises LeaseLost."""
    outdated = _connections_of(trigger.event.customer_id).filter(Q(reported=None) | Q(reported__is_current=False))
    after = 0
    while pks := list(outdated.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            trigger.advance()
            _remember_all(pks)
        after = pks[-1]
    with transaction.atomic():
        trigger.hold()
        trigger.finish()


def _remember_all(pks: Collection[int]) -> None:
    ReportedState.objects.bulk_create(
        [ReportedState(connection_id=pk, is_current=False) for pk in pks], ignore_conflicts=True
    )
    # Locked before the connections are read, as for events: see `events_of`.
    locked = ReportedState.objects.select_for_update(of=("self",)).select_related("connection").order_by("pk")
    states = locked.filter(connection__in=pks, is_current=False)
    connections = [state.connection for state in states]
    missing = missing_lists(connections, Incident.objects.open_of_each(connections))
    revisions = _revisions(connections)

    # Read last: a change that was read above, and waits to be reported, must still differ from what is remembered.
    customers = {connection.customer_id for connection in connections}
    changing = set(
        WebhookTrigger.objects.active()
        .filter(event__customer_id__in=customers)
        .exclude(event__action__in=ACTIONS)
        .values_list("event__customer_id", flat=True)
    )
    quiet = [state for state in states if state.connection.customer_id not in changing]
    for state in quiet:
        remember(state, missing[state.connection_id])
        state.revisions = revisions[state.connection_id]
        state.is_current = True
    fields = ["is_current", "step", "is_verified", "is_broken", "requirements", "revisions"]
    ReportedState.objects.bulk_update(quiet, fields)


def _revisions(connections: Collection[Connection]) -> dict[int, dict[str, int]]:
    """Return up to where the records of each profile have changed, by the connection."""
    revisions: dict[int, dict[str, int]] = defaultdict(dict)
    streams = RecordStream.objects.filter(profile__connection__in=connections)
    for connection_pk, profile_pk, revision in streams.values_list("profile__connection", "profile", "revision"):
        revisions[connection_pk][str(profile_pk)] = revision
    return revisions
