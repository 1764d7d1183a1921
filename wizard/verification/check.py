"""What a check is: the functions that it asks Intacct, and how it judges the replies.

`wizard.services.verifications` runs the checks of every step.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from core.text import Words
from intacct import errors as e
from intacct.diagnoses import facts
from intacct.reply import Data, Result
from intacct.request import Function
from wizard.diagnoses import cause_of
from wizard.models import Connection, Outcome
from wizard.models.verification import SIGN_IN_CHECKS
from wizard.verification.secrets import SecretUnreadable

log = logging.getLogger(__name__)
Company = Mapping[str, Any]
"""What Intacct reports about a company: see `company_facts.py`."""
FAILED_SIGN_IN_CHECK: Mapping[type[e.IntacctError], tuple[str, tuple[str, ...]]] = {
    e.TransportError: ("gateway", ()),
    e.Throttled: ("gateway", ()),
    e.GatewayUnavailable: ("gateway", ()),
    e.WrongSender: ("sender", ("gateway",)),
    e.UnknownCompanyOrSender: ("company", ("gateway",)),
    e.CompanyExpired: ("company", ("gateway",)),
    e.CompanyInactive: ("company", ("gateway",)),
    e.SenderNotAuthorized: ("sender", ("gateway", "company")),
    e.AuthenticationError: ("sign_in", ("gateway",)),
    # Raised before anything was sent.
    SecretUnreadable: ("sign_in", ()),
    e.UnsendableText: ("sign_in", ()),
    # Neither says anything about the user or the password.
    e.SessionExpired: ("gateway", ()),
    e.IntacctError: ("gateway", ()),
}
"""By the error of the sign-in: the check that failed, and the checks that it shows to have passed."""


@dataclass(frozen=True)
class Answer:
    """The result of one check.

    `cause` names a diagnosis of Intacct's, of the step or of `wizard.diagnoses`. `facts` are JSON and fill its text.
    """

    outcome: Outcome
    cause: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One question to Intacct. `asks` returns the functions it adds to the request; `judge` reads the replies.

    A check without functions of its own judges the reply to the sign-in or to another check's function. `then` returns
    functions that are needed only because of the answers. They take one more request.
    """

    slug: str
    title: Words
    judge: Callable[["Answers"], Answer]
    asks: Callable[["Answers"], Sequence[Function]] = lambda answers: ()
    then: Callable[["Answers"], Sequence[Function]] = lambda answers: ()


@dataclass
class Answers:
    """What checks know: the connection as it is stored, and the replies to the sign-in and to the request so far.

    `new_user_id`: the user whose credentials are tried, if they are not the stored ones. `unused_lists`: slugs of the
    lists that no profile syncs. `error` is why the sign-in or the whole request was refused. `landed_at` is the entity
    in which the sign-in ended although it named none.
    """

    connection: Connection
    new_user_id: str = ""
    unused_lists: frozenset[str] = frozenset()
    error: e.IntacctError | None = None
    signed_in: bool = False
    landed_at: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    entity_error: e.IntacctError | None = None

    @property
    def user_id(self) -> str:
        return self.new_user_id or self.connection.user_id

    def data(self, name: str) -> Data | None:
        """The data for the function with this control ID; None if it was refused or not sent."""
        result = self.results.get(name)
        return result.data if result and not result.failure else None

    def failure(self, name: str) -> e.IntacctError | None:
        result = self.results.get(name)
        return result.failure if result else self.error

    def warning(self, check: Check) -> str:
        """Warnings that Intacct added to its replies to this check."""
        results = (self.results.get(call.control_id) for call in check.asks(self))
        remarks = (remark.said for result in results if result for remark in result.warnings)
        return " ".join(dict.fromkeys(remarks))

    def diagnosis(self, outcome: Outcome, error: e.IntacctError, **more: str) -> Answer:
        known = {
            "company_id": self.connection.company_id,
            "user_id": self.user_id,
            "sender_id": settings.INTACCT_SENDER_ID,
            "entity_id": self.connection.entity_id,
        }
        return Answer(outcome, cause_of(error), facts(error, **known) | more)


def judge(check: Check, answers: Answers) -> Answer:
    """Judge one check. If its code fails, the answer is unknown, and the other checks go on."""
    if answers.error and check.slug not in SIGN_IN_CHECKS:
        return Answer(Outcome.BLOCKED)
    try:
        answer = _answer_of(check, answers)
        warning = answers.warning(check)
    except Exception as error:
        log.exception("The check %s could not be judged", check.slug)
        return Answer(Outcome.CANNOT_TELL, "check_failed", {"failure": type(error).__name__})
    return replace(answer, facts={**answer.facts, "warning": warning}) if warning else answer


def _answer_of(check: Check, answers: Answers) -> Answer:
    try:
        return check.judge(answers)
    except e.MisshapenReply as error:
        return answers.diagnosis(Outcome.CANNOT_TELL, error)


def judge_sign_in(slug: str, answers: Answers) -> Answer:
    """Judge one of the four checks of the sign-in."""
    if answers.error is None:
        return Answer(Outcome.PASSED)
    kind = next(kind for kind in type(answers.error).__mro__ if kind in FAILED_SIGN_IN_CHECK)
    failed, passed = FAILED_SIGN_IN_CHECK[kind]
    if slug == failed:
        return answers.diagnosis(Outcome.FAILED, answers.error)
    return Answer(Outcome.PASSED if answers.signed_in or slug in passed else Outcome.BLOCKED)
