"""What a verification asks Intacct, in one request if possible, and in a second one for what the replies lead to."""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from intacct import functions
from intacct.request import Function
from intacct.session import Session
from wizard.services.test_results import ask_about_bills
from wizard.stages import stage_checks
from wizard.verification.check import Answers, Check
from wizard.verification.company_facts import ASKED, company_facts_from

log = logging.getLogger(__name__)


def ask_intacct(session: Session, answers: Answers) -> None:
    _call(session, answers, _batch(answers) | ask_about_bills(answers.connection))
    answers.company |= company_facts_from(answers.data)
    # The replies may name dimensions that we did not know. Each of them has a check of its own.
    more = _batch(answers)
    for _stage, check in stage_checks(answers.company):
        more |= _calls(check, partial(check.then, answers))
    if new := {name: call for name, call in more.items() if name not in answers.results}:
        _call(session, answers, new)


def _call(session: Session, answers: Answers, calls: Mapping[str, Function]) -> None:
    reply = session.call(*(call.with_id(name) for name, call in calls.items()))
    answers.results |= {name: reply[name] for name in calls}


def _batch(answers: Answers) -> dict[str, Function]:
    calls = {name: ask() for name, ask in ASKED.items()}
    calls["formatting"] = functions.read_user_formatting(answers.user_id)
    calls["permissions"] = functions.get_user_permissions(answers.user_id)
    for _stage, check in stage_checks(answers.company):
        calls |= _calls(check, partial(check.asks, answers))
    return calls


def _calls(check: Check, calls: Callable[[], Iterable[Function]]) -> dict[str, Function]:
    """Functions by control ID. A check whose code fails here asks nothing, and is judged without a reply."""
    try:
        return {call.control_id: call for call in calls()}
    except Exception:
        log.exception("The check %s could not be asked", check.slug)
        return {}
