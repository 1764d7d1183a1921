"""The `create` function for bills, with lines and custom fields."""

from typing import Any

from lxml import etree

from practice.gateway import access, refusals
from practice.gateway.calls import Call
from practice.gateway.xml import element, leaf
from practice.records import history, times
from practice.records.field_definitions import Definition
from practice.records.generators.common import recordno
from practice.records.sources import Value

NUMBERS = frozenset({"INTEGER", "DECIMAL", "CURRENCY", "PERCENT"})


def create(call: Call, node: etree._Element) -> str:
    records = [_bill(call, child) for child in node.iterchildren("*")]
    return element("data", *records, listtype="objects", count=str(len(records)))


def _bill(call: Call, node: etree._Element) -> str:
    definition = access.definition_for(call.company, str(node.tag))
    if definition.object != "APBILL":
        raise refusals.unsupported("CREATE", str(node.tag))
    if not access.has_right(call.company, call.user, "bills", "Add"):
        raise refusals.denied("CREATE", "APBILL")
    header = _values(call, definition, node)
    lines = [
        _values(call, call.dataset.table("APBILLITEM").definition, item) for item in node.iterfind("APBILLITEMS/*")
    ]
    _check(call, header, lines)
    waiting = sum(len(event["records"]["APBILL"]) for event in call.events)
    number = recordno(call.dataset.table("APBILL").count + waiting)
    call.events.append(history.bill(times.now(), *_complete(call, number, header, lines)))
    return element("apbill", leaf("RECORDNO", number))


def _values(call: Call, definition: Definition, node: etree._Element) -> dict[str, Value]:
    """Return the values of an element by field of the object. Children that are not fields are ignored."""
    values: dict[str, Value] = {}
    for child in node.iterchildren("*"):
        field = definition.fields.get(str(child.tag))
        if field is not None and len(child) == 0 and (child.text or "").strip():
            values[field.id] = _value(call, field.type, field.id, (child.text or "").strip())
    return values


def _value(call: Call, kind: str, name: str, text: str) -> Value:
    try:
        if kind == "DATE":
            return times.day_parse(text, call.company.formatting)
        if kind in NUMBERS:
            return int(text) if kind == "INTEGER" else float(text)
    except ValueError:
        raise refusals.validation(f"Invalid {name} '{text}' specified.", "Could not create APBill record!") from None
    return text


def _check(call: Call, header: dict[str, Value], lines: list[dict[str, Value]]) -> None:
    errors = [f"Required field {name} is missing." for name in ("VENDORID", "WHENCREATED") if name not in header]
    if "WHENDUE" not in header and "TERMNAME" not in header:
        errors.append("Required field WHENDUE is missing.")
    if not lines:
        errors.append("A bill needs at least one line item.")
    errors += _unknown_key_errors(call, "VENDOR", "VENDORID", [header])
    errors += _unknown_key_errors(call, "GLACCOUNT", "ACCOUNTNO", lines)
    errors += [
        f"Required field {n} is missing." for line in lines for n in ("ACCOUNTNO", "TRX_AMOUNT") if n not in line
    ]
    if errors:
        raise refusals.validation(*errors, "Could not create APBill record!")


def _unknown_key_errors(call: Call, target: str, name: str, records: list[dict[str, Value]]) -> list[str]:
    table = call.dataset.table(target)
    values = [record[name] for record in records if name in record]
    return [f"Invalid {target.title()} '{value}' specified." for value in values if table.find(name, value) is None]


def _complete(
    call: Call, number: int, header: dict[str, Value], lines: list[dict[str, Value]]
) -> tuple[dict[str, Value], list[dict[str, Value]]]:
    total = round(sum(float(line["TRX_AMOUNT"] or 0) for line in lines), 2)
    vendors = call.dataset.table("VENDOR")
    at = vendors.find("VENDORID", header["VENDORID"])
    name = None if at is None else vendors.generator("NAME")(at)
    money: dict[str, Any] = dict.fromkeys(("TOTALENTERED", "TRX_TOTALENTERED", "TOTALDUE", "TRX_TOTALDUE"), total)
    bill = {"VENDORNAME": name, "STATE": "Posted", "WHENPAID": None, "RECORDID": None} | money | header
    bill |= {"TOTALPAID": 0.0, "TRX_TOTALPAID": 0.0, "MEGAENTITYID": call.entity or None}
    items = [
        {"RECORDKEY": number, "LINE_NO": at + 1, "AMOUNT": line["TRX_AMOUNT"], "VENDORID": header["VENDORID"]} | line
        for at, line in enumerate(lines)
    ]
    return bill, items
