"""The checks of each stage with their results, ready to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.text import Words
from core.timestamps import moment_in_json
from wizard.models import Confirmation, Connection, Finding, Outcome, Verification
from wizard.models.verification import SIGN_IN_CHECKS
from wizard.progress import StageStatus
from wizard.stages.stage import Stage
from wizard.tally import Result, Tally, result_of
from wizard.verification.check import Check


@dataclass(frozen=True)
class Row:
    """One check and its newest result, if there is one. `checking`: an active verification has not answered it yet."""

    check: Check
    finding: Finding | None
    checking: bool
    confirmation: Confirmation | None = None

    @property
    def title(self) -> Words:
        return self.check.title

    @property
    def outcome(self) -> str:
        return self.finding.outcome if self.finding else Outcome.BLOCKED

    @property
    def is_confirmable(self) -> bool:
        return self.finding is not None and self.finding.is_confirmable

    @property
    def result(self) -> Result:
        return Result.NOT_CHECKED if self.checking else result_of(self.finding, is_confirmed=bool(self.confirmation))

    @property
    def is_confirmed(self) -> bool:
        return self.is_confirmable and self.confirmation is not None

    @property
    def at(self) -> datetime | None:
        return self.finding.checked_at if self.finding else None

    @property
    def warning(self) -> str:
        """A warning that Intacct added to its reply, for any result of the check."""
        return str(self.finding.facts.get("warning") or "") if self.finding else ""

    @property
    def test_bill(self) -> str:
        """The number of the test bill that answered the check; "" if none did."""
        return str(self.finding.facts.get("test_bill") or "") if self.finding else ""

    @property
    def tested_at(self) -> datetime | None:
        return moment_in_json(self.finding.facts.get("tested_at")) if self.finding else None

    @property
    def browser(self) -> str:
        return str(self.finding.facts.get("browser") or "") if self.finding else ""

    def asked(self, verification: Verification) -> bool:
        return not verification.checks or self.check.slug in verification.checks


@dataclass(frozen=True)
class Group:
    stage: Stage
    rows: Sequence[Row]
    verification: Verification | None
    """The newest one of the connection."""

    @property
    def pending(self) -> list[Row]:
        return [row for row in self.rows if row.result is Result.NOT_CHECKED]

    @property
    def settled(self) -> list[Row]:
        return [row for row in self.rows if row.result is Result.PASSED]

    @property
    def confirmed(self) -> list[Row]:
        return [row for row in self.rows if row.result is Result.CONFIRMED]

    @property
    def verified_earlier(self) -> datetime | None:
        """When the passed checks were last verified, if the newest verification could not ask them."""
        newest = self.verification
        if newest is None or newest.is_active or newest.blocker not in SIGN_IN_CHECKS:
            return None
        findings = [row.finding for row in self.settled if row.finding and row.finding.verification_id != newest.pk]
        return max((finding.checked_at for finding in findings), default=None)


def tally_of(groups: Iterable[Group]) -> Tally:
    return Tally.of(row.result for group in groups for row in group.rows)


def groups_of(
    connection: Connection, statuses: Sequence[StageStatus], verification: Verification | None
) -> list[Group]:
    """Return a group for each stage that has checks, in order."""
    groups = []
    for status in statuses:
        findings = {finding.check_slug: finding for finding in status.findings}
        checks = status.stage.checks(connection.company)
        rows = [
            Row(
                check,
                finding := findings.get(check.slug),
                _is_pending(verification, check, finding),
                status.confirmations.get(check.slug),
            )
            for check in checks
        ]
        if rows:
            groups.append(Group(status.stage, rows, verification))
    return groups


def _is_pending(verification: Verification | None, check: Check, finding: Finding | None) -> bool:
    """Whether an active verification will still answer this check."""
    if verification is None or not verification.is_active:
        return False
    wanted = not verification.checks or check.slug in verification.checks
    return wanted and (finding is None or finding.verification_id != verification.pk)


@dataclass(frozen=True)
class CheckProgress:
    """How many checks the newest verification has, and how many of them have a result."""

    asked: int
    answered: int


def check_progress(groups: Sequence[Group], newest: Verification | None) -> CheckProgress:
    rows = [row for group in groups for row in group.rows if newest and row.asked(newest)]
    return CheckProgress(len(rows), sum(not row.checking for row in rows))
