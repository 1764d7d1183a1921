"""What Intacct reported about a connection, as support needs it to decide a request: the verdict first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.text import Words
from wizard.missing import Kind, MissingItem, missing_list
from wizard.models import Connection
from wizard.pages.findings import groups_of, tally_of
from wizard.progress import stage_statuses
from wizard.tally import Result, Tally


@dataclass(frozen=True)
class Verdict:
    """`problems`: what must be fixed.

    `untestable`: the titles of checks that Intacct answers for no customer, with who looked in Intacct instead.
    """

    tally: Tally
    problems: Sequence[MissingItem]
    untestable: Sequence[tuple[Words, str]]
    checked_at: datetime | None

    @property
    def tone(self) -> str:
        if self.tally.count(Result.FAILED):
            return "danger"
        return "warning" if self.problems or not self.tally.count(Result.PASSED) else "success"

    @property
    def headline(self) -> str:
        return self.tally.words if self.checked_at else _("Nothing has been checked yet")

    @property
    def confirmed(self) -> int:
        return self.tally.count(Result.CONFIRMED)


def verdict_on(connection: Connection) -> Verdict:
    # Without a verification that is still active: what was found stands until it ends.
    groups = groups_of(connection, stage_statuses(connection), None)
    rows = [row for group in groups for row in group.rows]
    return Verdict(
        tally=tally_of(groups),
        problems=[item for item in missing_list(connection) if item.kind is not Kind.TO_CONFIRM],
        untestable=[
            (row.title, row.confirmation.confirmed_by if row.confirmation else "") for row in rows if row.is_confirmable
        ],
        checked_at=max((row.at for row in rows if row.at), default=None),
    )
