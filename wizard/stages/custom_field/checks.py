from collections.abc import Sequence
from difflib import get_close_matches

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from intacct import setup_replies
from intacct.catalogue import CUSTOM_FIELD
from intacct.functions import lookup
from intacct.reply import Data
from intacct.request import Function
from wizard.models import Outcome
from wizard.verification.check import Answer, Answers, Check, Company

LOOKUP = "lookup.bills"
# `lookup` has no type for URLs. It reports them as text.
TEXT = "TEXT"
# Objects on which the field may have been created by mistake.
ELSEWHERE = {"APBILLITEM": "AP Bill Detail", "VENDOR": "Vendor", "PODOCUMENT": "Purchasing Transaction"}


def checks(company: Company) -> Sequence[Check]:
    return (
        Check("custom_field", _("Bills have the field BEANWORKS"), custom_field, asks, elsewhere),
        Check("custom_field_type", _("The field is a URL"), custom_field_type),
    )


def asks(answers: Answers) -> Sequence[Function]:
    return (lookup(CUSTOM_FIELD.object).with_id(LOOKUP),)


def elsewhere(answers: Answers) -> Sequence[Function]:
    """Ask where else the field may be, if bills have no similar field."""
    data = answers.data(LOOKUP)
    if data is None or _similar_field(data):
        return ()
    return [lookup(name).with_id(f"lookup.{name}") for name in ELSEWHERE]


def custom_field(answers: Answers) -> Answer:
    data = answers.data(LOOKUP)
    if data is None:
        error = answers.failure(LOOKUP)
        return answers.diagnosis(Outcome.CANNOT_TELL, error) if error else Answer(Outcome.BLOCKED)
    field = setup_replies.fields(data).get(CUSTOM_FIELD.id)
    return _judge_field(field) if field else _judge_missing(data, answers)


def _judge_field(field: setup_replies.Field) -> Answer:
    if field.datatype != TEXT:
        return _failure("field_type_wrong", found=field.datatype)
    for part, is_now, wanted in (
        (gettext_noop("label"), field.label, CUSTOM_FIELD.label),
        (gettext_noop("description"), field.description, CUSTOM_FIELD.description),
    ):
        if is_now != wanted:
            return _failure("field_text_wrong", part=part, found=is_now, wanted=wanted)
    return Answer(Outcome.PASSED)


def _judge_missing(bills: Data, answers: Answers) -> Answer:
    if similar := _similar_field(bills):
        return _failure("field_id_wrong", found=similar.id)
    for name, label in ELSEWHERE.items():
        data = answers.data(f"lookup.{name}")
        if data and _similar_field(data):
            return _failure("field_elsewhere", found=label)
    return _failure("field_missing")


def _failure(cause: str, **facts: str) -> Answer:
    known = {"wanted": CUSTOM_FIELD.id, "description": CUSTOM_FIELD.description}
    return Answer(Outcome.FAILED, cause, known | facts)


def _similar_field(data: Data) -> setup_replies.Field | None:
    """Our field, or one that was meant to be it: the same label or description, or a similar ID."""
    fields = setup_replies.fields(data)
    return fields.get(CUSTOM_FIELD.id) or next((field for field in fields.values() if _resembles(field)), None)


def _resembles(field: setup_replies.Field) -> bool:
    return field.custom and (
        field.label.strip().casefold() == CUSTOM_FIELD.label.casefold()
        or field.description.strip().casefold() == CUSTOM_FIELD.description.casefold()
        or bool(get_close_matches(field.id.upper(), [CUSTOM_FIELD.id], cutoff=0.75))
        or field.id.upper().startswith(CUSTOM_FIELD.id)
    )


def custom_field_type(answers: Answers) -> Answer:
    data = answers.data(LOOKUP)
    field = data and setup_replies.fields(data).get(CUSTOM_FIELD.id)
    # Another type has failed as such: no user can confirm that the field is a URL.
    if not field or field.datatype != TEXT:
        return Answer(Outcome.BLOCKED)
    return Answer(Outcome.CANNOT_TELL, "field_type_untold")
