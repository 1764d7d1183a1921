"""The checks as one list of named tests, in the order in which Intacct answers them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.text import Words
from wizard.missing import MissingItem
from wizard.models import Outcome
from wizard.models.verification import SIGN_IN_CHECKS
from wizard.pages.findings import Group, Row
from wizard.stages import SIGN_IN_STAGE
from wizard.stages.stage import Stage
from wizard.tally import Result, Tally

UNANSWERED = Result.NO_ANSWER, Result.TO_CONFIRM, Result.ADVISED
PERMISSIONS, ACCESS = _("Permissions"), _("Entities and formats")


@dataclass(frozen=True)
class Line:
    """One named test: a check of the sign-in, or several checks of one step. `items`: what it found missing."""

    title: Words
    stage: Stage
    rows: Sequence[Row]
    items: Sequence[MissingItem]

    @property
    def is_checking(self) -> bool:
        return any(row.checking for row in self.rows)

    @property
    def passed(self) -> int:
        return Tally.of(row.result for row in self.rows).count(Result.PASSED)

    @property
    def is_unreached(self) -> bool:
        """Whether an earlier line failed, so that nothing was asked."""
        return not self.is_checking and all(row.outcome == Outcome.BLOCKED for row in self.rows)

    @property
    def is_settled(self) -> bool:
        """Whether it passed, with nothing to say about it."""
        return self.outcome == Outcome.PASSED and not self.items

    @property
    def outcome(self) -> str:
        """The worst result of its checks. Those without an answer say what is to do: a `Result`."""
        rows = [row for row in self.rows if not row.is_confirmed]
        outcomes, results = {row.outcome for row in rows}, {row.result for row in rows}
        unanswered = [result.value for result in UNANSWERED if result in results]
        worst = (Outcome.FAILED, Outcome.CANNOT_TELL, Outcome.BLOCKED)
        outcome = next((outcome for outcome in worst if outcome in outcomes), Outcome.PASSED)
        return unanswered[0] if unanswered and outcome == Outcome.CANNOT_TELL else outcome


def lines_of(groups: Iterable[Group], missing: Iterable[MissingItem]) -> list[Line]:
    """The lines, the sign-in first. While a verification runs: those that it answered, and the one that it asks now."""
    rows = defaultdict(list)
    for group in groups:
        for row in group.rows:
            rows[_place(group.stage, row)].append(row)
    stages = {group.stage.number: group.stage for group in groups}
    items = list(missing)
    lines = [_line(stages[place[1]], rows[place], items) for place in sorted(rows)]
    waiting = [line for line in lines if line.is_checking]
    return [line for line in lines if line not in waiting[1:]]


def _place(stage: Stage, row: Row) -> tuple[int, int, bool]:
    """Where the line of a check stands. Checks at the same place share a line."""
    slug = row.check.slug
    if slug in SIGN_IN_CHECKS:
        return SIGN_IN_CHECKS.index(slug), stage.number, False
    return len(SIGN_IN_CHECKS), stage.number, slug.startswith("perm.")


def _line(stage: Stage, rows: Sequence[Row], missing: Iterable[MissingItem]) -> Line:
    slugs = {row.check.slug for row in rows}
    items = [item for item in missing if any(slug in slugs for slug, _title in item.checks)]
    return Line(_title(stage, rows), stage, rows, items)


def _title(stage: Stage, rows: Sequence[Row]) -> Words:
    check = rows[0].check
    if check.slug in SIGN_IN_CHECKS:
        return check.title
    if check.slug.startswith("perm."):
        return PERMISSIONS
    return ACCESS if stage is SIGN_IN_STAGE else stage.title
