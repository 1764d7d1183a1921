"""What a finding means and who must act: diagnoses of ours that belong to no single step.

`intacct.diagnoses` has Intacct's refusals, and each step's folder its own. `wizard.explanations` finds and fills them.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_noop as _

from core.text import storable
from intacct.diagnoses import BY_CAUSE, USER, diagnose
from intacct.diagnosis import Diagnosis, Who
from intacct.errors import IntacctError

LONGEST_FACT = 2_000

OWN = {
    diagnosis.cause: diagnosis
    for diagnosis in (
        Diagnosis(
            "interrupted",
            Who.BEANWORKS,
            _("This failed several times because of an error on our side"),
            (
                _("Try again in a few minutes. Everything that was saved before is still there."),
                _("If it fails again, write to %(support_email)s. Beanworks has been notified."),
            ),
            retry_helps=True,
        ),
        Diagnosis(
            "counts_differ",
            Who.NO_ONE,
            _("Twice, the counts differed: Intacct counted %(counted)s, but sent %(read)s"),
            (
                _(
                    "Someone may be changing this list right now. Read it again in a few minutes. What was read is "
                    "saved, and nothing was marked as deleted."
                ),
            ),
            retry_helps=True,
        ),
        Diagnosis(
            "check_failed",
            Who.BEANWORKS,
            _("We could not evaluate Intacct’s answer to this check"),
            (
                _("Continue with the next step. All other checks were made. This is an error on our side."),
                _("If the problem continues, write to %(support_email)s."),
            ),
            retry_helps=True,
        ),
        Diagnosis(
            "password_unreadable",
            Who.CUSTOMER_ADMINISTRATOR,
            _("The saved password of %(user_id)s can no longer be decrypted"),
            (
                _(
                    "Enter the password again. If you no longer have it, reset it in Intacct first. Nothing was sent "
                    "to Intacct, and lists, profiles and schedules were not changed."
                ),
            ),
        ),
        Diagnosis(
            "not_reported",
            Who.NO_ONE,
            _("The Beanworks user can’t read this setting. It should be: %(expected)s"),
            (),
            place=USER,
            several=_("The Beanworks user can’t read %(count)s settings"),
        ),
        Diagnosis(
            "bill_not_found",
            Who.CUSTOMER_ADMINISTRATOR,
            _("Intacct does not show the test bill"),
            (
                _("Look for its number under %(bills_path)s in Intacct. Drafts may have their own view."),
                _("If it is not there, you can send another test bill."),
            ),
        ),
        Diagnosis(
            "monitoring_failed",
            Who.BEANWORKS,
            _("The daily check of this connection could not be started"),
            (_("You don’t need to do anything. Beanworks has been notified, and we retry every day."),),
        ),
        Diagnosis(
            "disconnected",
            Who.CUSTOMER_ADMINISTRATOR,
            _("The connection was disconnected before the answer came"),
            (
                _("Look for the test bill in Intacct, and delete it there if it exists."),
                _("To send another one, reconnect first."),
            ),
        ),
        Diagnosis("not_used", Who.NO_ONE, _("Your company does not use this, so nothing is needed"), ()),
        Diagnosis("list_unused", Who.NO_ONE, _("Its list is not in use, so nothing is needed"), ()),
    )
}

# Causes that pass without action. A gateway that does not work says nothing about the company. Diagnoses of steps are
# not among them: what a step's checks find out is about the company.
PASSING = {diagnosis.cause for diagnosis in (*OWN.values(), *BY_CAUSE.values()) if diagnosis.retry_helps} - {"unknown"}
# Causes that say nothing about the company, or not yet: an unknown refusal may pass as well.
TEMPORARY = PASSING | {"unknown"}
# Causes of checks that Intacct did answer: it works now, but should be changed. No look in Intacct answers them better.
ADVICE = {"user_kind_regular", "entities_hidden", "formatting_unusual"}


class OwnError(IntacctError):
    """An error of a check or sync that is not a refusal of Intacct. `cause` is a key of `OWN`."""

    cause: ClassVar[str]


def cause_of(error: IntacctError) -> str:
    return error.cause if isinstance(error, OwnError) else diagnose(error).cause


def storable_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts without characters that PostgreSQL refuses, and with texts cut to what a page can show."""
    return {name: storable(value)[:LONGEST_FACT] if isinstance(value, str) else value for name, value in facts.items()}
