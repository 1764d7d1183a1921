from collections.abc import Sequence
from dataclasses import replace

from intacct import functions
from intacct.request import Function
from tests.wizard.new_step.diagnoses import HIDDEN
from wizard.models import Outcome
from wizard.verification.check import Answer, Answers, Check, Company

NAME = "new_step.vendors"


def checks(company: Company) -> Sequence[Check]:
    return (Check(NAME, "Vendors can be read", vendors, asks),)


def asks(answers: Answers) -> Sequence[Function]:
    return (functions.query("VENDOR", ["RECORDNO"], page_size=1).with_id(NAME),)


def vendors(answers: Answers) -> Answer:
    if error := answers.failure(NAME):
        return replace(answers.diagnosis(Outcome.FAILED, error), cause=HIDDEN.cause)
    return Answer(Outcome.BLOCKED if answers.data(NAME) is None else Outcome.PASSED)
