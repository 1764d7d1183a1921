"""How many checks there are, and how they came out: the same numbers in the same words wherever checks are counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import ngettext, ngettext_lazy

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


# Each word twice: English has one form for one check and for many, French has two.
WORDS = {
    Result.FAILED: ngettext_lazy("%(count)s failed", "%(count)s failed", "count"),
    Result.PASSED: ngettext_lazy("%(count)s passed", "%(count)s passed", "count"),
    Result.TO_CONFIRM: ngettext_lazy("%(count)s to confirm by eye", "%(count)s to confirm by eye", "count"),
    Result.CONFIRMED: ngettext_lazy("%(count)s confirmed by eye", "%(count)s confirmed by eye", "count"),
    Result.ADVISED: ngettext_lazy("%(count)s with a recommendation", "%(count)s with a recommendation", "count"),
    Result.NO_ANSWER: ngettext_lazy("%(count)s without an answer", "%(count)s without an answer", "count"),
    Result.NOT_CHECKED: ngettext_lazy("%(count)s not checked", "%(count)s not checked", "count"),
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
        return ", ".join(words % {"count": self.count(result)} for result, words in WORDS.items() if self.count(result))

    @property
    def words(self) -> str:
        """“42 checks: 36 passed, 6 to confirm by eye”."""
        words = ngettext("%(total)s check: %(parts)s", "%(total)s checks: %(parts)s", self.total)
        return words % {"total": self.total, "parts": self.parts} if self.total else ""
