"""How many checks there are, and how they came out: the same numbers in the same words wherever checks are counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from wizard.diagnoses import ADVICE
from wizard.models import GOOD_OUTCOMES, Finding, Outcome


class Result(Enum):
    """What a check counts as, in the order in which pages name them."""

    FAILED = "failed"
    PASSED = "passed"
    TO_CONFIRM = "to_confirm"
    CONFIRMED = "confirmed"
    ADVISED = "advised"
    NO_ANSWER = "no_answer"
    NOT_CHECKED = "not_checked"


WORDS = {
    Result.FAILED: gettext_noop("%(count)s failed"),
    Result.PASSED: gettext_noop("%(count)s passed"),
    Result.TO_CONFIRM: gettext_noop("%(count)s to confirm by eye"),
    Result.CONFIRMED: gettext_noop("%(count)s confirmed by eye"),
    Result.ADVISED: gettext_noop("%(count)s with a recommendation"),
    Result.NO_ANSWER: gettext_noop("%(count)s without an answer"),
    Result.NOT_CHECKED: gettext_noop("%(count)s not checked"),
}


def result_of(finding: Finding | None, *, is_confirmed: bool = False) -> Result:
    """What the newest finding of a check counts as. What does not apply to a company counts as passed."""
    if finding is None or finding.outcome == Outcome.BLOCKED:
        return Result.NOT_CHECKED
    if finding.outcome in GOOD_OUTCOMES:
        return Result.PASSED
    if finding.outcome == Outcome.FAILED:
        return Result.FAILED
    if finding.is_confirmable:
        return Result.CONFIRMED if is_confirmed else Result.TO_CONFIRM
    return Result.ADVISED if finding.cause in ADVICE else Result.NO_ANSWER


@dataclass(frozen=True)
class Tally:
    counts: Mapping[Result, int]

    @classmethod
    def of(cls, results: Iterable[Result]) -> "Tally":
        return cls(Counter(results))

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> "Tally":
        """As an event of the audit log stores it. Old events have only some of the counts."""
        return cls({result: facts[result.value] or 0 for result in Result})

    @property
    def facts(self) -> dict[str, int]:
        return {result.value: self.count(result) for result in Result}

    def count(self, result: Result) -> int:
        return self.counts.get(result, 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def parts(self) -> str:
        """“36 passed, 6 to confirm by eye”. Empty if there is nothing to count."""
        return ", ".join(
            _(words) % {"count": self.count(result)} for result, words in WORDS.items() if self.count(result)
        )

    @property
    def words(self) -> str:
        """“42 checks: 36 passed, 6 to confirm by eye”."""
        words = ngettext("%(total)s check: %(parts)s", "%(total)s checks: %(parts)s", self.total)
        return words % {"total": self.total, "parts": self.parts} if self.total else ""
