"""What Intacct reported about a connection, as support needs it to decide a request: the verdict first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.text import Words
from wizard.explanations import Explanation, explain
from wizard.models import PROBLEM_OUTCOMES, Confirmation, Connection, Finding, Outcome
from wizard.stages import check_titles


@dataclass(frozen=True)
class Check:
    """One check. `confirmed_by`: the user who looked in Intacct at what we cannot check."""

    title: Words
    finding: Finding
    confirmed_by: str

    @property
    def explanation(self) -> Explanation:
        return explain(self.finding)


@dataclass(frozen=True)
class Verdict:
    """The checks of a connection. `untestable`: those that Intacct answers for no customer."""

    passed: int
    blocked: int
    problems: Sequence[Check]
    untestable: Sequence[Check]
    checked_at: datetime | None

    @property
    def tone(self) -> str:
        if self.problems:
            return "danger"
        return "warning" if self.blocked or not self.passed else "success"

    @property
    def headline(self) -> str:
        if self.problems:
            words = _("%(problems)s failed, %(passed)s passed")
        elif self.blocked:
            words = _("%(blocked)s not checked, %(passed)s passed")
        else:
            words = _("%(passed)s passed, nothing failed") if self.passed else _("Nothing has been checked yet")
        return words % {"problems": len(self.problems), "blocked": self.blocked, "passed": self.passed}

    @property
    def confirmed(self) -> int:
        return sum(bool(check.confirmed_by) for check in self.untestable)


def verdict_on(connection: Connection) -> Verdict:
    findings = list(Finding.objects.filter(pk__in=Finding.objects.current(connection).values("pk")))
    titles = check_titles(connection.company)
    confirmations = Confirmation.objects.of_current_user(connection).values_list("check_slug", "confirmed_by")
    confirmed_by = dict(confirmations)
    checks = [
        Check(
            titles.get(finding.check_slug, finding.check_slug),
            finding,
            confirmed_by.get(finding.check_slug, "") if finding.is_confirmable else "",
        )
        for finding in findings
    ]
    return Verdict(
        passed=sum(finding.outcome == Outcome.PASSED for finding in findings),
        blocked=sum(finding.outcome == Outcome.BLOCKED for finding in findings),
        problems=[check for check in checks if _is_problem(check.finding)],
        untestable=[check for check in checks if check.finding.is_confirmable],
        checked_at=max((finding.at for finding in findings), default=None),
    )


def _is_problem(finding: Finding) -> bool:
    return finding.outcome in PROBLEM_OUTCOMES and not finding.is_confirmable
