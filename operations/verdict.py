"""What Intacct reported about a connection, as support needs it to decide a request: the verdict first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.text import Words
from wizard.missing import Kind, MissingItem, missing_list
from wizard.models import Confirmation, Connection, Finding, Outcome
from wizard.stages import check_titles


@dataclass(frozen=True)
class Verdict:
    """`failed`, `blocked`, `passed`: numbers of checks. `problems`: what must be fixed.

    `untestable`: the titles of checks that Intacct answers for no customer, with who looked in Intacct instead.
    """

    failed: int
    blocked: int
    passed: int
    problems: Sequence[MissingItem]
    untestable: Sequence[tuple[Words, str]]
    checked_at: datetime | None

    @property
    def tone(self) -> str:
        if self.failed:
            return "danger"
        return "warning" if self.problems or not self.passed else "success"

    @property
    def headline(self) -> str:
        if self.failed:
            words = _("%(failed)s failed, %(passed)s passed")
        elif self.blocked:
            words = _("%(blocked)s not checked, %(passed)s passed")
        else:
            words = _("%(passed)s passed, nothing failed") if self.passed else _("Nothing has been checked yet")
        return words % {"failed": self.failed, "blocked": self.blocked, "passed": self.passed}

    @property
    def confirmed(self) -> int:
        return sum(bool(confirmed_by) for _title, confirmed_by in self.untestable)


def verdict_on(connection: Connection) -> Verdict:
    findings = list(Finding.objects.filter(pk__in=Finding.objects.current(connection).values("pk")))
    titles = check_titles(connection.company)
    confirmations = Confirmation.objects.of_current_user(connection).values_list("check_slug", "confirmed_by")
    confirmed_by = dict(confirmations)
    untestable = [finding for finding in findings if finding.is_confirmable]
    outcomes = Counter(finding.outcome for finding in findings)
    return Verdict(
        failed=outcomes[Outcome.FAILED],
        blocked=outcomes[Outcome.BLOCKED],
        passed=outcomes[Outcome.PASSED],
        problems=[item for item in missing_list(connection) if item.kind is not Kind.TO_CONFIRM],
        untestable=[
            (titles.get(finding.check_slug, finding.check_slug), confirmed_by.get(finding.check_slug, ""))
            for finding in untestable
        ],
        checked_at=max((finding.at for finding in findings), default=None),
    )
