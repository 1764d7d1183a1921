from collections.abc import Sequence
from difflib import get_close_matches

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from intacct import records
from intacct.catalogue import CUSTOM_FIELD
from intacct.functions import lookup
from intacct.reply import Data
from intacct.request import Function
from wizard.ladder import Answers
from wizard.models import Connection, Outcome
from wizard.stage import Answer, Check

LOOKUP = "lookup.bills"
# `lookup` has no type for URLs: it calls them text.
TEXT = "TEXT"
# Where the field lands when the wrong object was picked.
ELSEWHERE = {"APBILLITEM": "AP Bill Detail", "VENDOR": "Vendor", "PODOCUMENT": "Purchasing Transaction"}


def checks(connection: Connection) -> Sequence[Check]:
    return (
        Check("custom_field", _("Bills have the field BEANWORKS"), custom_field, asks, elsewhere),
        Check("custom_field_type", _("The field is a URL"), custom_field_type),
    )


def asks(connection: Connection) -> Sequence[Function]:
    return (lookup(CUSTOM_FIELD.object).with_id(LOOKUP),)


def elsewhere(answers: Answers) -> Sequence[Function]:
    """When bills have nothing like it: where it may be instead."""
    data = answers.data(LOOKUP)
    if data is None or _alike(data):
        return ()
    return [lookup(name).with_id(f"lookup.{name}") for name in ELSEWHERE]


def custom_field(answers: Answers) -> Answer:
    data = answers.data(LOOKUP)
    if data is None:
        error = answers.failure(LOOKUP)
        return answers.diagnosed(Outcome.CANNOT_TELL, error) if error else Answer(Outcome.BLOCKED)
    field = records.fields(data).get(CUSTOM_FIELD.id)
    return _judged(field) if field else _missing(data, answers)


def _judged(field: records.Field) -> Answer:
    if field.datatype != TEXT:
        return _failed("field_type_wrong", found=field.datatype)
    for part, is_now, wanted in (
        (gettext_noop("label"), field.label, CUSTOM_FIELD.label),
        (gettext_noop("description"), field.description, CUSTOM_FIELD.description),
    ):
        if is_now != wanted:
            return _failed("field_text_wrong", part=part, found=is_now, wanted=wanted)
    return Answer(Outcome.PASSED)


def _missing(bills: Data, answers: Answers) -> Answer:
    if alike := _alike(bills):
        return _failed("field_id_wrong", found=alike.id)
    for name, label in ELSEWHERE.items():
        data = answers.data(f"lookup.{name}")
        if data and _alike(data):
            return _failed("field_elsewhere", found=label)
    return _failed("field_missing")


def _failed(cause: str, **facts: str) -> Answer:
    known = {"wanted": CUSTOM_FIELD.id, "description": CUSTOM_FIELD.description}
    return Answer(Outcome.FAILED, cause, known | facts)


def _alike(data: Data) -> records.Field | None:
    """Ours, perhaps made with another ID: known by its words, or by an ID of other case, or with more or less to it."""
    fields = records.fields(data)
    return fields.get(CUSTOM_FIELD.id) or next((each for each in fields.values() if _resembles(each)), None)


def _resembles(field: records.Field) -> bool:
    return field.custom and (
        field.label.strip().casefold() == CUSTOM_FIELD.label.casefold()
        or field.description.strip().casefold() == CUSTOM_FIELD.description.casefold()
        or bool(get_close_matches(field.id.upper(), [CUSTOM_FIELD.id], cutoff=0.75))
        or field.id.upper().startswith(CUSTOM_FIELD.id)
    )


def custom_field_type(answers: Answers) -> Answer:
    data = answers.data(LOOKUP)
    if data is None or CUSTOM_FIELD.id not in records.fields(data):
        return Answer(Outcome.BLOCKED)
    return Answer(Outcome.CANNOT_TELL, "field_type_untold")
