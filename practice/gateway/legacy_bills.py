"""The functions `create_bill` and `delete_bill`, which Sage's own clients use. They create the same bills as `create`.

Reported by a client in use: the permission is that of the application, not of the row Bills.
"""

from datetime import date

from lxml import etree

from practice.gateway import access, bills
from practice.gateway.calls import Call
from practice.gateway.refusals import function_denied
from practice.gateway.xml import leaf
from practice.records import times
from practice.records.bills import Bill

MODULE = "accounts-payable"
HEADER = {
    "vendorid": "VENDORID",
    "termname": "TERMNAME",
    "billno": "RECORDID",
    "ponumber": "DOCNUMBER",
    "onhold": "ONHOLD",
    "description": "DESCRIPTION",
    "basecurr": "BASECURR",
    "currency": "CURRENCY",
    "exchrate": "EXCHANGE_RATE",
    "supdocid": "SUPDOCID",
    "taxsolutionid": "TAXSOLUTIONID",
}
DATES = {"datecreated": "WHENCREATED", "dateposted": "WHENPOSTED", "datedue": "WHENDUE"}
LINE = {
    "glaccountno": "ACCOUNTNO",
    "accountlabel": "ACCOUNTLABEL",
    "amount": "TRX_AMOUNT",
    "allocationid": "ALLOCATION",
    "memo": "ENTRYDESCRIPTION",
    "billable": "BILLABLE",
    **{f"{name}id": f"{name.upper()}ID" for name in ("location", "department", "project", "task", "costtype")},
    **{f"{name}id": f"{name.upper()}ID" for name in ("customer", "vendor", "employee", "item", "class")},
    **{f"{name}id": f"{name.upper()}ID" for name in ("contract", "warehouse")},
}


def create_bill(call: Call, node: etree._Element) -> str:
    _check_permission(call, "create_bill")
    definition = access.definition_for(call.company, "APBILL")
    lines = call.dataset.table("APBILLITEM").definition
    bill = Bill(
        bills.values_of(call, definition, _texts(node, HEADER) | _dates(call, node)),
        [bills.values_of(call, lines, _texts(item, LINE)) for item in node.iterfind("billitems/lineitem")],
        bills.state_of((node.findtext("action") or "").strip()),
    )
    return leaf("key", bills.save_bill(call, bill))


def delete_bill(call: Call, node: etree._Element) -> str:
    _check_permission(call, "delete_bill")
    key = node.get("key", "")
    bills.delete_bill(call, key)
    return leaf("key", key)


def _check_permission(call: Call, function: str) -> None:
    if not access.has_module(call.company, call.user, MODULE):
        raise function_denied(function)


def _texts(node: etree._Element, names: dict[str, str]) -> dict[str, str]:
    known = {names[str(child.tag)]: (child.text or "").strip() for child in node.iterchildren(*names)}
    custom = {
        (field.findtext("customfieldname") or ""): (field.findtext("customfieldvalue") or "").strip()
        for field in node.iterfind("customfields/customfield")
    }
    return known | custom


def _dates(call: Call, node: etree._Element) -> dict[str, str]:
    """Return the days, whose parts are elements, in the user's own format."""
    return {DATES[str(child.tag)]: _day_text(call, child) for child in node.iterchildren(*DATES)}


def _day_text(call: Call, node: etree._Element) -> str:
    parts = [node.findtext(name) or "" for name in ("year", "month", "day")]
    try:
        day = date(*map(int, parts))
    except ValueError:
        return "/".join(parts)
    return times.day_text((day - times.EPOCH).days, call.company.formatting)
