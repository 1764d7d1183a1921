"""What the board shows of each connection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, F, Q, TextChoices, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, User
from wizard.explanations import Explanation, StoredCause, explain
from wizard.models import Connection
from wizard.models.connection import ConnectionQuerySet
from wizard.stages import STAGES, known_stage
from wizard.stages.stage import Stage


class Health(TextChoices):
    BROKEN = "broken", gettext_lazy("Disconnected")
    TROUBLED = "troubled", gettext_lazy("Last sync incomplete")
    IN_STEP = "in_step", gettext_lazy("Up to date")
    NONE = "none", gettext_lazy("No sync yet")


TONES = {
    Health.BROKEN: ("bad", "bolt-slash"),
    Health.TROUBLED: ("warn", "exclamation-triangle"),
    Health.IN_STEP: ("good", "check-circle"),
    Health.NONE: ("mute", "minus-circle"),
}


# The worst state of all profiles of a connection is shown.
HEALTH = Case(
    When(broken_since__isnull=False, then=Value(Health.BROKEN)),
    When(has_gaps=True, then=Value(Health.TROUBLED)),
    When(first_synced_at__isnull=False, then=Value(Health.IN_STEP)),
    default=Value(Health.NONE),
    output_field=CharField(),
)


def board_connections(user: User) -> ConnectionQuerySet:
    """Return all connections that this user may see, with what the board computes in the database.

    `mine`: the customer is their own. `health`: of its syncs. `contact_on` and `snoozed_until`: days of its follow-up.
    """
    connections: ConnectionQuerySet = Connection.objects.visible_to(user).for_board()
    return connections.annotate(
        mine=Q(customer__in=Customer.objects.filter(success_manager=user)),
        health=HEALTH,
        contact_on=F("follow_up__contact_on"),
        snoozed_until=Case(When(_snoozed(timezone.localdate()), then=F("follow_up__snoozed_until"))),
    )


def _snoozed(today: date) -> Q:
    """A snooze ends on its day, or earlier if the connection breaks."""
    has_not_broken = Q(broken_since=None) | Q(broken_since__lte=F("follow_up__snoozed_at"))
    return Q(follow_up__snoozed_until__gt=today) & has_not_broken


@dataclass(frozen=True)
class BoardRow:
    """What the board shows of one connection from `board_connections`."""

    connection: Connection

    @property
    def mine(self) -> bool:
        mine: bool = self.connection.mine  # type: ignore[attr-defined]
        return mine

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
        return STAGES[known_stage(self.connection.stage)]

    @property
    def days(self) -> int:
        return (timezone.now() - self.connection.stage_since).days

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
    def last_error(self) -> Explanation | None:
        """The last error, in words."""
        connection = self.connection
        return explain(StoredCause(connection.last_cause, connection.last_facts)) if connection.last_cause else None


def csv_rows(connections: Iterable[Connection]) -> Iterator[list[Any]]:
    yield [
        *(_("Customer"), _("Company ID"), _("Customer success"), _("Step"), _("Title of the step"), _("Days in step")),
        *(_("Waiting for"), _("Last error"), _("Sync health"), _("Disconnected")),
    ]
    for row in map(BoardRow, connections):
        connection = row.connection
        yield [
            *(connection.customer.name, connection.company_id, connection.customer.success_manager or ""),
            *(row.stage.number, row.stage.title, row.days, connection.get_must_act_display()),
            *(row.last_error.headline if row.last_error else "", row.health.label, connection.broken_since),
        ]
