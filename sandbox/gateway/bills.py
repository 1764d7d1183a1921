"""Creating a bill, with its lines and custom fields."""

from typing import Any

from lxml import etree

from sandbox.data import changes, times
from sandbox.data.definitions import Definition
from sandbox.data.recipes.common import recordno
from sandbox.data.source import Value
from sandbox.gateway import access, refusals
from sandbox.gateway.calls import Call
from sandbox.gateway.markup import element, leaf

NUMBERS = frozenset({"INTEGER", "DECIMAL", "CURRENCY", "PERCENT"})


def create(call: Call, node: etree._Element) -> str:
    made = [_bill(call, each) for each in node.iterchildren("*")]
    return element("data", *made, listtype="objects", count=str(len(made)))


def _bill(call: Call, node: etree._Element) -> str:
    definition = access.definition_for(call.company, str(node.tag))
    if definition.object != "APBILL":
        raise refusals.unsupported("CREATE", str(node.tag))
    if not access.has_right(call.company, call.user, "bills", "Add"):
        raise refusals.denied("CREATE", "APBILL")
    header = _values(call, definition, node)
    lines = [_values(call, call.books.table("APBILLITEM").definition, each) for each in node.iterfind("APBILLITEMS/*")]
    _check(call, header, lines)
    waiting = sum(len(each["records"]["APBILL"]) for each in call.events)
    number = recordno(call.books.table("APBILL").count + waiting)
    call.events.append(changes.bill(times.now(), *_completed(call, number, header, lines)))
    return element("apbill", leaf("RECORDNO", number))


def _values(call: Call, definition: Definition, node: etree._Element) -> dict[str, Value]:
    """The values of an element that are fields of the object; what is not a field is passed over."""
    found: dict[str, Value] = {}
    for each in node.iterchildren("*"):
        field = definition.fields.get(str(each.tag))
        if field is not None and len(each) == 0 and (each.text or "").strip():
            found[field.id] = _value(call, field.type, field.id, (each.text or "").strip())
    return found


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
    told = [f"Required field {name} is missing." for name in ("VENDORID", "WHENCREATED") if name not in header]
    if "WHENDUE" not in header and "TERMNAME" not in header:
        told.append("Required field WHENDUE is missing.")
    if not lines:
        told.append("A bill needs at least one line item.")
    told += _unknown(call, "VENDOR", "VENDORID", [header])
    told += _unknown(call, "GLACCOUNT", "ACCOUNTNO", lines)
    told += [f"Required field {n} is missing." for each in lines for n in ("ACCOUNTNO", "TRX_AMOUNT") if n not in each]
    if told:
        raise refusals.validation(*told, "Could not create APBill record!")


def _unknown(call: Call, target: str, name: str, records: list[dict[str, Value]]) -> list[str]:
    table = call.books.table(target)
    values = [each[name] for each in records if name in each]
    return [f"Invalid {target.title()} '{each}' specified." for each in values if table.place(name, each) is None]


def _completed(
    call: Call, number: int, header: dict[str, Value], lines: list[dict[str, Value]]
) -> tuple[dict[str, Value], list[dict[str, Value]]]:
    total = round(sum(float(each["TRX_AMOUNT"] or 0) for each in lines), 2)
    vendors = call.books.table("VENDOR")
    at = vendors.place("VENDORID", header["VENDORID"])
    name = None if at is None else vendors.recipe("NAME")(at)
    money: dict[str, Any] = dict.fromkeys(("TOTALENTERED", "TRX_TOTALENTERED", "TOTALDUE", "TRX_TOTALDUE"), total)
    bill = {"VENDORNAME": name, "STATE": "Posted", "WHENPAID": None, "RECORDID": None} | money | header
    bill |= {"TOTALPAID": 0.0, "TRX_TOTALPAID": 0.0, "MEGAENTITYID": call.entity or None}
    items = [
        {"RECORDKEY": number, "LINE_NO": at + 1, "AMOUNT": each["TRX_AMOUNT"], "VENDORID": header["VENDORID"]} | each
        for at, each in enumerate(lines)
    ]
    return bill, items
