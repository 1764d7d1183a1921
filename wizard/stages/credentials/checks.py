from collections.abc import Sequence
from functools import partial

from django.utils.translation import gettext_lazy as _

from intacct import errors as e
from intacct import setup_replies
from wizard.models import Connection, Outcome
from wizard.verification.check import Answer, Answers, Check, Company, judge_sign_in


def checks(company: Company) -> Sequence[Check]:
    return (
        Check("gateway", _("Intacct can be reached"), partial(judge_sign_in, "gateway")),
        Check("company", _("Intacct knows the company"), partial(judge_sign_in, "company")),
        Check("sign_in", _("The Beanworks user can sign in"), partial(judge_sign_in, "sign_in")),
        Check("entity", _("The user has access to the entity"), entity),
        Check("entities", _("The user can see all entities"), entities),
        Check("date_format", _("The date format is month/day/year"), date_format),
    )


def entity(answers: Answers) -> Answer:
    chosen, error = answers.connection.entity_id, answers.entity_error
    if not chosen:
        return _top_level(answers)
    facts = {"entity_id": chosen}
    listed = answers.company.get("entities")
    if listed is not None and chosen not in {row["id"] for row in listed}:
        return Answer(Outcome.FAILED, "entity_unknown", facts)
    if error:
        refused = isinstance(error, e.AuthenticationError)
        return answers.diagnosis(Outcome.FAILED if refused else Outcome.CANNOT_TELL, error)
    return Answer(Outcome.PASSED, facts=facts)


def _top_level(answers: Answers) -> Answer:
    """Judge the sign-in at top level. A user who is limited to one entity ends in that entity without naming it."""
    if answers.connection.level == Connection.Level.TOP and answers.landed_at:
        return Answer(Outcome.FAILED, "kept_to_entity", {"found": answers.landed_at})
    return Answer(Outcome.NOT_APPLICABLE, "not_used")


def entities(answers: Answers) -> Answer:
    """A company with several entities lists at least two, unless it hides them from Web Services."""
    company = answers.company
    if not company.get("multi_entity", answers.connection.several_entities):
        return Answer(Outcome.NOT_APPLICABLE, "not_used")
    seen = len(company.get("entities", []))
    if seen >= 2:
        return Answer(Outcome.PASSED)
    return Answer(Outcome.CANNOT_TELL, "entities_hidden", {"count": str(seen)} | _user(answers))


def date_format(answers: Answers) -> Answer:
    """Check the user's date format. Others work, but take longer, because SmartSync then compares whole lists."""
    data = answers.data("formatting")
    if data is None:
        return Answer(Outcome.CANNOT_TELL, "not_reported", {"expected": "month/day/year"} | _user(answers))
    shown = setup_replies.user_formatting(data)
    if shown.is_expected:
        return Answer(Outcome.PASSED)
    found = f"{shown.date_format}, {shown.clock}"
    return Answer(Outcome.CANNOT_TELL, "formatting_unusual", {"found": found})


def _user(answers: Answers) -> dict[str, str]:
    return {"user_id": answers.user_id}
