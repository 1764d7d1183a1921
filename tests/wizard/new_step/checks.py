from collections.abc import Sequence

from intacct import functions
from intacct.request import Function
from wizard.models import Outcome
from wizard.verification.check import Answer, Answers, Check, Company

NAME = "new_step.vendors"


def checks(company: Company) -> Sequence[Check]:
    return (Check(NAME, "Vendors can be read", vendors, asks),)


def asks(answers: Answers) -> Sequence[Function]:
    return (functions.query("VENDOR", ["RECORDNO"], page_size=1).with_id(NAME),)


def vendors(answers: Answers) -> Answer:
    if error := answers.failure(NAME):
        return answers.diagnosis(Outcome.FAILED, error)
    return Answer(Outcome.BLOCKED if answers.data(NAME) is None else Outcome.PASSED)
