"""What Intacct reported, as the page of one step shows it: what is missing, what passed, and what was not checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wizard.missing import Kind, MissingItem, missing_items, missing_text
from wizard.models import Connection, Incident, Outcome, Verification
from wizard.pages.findings import Group, Row, tally_of
from wizard.progress import StageStatus
from wizard.tally import Tally


@dataclass(frozen=True)
class Results:
    """`groups` are the checks that the page explains. `missing` may have items of other steps: the page links them."""

    missing: Sequence[MissingItem]
    groups: Sequence[Group]
    verification: Verification | None

    @property
    def is_checking(self) -> bool:
        return self.verification is not None and self.verification.is_active

    @property
    def is_answered(self) -> bool:
        """Whether Intacct answered a check with the current credentials."""
        return any(row.outcome != Outcome.BLOCKED for group in self.groups for row in group.rows)

    @cached_property
    def rows(self) -> dict[str, Row]:
        return {row.check.slug: row for group in self.groups for row in group.rows}

    @cached_property
    def here(self) -> list[MissingItem]:
        """What the page explains, with its place in Intacct."""
        return [item for item in self.missing if any(group.stage is item.stage for group in self.groups)]

    @cached_property
    def to_fix(self) -> list[MissingItem]:
        return self._items(Kind.FAILED)

    @property
    def waiting(self) -> list[MissingItem]:
        return self._items(Kind.WAITING)

    @property
    def advice(self) -> list[MissingItem]:
        return self._items(Kind.ADVICE)

    @cached_property
    def to_confirm(self) -> list[tuple[MissingItem, list[Row]]]:
        return [(item, self._rows_of(item)) for item in self._items(Kind.TO_CONFIRM)]

    @property
    def total_to_confirm(self) -> int:
        return sum(len(rows) for _item, rows in self.to_confirm)

    @property
    def elsewhere(self) -> list[MissingItem]:
        """What must be fixed in another step."""
        return [item for item in self.missing if item.kind is Kind.FAILED and item not in self.here]

    @property
    def confirmed(self) -> list[Row]:
        return list(chain.from_iterable(group.confirmed for group in self.groups))

    @property
    def pending(self) -> list[Row]:
        return list(chain.from_iterable(group.pending for group in self.groups))

    @property
    def passed(self) -> list[Row]:
        return list(chain.from_iterable(group.settled for group in self.groups))

    @property
    def tally(self) -> Tally:
        return tally_of(self.groups)

    @property
    def copied(self) -> str:
        """The text to send to an Intacct administrator."""
        return missing_text(self.to_fix)

    @property
    def title(self) -> str:
        counts = len(self.to_fix), self.total_to_confirm
        if counts[0]:
            return ngettext("%(count)s problem to fix", "%(count)s problems to fix", counts[0]) % {"count": counts[0]}
        if counts[1]:
            words = ngettext("%(count)s check to confirm by eye", "%(count)s checks to confirm by eye", counts[1])
            return words % {"count": counts[1]}
        if self.waiting:
            return _("Some checks got no answer")
        if any(group.verified_earlier for group in self.groups):
            return _("Results of an earlier check")
        return _("Not checked yet") if self.pending else _("All checks passed")

    def _items(self, kind: Kind) -> list[MissingItem]:
        return [item for item in self.here if item.kind is kind]

    def _rows_of(self, item: MissingItem) -> list[Row]:
        return [self.rows[slug] for slug, _title in item.checks]


def missing_of(connection: Connection, statuses: Iterable[StageStatus]) -> list[MissingItem]:
    """Return the missing list of a connection whose findings the page has read already."""
    findings = [finding for status in statuses for finding in status.unconfirmed]
    return missing_items(connection, findings, Incident.objects.open_of(connection))


def without_pending(items: Iterable[MissingItem], groups: Iterable[Group]) -> list[MissingItem]:
    """Leave out what an active verification checks again."""
    checking = {row.check.slug for group in groups for row in group.rows if row.checking}
    return [item for item in items if not item.checks or not checking.issuperset(slug for slug, _title in item.checks)]
