"""What the board shows of each connection."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain, islice
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, User
from core.isolated_text import Sentence
from core.text import Words
from operations.contacts import with_last_seen
from wizard.missing import Kind, MissingItem, Problems, problems_of_each
from wizard.models import Connection, Handover, Incident, SyncProfile
from wizard.models.connection import ConnectionQuerySet
from wizard.stages import PROFILES_STAGE, STAGES, SYNC_STAGE, known_stage
from wizard.stages.stage import Stage

STUCK_AFTER = timedelta(days=7)
CSV_BATCH = 500


class Health(TextChoices):
    DISCONNECTED = "disconnected", gettext_lazy("Disconnected")
    BROKEN = "broken", gettext_lazy("Broken")
    TROUBLED = "troubled", gettext_lazy("Last sync incomplete")
    IN_STEP = "in_step", gettext_lazy("Up to date")
    NONE = "none", gettext_lazy("No sync yet")


TONES = {
    Health.DISCONNECTED: ("mute", "no-symbol"),
    Health.BROKEN: ("bad", "bolt-slash"),
    Health.TROUBLED: ("warn", "exclamation-triangle"),
    Health.IN_STEP: ("good", "check-circle"),
    Health.NONE: ("mute", "minus-circle"),
}


# The worst state of all profiles of a connection is shown.
HEALTH = Case(
    When(disconnected_at__isnull=False, then=Value(Health.DISCONNECTED)),
    When(broken_since__isnull=False, then=Value(Health.BROKEN)),
    When(has_gaps=True, then=Value(Health.TROUBLED)),
    When(first_synced_at__isnull=False, then=Value(Health.IN_STEP)),
    default=Value(Health.NONE),
    output_field=CharField(),
)
IS_CONNECTED = Q(disconnected_at=None)
IS_LIVE = Q(first_synced_at__isnull=False)
REQUESTS = SyncProfile.objects.filter(state__in=SyncProfile.WAITING)
OLDEST_REQUEST = Subquery(
    REQUESTS.filter(connection=OuterRef("pk")).order_by("requested_at").values("requested_at")[:1]
)
# Since when someone must act; None if no one must. A request can come long after its step began.
WAITING_SINCE = Case(
    When(must_act=Connection.MustAct.NO_ONE, broken_since=None, then=None),
    When(
        # Few have one. To look for the oldest one of each connection took half of the time of the board's query.
        (IS_LIVE | Q(must_act=Connection.MustAct.BEANWORKS)) & Q(pk__in=REQUESTS.values("connection")),
        then=Coalesce("broken_since", OLDEST_REQUEST, "stage_since"),
    ),
    default=Coalesce("broken_since", "stage_since"),
    output_field=DateTimeField(),
)
# A live connection that breaks stays at the last step: it is not set up again.
STEP = Case(When(IS_LIVE, then=Value(SYNC_STAGE.slug)), default=F("stage"), output_field=CharField())


class Show(TextChoices):
    """The parts of the board: each is a tab or a tile that shows how many connections it has."""

    ONBOARDING = "onboarding", gettext_lazy("Onboarding")
    LIVE = "live", gettext_lazy("Live")
    STUCK = "stuck", gettext_lazy("Stuck for 7 days or more")
    OURS = "ours", gettext_lazy("Waiting on us")
    BROKEN = "broken", gettext_lazy("Broken")
    CONTACT = "contact", gettext_lazy("To contact today")
    SNOOZED = "snoozed", gettext_lazy("Snoozed")
    DISCONNECTED = "disconnected", gettext_lazy("Disconnected")


TABS = (Show.ONBOARDING, Show.LIVE, Show.DISCONNECTED)
TILES = (Show.STUCK, Show.OURS, Show.BROKEN, Show.CONTACT, Show.SNOOZED, Show.LIVE)


def condition_of(show: str) -> Q:
    """Return which of `board_connections` this part of the board has. Days are those of the user."""
    conditions = {
        Show.ONBOARDING: ~IS_LIVE & IS_CONNECTED,
        Show.LIVE: IS_LIVE & IS_CONNECTED,
        Show.DISCONNECTED: ~IS_CONNECTED,
        Show.STUCK: ~IS_LIVE & Q(waiting_since__lte=timezone.now() - STUCK_AFTER, snoozed_until=None),
        Show.OURS: Q(must_act=Connection.MustAct.BEANWORKS),
        Show.BROKEN: Q(broken_since__isnull=False),
        Show.CONTACT: Q(contact_on__lte=timezone.localdate()),
        Show.SNOOZED: Q(snoozed_until__isnull=False),
    }
    return conditions[Show(show)]


# Django takes a millisecond to resolve these names, which are the same for all users.
BOARD: ConnectionQuerySet = Connection.objects.for_board().annotate(
    step=STEP, health=HEALTH, waiting_since=WAITING_SINCE, contact_on=F("follow_up__contact_on")
)


def board_connections(user: User) -> ConnectionQuerySet:
    """Return all connections that this user may see, with what the board computes in the database.

    `mine`: the customer is their own. `step`: how far it came. `health`: of its syncs. `waiting_since`: since when
    someone must act. `contact_on` and `snoozed_until`: days of its follow-up.
    """
    return BOARD.visible_to(user).annotate(
        mine=Q(customer__in=Customer.objects.filter(success_manager=user)),
        snoozed_until=Case(When(_snoozed(timezone.localdate()), then=F("follow_up__snoozed_until"))),
    )


def count_parts(connections: ConnectionQuerySet) -> dict[str, int]:
    """Count the connections of each part of the board, and all of them under ""."""
    counts = {show.value: Count("pk", filter=condition_of(show)) for show in Show}
    found = connections.order_by().aggregate(every=Count("pk"), **counts)
    return {**found, "": found["every"]}


def _snoozed(today: date) -> Q:
    """A snooze ends on its day, or earlier if the connection breaks."""
    has_not_broken = Q(broken_since=None) | Q(broken_since__lte=F("follow_up__snoozed_at"))
    return Q(follow_up__snoozed_until__gt=today) & has_not_broken


# What happens next with a request to support, by its state.
NEXT_FOR_REQUEST: dict[str, Words] = {
    SyncProfile.State.REQUESTED: gettext_lazy("Decide the request for %(entity)s, which no one has claimed"),
    SyncProfile.State.CLAIMED: gettext_lazy("Decide the request for %(entity)s, claimed by %(name)s"),
    SyncProfile.State.ASKED: gettext_lazy("Answer our question about %(entity)s"),
    SyncProfile.State.DECLINED: gettext_lazy("Fix why we declined %(entity)s, then send the request again"),
    SyncProfile.State.REVOKED: gettext_lazy("Fix why we revoked the profile of %(entity)s, then request it again"),
}


@dataclass(frozen=True)
class BoardRow:
    """What the board shows of one connection from `board_connections`.

    `problems`: what is wrong with it. `request`: its oldest request to support that waits, or else the newest that was
    refused, if the connection waits for a request. `active_at`: when the customer last signed in or changed a step.
    """

    connection: Connection
    problems: Problems
    request: SyncProfile | None
    active_at: datetime | None

    @cached_property
    def missing(self) -> list[MissingItem]:
        return self.problems.items()

    @property
    def is_live(self) -> bool:
        return self.connection.first_synced_at is not None

    @property
    def health(self) -> Health:
        return Health(self.connection.health)  # type: ignore[attr-defined]

    @property
    def tone(self) -> str:
        return TONES[self.health][0]

    @property
    def icon(self) -> str:
        return TONES[self.health][1]

    @property
    def stage(self) -> Stage:
        return STAGES[known_stage(self.connection.step)]  # type: ignore[attr-defined]

    @property
    def where(self) -> str:
        """How far it came."""
        connection = self.connection
        if connection.disconnected_at:
            days = {"day": _day(connection.disconnected_at), "until": _day(connection.lists_kept_until)}
            return _("Disconnected since %(day)s · lists kept until %(until)s") % days
        if self.is_live:
            return _("Live since %(day)s") % {"day": _day(connection.first_synced_at)}
        return _("Step %(number)s · %(title)s") % {"number": self.stage.number, "title": self.stage.title}

    @property
    def who(self) -> Words:
        """Who must act."""
        # Django's `get_must_act_display` copies all choices for each row.
        return Connection.MustAct(self.connection.must_act).label

    @property
    def lead(self) -> str:
        """What the next action begins with, if someone must act."""
        return _("%(who)s:") % {"who": self.who}

    @cached_property
    def days(self) -> int | None:
        """For how many days someone must act."""
        since: datetime | None = self.connection.waiting_since  # type: ignore[attr-defined]
        return (timezone.now() - since).days if since else None

    @property
    def is_idle(self) -> bool:
        """Whether the customer did nothing since someone must act."""
        idle = (timezone.now() - self.active_at).days if self.active_at else None
        return idle is not None and idle == self.days

    @property
    def contact_on(self) -> date | None:
        day: date | None = self.connection.contact_on  # type: ignore[attr-defined]
        return day

    @property
    def snoozed_until(self) -> date | None:
        """The day on which a snooze ends; None if it is not snoozed, or not any more."""
        day: date | None = self.connection.snoozed_until  # type: ignore[attr-defined]
        return day

    @property
    def is_late(self) -> bool:
        return self.days is not None and self.days >= STUCK_AFTER.days

    @property
    def failed(self) -> list[MissingItem]:
        return [item for item in self.missing if item.kind is Kind.FAILED]

    @property
    def not_failed(self) -> list[MissingItem]:
        """What could not be checked, and advice."""
        return [item for item in self.missing if item.kind is not Kind.FAILED]

    @property
    def can_customer_act(self) -> bool:
        """Whether the customer has something to fix, or to do next."""
        return bool(self.failed) or self.connection.must_act == Connection.MustAct.CUSTOMER

    @property
    def next_action(self) -> list[str]:
        """Everything that must be fixed, or else the next thing to do."""
        return [item.headline for item in self.failed] or [self._next_step]

    @property
    def _next_step(self) -> str:
        if self.connection.disconnected_at:
            return _("Ask whether they want to reconnect")
        if self.connection.must_act == Connection.MustAct.NO_ONE:
            return _("See why the last sync is incomplete") if self.health is Health.TROUBLED else _("Nothing to do")
        if self.request:
            name = self.request.claimed_by.name if self.request.claimed_by else ""
            words = NEXT_FOR_REQUEST[self.request.state]
            return Sentence(words, {"entity": self.request.legal_entity.name, "name": name})
        return _("Continue with step %(number)s") % {"number": self.stage.number}


def _day(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT") if at else ""


def board_rows(connections: Sequence[Connection]) -> list[BoardRow]:
    """Return a row for each connection, with the same number of queries for any number of them."""
    broken = [connection for connection in connections if connection.broken_since]
    problems = problems_of_each(connections, Incident.objects.open_of_each(broken))
    requests, active = _requests(connections), _last_activity(connections)
    return [
        BoardRow(connection, problems[connection.pk], requests.get(connection.pk), active.get(connection.pk))
        for connection in connections
    ]


# What the next action names. As with the board, Django resolves the rest once.
NAMED = SyncProfile.objects.select_related("legal_entity", "claimed_by").only(
    "connection", "state", "legal_entity__name", "claimed_by__name"
)
WAITING_REQUESTS = NAMED.filter(state__in=SyncProfile.WAITING).order_by("-requested_at", "-pk")
REFUSED_REQUESTS = NAMED.refused().order_by("pk")


def _requests(connections: Sequence[Connection]) -> dict[int, SyncProfile]:
    waiting = WAITING_REQUESTS.filter(connection__in=connections)
    unrequested = [connection for connection in connections if connection.stage == PROFILES_STAGE.slug]
    refused = REFUSED_REQUESTS.filter(connection__in=unrequested) if unrequested else []
    return {profile.connection_id: profile for profile in chain(refused, waiting)}


# These are resolved once too, and never evaluated themselves.
SEEN_USERS = with_last_seen(User.objects.all()).values_list("customer").annotate(Max("last_seen_at"))
SEEN_GUESTS = Handover.objects.values_list("connection").annotate(Max("last_seen_at"))


def _last_activity(connections: Sequence[Connection]) -> dict[int, datetime]:
    """Return when a user of the customer, or a guest of the connection, was last seen."""
    users = dict(SEEN_USERS.filter(customer__in=[connection.customer_id for connection in connections]))
    guests = dict(SEEN_GUESTS.filter(connection__in=connections))
    times = {
        connection.pk: [*filter(None, (users.get(connection.customer_id), guests.get(connection.pk)))]
        for connection in connections
    }
    return {pk: max(known) for pk, known in times.items() if known}


def csv_rows(connections: Iterable[Connection]) -> Iterator[list[Any]]:
    yield [
        *(_("Customer"), _("Company ID"), _("Customer success"), _("Live"), _("Step"), _("Title of the step")),
        *(_("Waiting for"), _("Next action"), _("Days waiting"), _("Last activity"), _("Sync health")),
        *(_("Broken since"), _("Next contact"), _("Snoozed until")),
    ]
    connections = iter(connections)
    while batch := [*islice(connections, CSV_BATCH)]:
        for row in board_rows(batch):
            connection = row.connection
            yield [
                *(connection.customer.name, connection.company_id, connection.customer.success_manager or ""),
                *(row.is_live, row.stage.number, row.stage.title),
                *(row.who, "; ".join(row.next_action), row.days, row.active_at),
                *(row.health.label, connection.broken_since, row.contact_on, row.snoozed_until),
            ]
