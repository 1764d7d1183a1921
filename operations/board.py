"""What the board shows of each connection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Q, TextChoices, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, User
from wizard.explanations import Explanation, explain
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
    """Return all connections that this user may see, each with whether the customer is their own (`mine`), and its
    `health`.
    """
    mine = Q(customer__in=Customer.objects.filter(success_manager=user))
    annotated: ConnectionQuerySet = Connection.objects.visible_to(user).for_board().annotate(mine=mine, health=HEALTH)
    return annotated


@dataclass(frozen=True)
class LastError:
    """The last error of a connection, as far as the connection's row stores it."""

    cause: str
    facts: dict[str, Any]


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
    def last_error(self) -> Explanation | None:
        """The last error, in words."""
        connection = self.connection
        return explain(LastError(connection.last_cause, connection.last_facts)) if connection.last_cause else None


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
