"""The kinds of what channels report, and what there is to report of each now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, is_suspended
from audit.models import AuditEvent
from core.text import Words
from operations.business_hours import hours_of
from smartsync.models import Hold
from wizard.models import Connection, SupportSettings, SyncProfile
from wizard.services.reminders import stopped_connections


@dataclass(frozen=True)
class Occasion:
    """Something to report, once. `key` tells it from others of its kind. `since`: when it began."""

    key: str
    since: datetime
    link: str
    customer: Customer | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Kind:
    """One kind. `title`: on the form. `sentence`: about one occasion; `many`: about so many at once, at `page`.

    `occasions`: what there is now. Without it, the occasion is an event of the audit log. `is_slow`: looking for them
    reads many rows, so it is done every hour.
    """

    slug: str
    title: Words
    sentence: Words
    many: Words
    page: str
    occasions: Callable[[SupportSettings], Iterable[Occasion]] = lambda settings: ()
    is_slow: bool = False


def _requests_waiting(settings: SupportSettings) -> Iterator[Occasion]:
    hours = hours_of(settings)
    for profile in _requests():
        if hours.service_time(profile) > hours.target:
            yield _about_request(profile, profile.requested_at)


def _requests_claimed(settings: SupportSettings) -> Iterator[Occasion]:
    hours = hours_of(settings)
    for profile in _requests():
        if profile.claimed_at and hours.time_claimed(profile).total_seconds() > settings.claim_hours * 3600:
            yield _about_request(profile, profile.claimed_at)


def _requests() -> Iterable[SyncProfile]:
    return SyncProfile.objects.for_queue().with_beanworks().prefetch_related("questions")


def _about_request(profile: SyncProfile, since: datetime) -> Occasion:
    link = reverse("operations:request", args=[profile.pk])
    return Occasion(f"{profile.pk}:{since.isoformat()}", since, link, profile.connection.customer)


def _broken_connections(settings: SupportSettings) -> Iterator[Occasion]:
    broken = Connection.objects.filter(broken_since__isnull=False).exclude(is_suspended("customer"))
    for connection in broken.select_related("customer").prefetch_related("incidents"):
        yield _about_connection(connection, _break_began(connection))


def _break_began(connection: Connection) -> datetime:
    """Return since when a broken connection always had an open incident.

    `broken_since` becomes later when the oldest incident is closed while another one is open.
    """
    newest_first = sorted(connection.incidents.all(), key=lambda incident: incident.since, reverse=True)
    began = connection.broken_since or timezone.now()
    for incident in newest_first:
        if incident.closed_at is None or incident.closed_at >= began:
            began = min(began, incident.since)
    return began


def _stopped_customers(settings: SupportSettings) -> Iterator[Occasion]:
    for connection in stopped_connections(settings.stopped_days).select_related("customer"):
        yield _about_connection(connection, connection.changed_at)  # type: ignore[attr-defined]


def _about_connection(connection: Connection, since: datetime) -> Occasion:
    link = reverse("operations:connection", args=[connection.pk])
    return Occasion(f"{connection.pk}:{since.isoformat()}", since, link, connection.customer)


def _holds(settings: SupportSettings) -> Iterator[Occasion]:
    holds = Hold.objects.undecided().exclude(is_suspended("profile__connection__customer"))
    for hold in holds.select_related("profile__connection__customer"):
        connection = hold.profile.connection
        link = reverse("operations:connection", args=[connection.pk])
        # A newer full sync that finds the same records missing does not begin another hold.
        yield Occasion(str(hold.pk), hold.found_at, link, connection.customer)


def disabled_endpoint(event: AuditEvent) -> Occasion:
    """Return the occasion of an event of the audit log: a webhook endpoint was disabled, and not by a user."""
    link = reverse("webhooks:endpoint", args=[event.target_id])
    customer = Customer.objects.filter(pk=event.customer_id or 0).first()
    return Occasion(str(event.pk), event.occurred_at, link, customer, facts={"host": event.metadata["host"]})


ROWS = (
    Kind(
        "request_waiting",
        _("A request waits for longer than the target"),
        _("A request of %(customer)s waits for longer than our target."),
        _("%(count)s requests wait for longer than our target."),
        "operations:queue",
        _requests_waiting,
    ),
    Kind(
        "request_claimed",
        _("A request is claimed for too long"),
        _("A request of %(customer)s has been claimed for too long."),
        _("%(count)s requests have been claimed for too long."),
        "operations:queue",
        _requests_claimed,
    ),
    Kind(
        "connection_broken",
        _("A connection in use is broken"),
        _("A connection of %(customer)s is broken."),
        _("%(count)s connections are broken."),
        "operations:board",
        _broken_connections,
    ),
    Kind(
        "customer_stopped",
        _("A customer has stopped the set-up"),
        _("%(customer)s has stopped the set-up of Sage Intacct."),
        _("%(count)s customers have stopped the set-up."),
        "operations:board",
        _stopped_customers,
        is_slow=True,
    ),
    Kind(
        "deletion_held",
        _("Deletions wait for a customer’s confirmation"),
        _("A full sync of %(customer)s would delete unusually many records. It waits for a confirmation."),
        _("In %(count)s lists, deletions wait for a confirmation."),
        "operations:board",
        _holds,
    ),
    Kind(
        "webhook_disabled",
        _("A webhook endpoint is disabled because it fails"),
        _("The webhook endpoint at %(host)s was disabled because it fails."),
        _("%(count)s webhook endpoints were disabled."),
        "webhooks:index",
    ),
)
KINDS = {kind.slug: kind for kind in ROWS}
