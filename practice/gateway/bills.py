"""The functions `create` and `delete` for bills, with lines and custom fields."""

from lxml import etree

from practice.company import Refused
from practice.gateway import access, bill_checks, bill_refusals
from practice.gateway.calls import Call
from practice.gateway.refusals import denied, unsupported
from practice.gateway.xml import element, leaf
from practice.records import times
from practice.records.bills import DRAFT, POSTED, SUBMITTED, Bill, create, deletion, next_number
from practice.records.field_definitions import Definition
from practice.records.sources import Value

NUMBERS = frozenset({"INTEGER", "DECIMAL", "CURRENCY", "PERCENT"})
# Documented elements that lookup does not list.
FURTHER = {
    "APBILL": frozenset({"ACTION", "APBILLITEMS"}),
    "APBILLITEM": frozenset({"TASKID", "COSTTYPEID", "WAREHOUSEID", "TAXENTRIES"}),
}
STATES = {"Draft": DRAFT, "Submit": POSTED}


def create_bills(call: Call, node: etree._Element) -> str:
    records = [_create_bill(call, child) for child in node.iterchildren("*")]
    return element("data", *records, listtype="objects", count=str(len(records)))


def _create_bill(call: Call, node: etree._Element) -> str:
    definition = _bill_definition(call, "CREATE", str(node.tag))
    if not access.has_right(call.company, call.user, "bills", "Add"):
        raise denied("CREATE", definition.object)
    return element("apbill", leaf("RECORDNO", save_bill(call, _bill(call, definition, node))))


def _bill_definition(call: Call, operation: str, object_name: str) -> Definition:
    definition = access.definition_for(call.company, object_name)
    if definition.object != "APBILL":
        raise unsupported(operation, object_name)
    return definition


def _bill(call: Call, definition: Definition, node: etree._Element) -> Bill:
    lines = call.dataset.table("APBILLITEM").definition
    unknown = _unknown_elements(definition, node)
    for child in node.iterfind("APBILLITEMS/*"):
        unknown += _unknown_elements(lines, child)
    return Bill(
        values_of(call, definition, _texts(node)),
        [values_of(call, lines, _texts(child)) for child in node.iterfind("APBILLITEMS/APBILLITEM")],
        state_of((node.findtext("ACTION") or "").strip()),
        unknown=unknown,
    )


def _unknown_elements(definition: Definition, node: etree._Element) -> list[str]:
    known = definition.fields.keys() | FURTHER[definition.object]
    return [str(child.tag) for child in node.iterchildren("*") if child.tag not in known]


def _texts(node: etree._Element) -> dict[str, str]:
    return {str(child.tag): (child.text or "").strip() for child in node.iterchildren("*") if not len(child)}


def state_of(action: str) -> str:
    if action and action not in STATES:
        raise bill_refusals.not_created([bill_refusals.invalid_action(action)], "")
    return STATES[action or "Submit"]


def values_of(call: Call, definition: Definition, texts: dict[str, str]) -> dict[str, Value]:
    """Return the values of the fields that a client can set."""
    types = {field.id: field.type for field in definition.fields.values() if not field.read_only}
    types |= dict.fromkeys(FURTHER[definition.object] - {"ACTION"}, "TEXT")
    return {name: _value(call, types[name], name, text) for name, text in texts.items() if text and name in types}


def _value(call: Call, kind: str, name: str, text: str) -> Value:
    try:
        if kind == "DATE":
            return times.day_parse(text, call.company.formatting)
        if kind in NUMBERS:
            return int(text) if kind == "INTEGER" else float(text)
    except ValueError:
        raise bill_refusals.not_created([bill_refusals.invalid(name, text)], "") from None
    return text


def save_bill(call: Call, bill: Bill) -> int:
    """Check the bill against the company's rules, and return its record number. It is saved with the operation."""
    bill.entity, bill.user = call.entity, call.user.user_id
    errors = bill_checks.errors_of(call, bill)
    if errors:
        raise bill_refusals.not_created(errors, bill.number)
    rules, waiting = call.company.bill_rules, sum("records" in event for event in call.events)
    if rules.numbers == "always assigned" or not bill.number:
        bill.header["RECORDID"] = next_number(call.dataset, waiting)
    if rules.approval == ("draft submitted" if bill.state == DRAFT else "submitted"):
        bill.state = SUBMITTED
    number, event = create(call.dataset, bill, waiting)
    call.events.append(event)
    return number


def delete_bills(call: Call, node: etree._Element) -> str:
    definition = _bill_definition(call, "DELETE", (node.findtext("object") or "").strip())
    if not access.has_right(call.company, call.user, "bills", "Delete"):
        raise denied("DELETE", definition.object)
    for key in (node.findtext("keys") or "").split(","):
        delete_bill(call, key.strip())
    return ""


def delete_bill(call: Call, key: str) -> None:
    table = call.dataset.table("APBILL")
    at = table.find("RECORDNO", int(key)) if key.isdigit() else None
    if at is None or at not in table.visible_rows(call.entity, private=True):
        raise bill_refusals.unknown_bill(key)
    try:
        call.events.append(deletion(call.dataset, at))
    except Refused as refusal:
        raise bill_refusals.not_deleted(str(refusal)) from refusal
