"""The rules that a new bill must follow. `RULES` and `RECORD_RULES` list them in their order."""

from collections.abc import Callable, Iterator

from practice.company import Company
from practice.gateway import bill_refusals as refused
from practice.gateway.calls import Call
from practice.gateway.refusals import Error
from practice.records import times
from practice.records.bills import DRAFT, Bill, Dimension, dimension_of, find, is_closed
from practice.records.dataset import Dataset

Errors = Iterator[Error]
REQUIRED_BY_ACCOUNT = {
    "REQUIREDEPT": "DEPARTMENTID",
    "REQUIRELOC": "LOCATIONID",
    "REQUIREPROJECT": "PROJECTID",
    "REQUIREVENDOR": "VENDORID",
    "REQUIRECUSTOMER": "CUSTOMERID",
    "REQUIREEMPLOYEE": "EMPLOYEEID",
    "REQUIREITEM": "ITEMID",
    "REQUIRECLASS": "CLASSID",
}


def errors_of(call: Call, bill: Bill) -> list[Error]:
    """Return what is wrong with a new bill."""
    rules = RECORD_RULES if bill.state == DRAFT and call.company.behavior.draft_rules == "records" else RULES
    return [error for rule in rules for error in rule(call, bill)]


def _fields(call: Call, bill: Bill) -> Errors:
    for name in ("VENDORID", "WHENCREATED"):
        if name not in bill.header:
            yield refused.missing_field(name)
    if not {"WHENDUE", "TERMNAME"} & bill.header.keys():
        yield refused.missing_field("WHENDUE")
    for line in bill.lines:
        for name in ("ACCOUNTNO", "TRX_AMOUNT"):
            if name not in line:
                yield refused.missing_field(name)
    if not bill.lines:
        yield refused.no_lines()


def _elements(call: Call, bill: Bill) -> Errors:
    if bill.unknown and call.company.behavior.unknown_elements == "refused":
        yield refused.unknown_elements(bill.unknown)


def _numbers(call: Call, bill: Bill) -> Errors:
    rules = call.company.bill_rules
    if rules.numbers == "only assigned" and bill.number:
        yield refused.number_not_allowed(bill.number)
    if rules.numbers == "typed" and not bill.number:
        yield refused.missing_number()
    is_taken = bill.number and call.dataset.table("APBILL").find("RECORDID", bill.number) is not None
    if is_taken and rules.duplicate_numbers == "refused":
        yield refused.number_taken(bill.number)


def _vendor(call: Call, bill: Bill) -> Errors:
    vendor = bill.header.get("VENDORID")
    if vendor is None:
        return
    values = _visible_record(call, "VENDOR", "VENDORID", vendor, "STATUS", "ONHOLD", "MEGAENTITYID")
    if values is None:
        yield refused.invalid("Vendor", vendor)
    elif values["STATUS"] != "active":
        yield refused.inactive_vendor(vendor)
    elif values["ONHOLD"] == "true" and call.company.bill_rules.vendors_on_hold == "refused":
        yield refused.vendor_on_hold(vendor)
    elif call.entity and not values["MEGAENTITYID"] and not call.company.bill_rules.top_level_vendors:
        yield refused.top_level_vendor(vendor)


def _accounts(call: Call, bill: Bill) -> Errors:
    for account in dict.fromkeys(line["ACCOUNTNO"] for line in bill.lines if "ACCOUNTNO" in line):
        values = _visible_record(call, "GLACCOUNT", "ACCOUNTNO", account, "STATUS")
        if values is None:
            yield refused.invalid("Glaccount", account)
        elif values["STATUS"] != "active":
            yield refused.inactive_account(account)


def _dimension_values(call: Call, bill: Bill) -> Errors:
    for line in bill.lines:
        for name, value in line.items():
            dimension = dimension_of(call.company, name)
            if dimension and not _is_valid(call, name, dimension, str(value)):
                yield refused.invalid(dimension.label, value)


def _is_valid(call: Call, name: str, dimension: Dimension, value: str) -> bool:
    """Whether there is such an active record. Entities are locations too."""
    if name == "LOCATIONID" and call.company.entity(value):
        return True
    values = _visible_record(call, dimension.object, dimension.code, value, "STATUS")
    return values is not None and values.get("STATUS") != "inactive"


def _visible_record(call: Call, name: str, code: str, value: object, *fields: str) -> dict[str, object] | None:
    """Return these fields of a record that can be used in the entity, or None."""
    table = call.dataset.table(name)
    at = find(table, code, str(value))
    if at is None or at not in table.visible_rows(call.entity, private=True):
        return None
    return {wanted: table.generator(wanted)(at) for wanted in fields if wanted in table.definition.fields}


def _locations(call: Call, bill: Bill) -> Errors:
    is_top_level = call.company.multi_entity and not call.entity
    is_missing = not all(line.get("LOCATIONID") for line in bill.lines)
    if is_top_level and is_missing and call.company.bill_rules.top_level_location:
        yield refused.missing_location()


def _dimensions(call: Call, bill: Bill) -> Errors:
    given = {"VENDORID"} | ({"LOCATIONID"} if call.entity else set())
    for line in bill.lines:
        for name in _required_dimensions(call.company, call.dataset, str(line.get("ACCOUNTNO"))):
            dimension = dimension_of(call.company, name)
            if name not in given | line.keys() and dimension:
                label = call.company.term_labels.get(dimension.object, dimension.label)
                yield refused.missing_dimension(label, line.get("ACCOUNTNO"))


def _required_dimensions(company: Company, dataset: Dataset, account: str) -> list[str]:
    accounts = dataset.table("GLACCOUNT")
    at = accounts.find("ACCOUNTNO", account) if company.bill_rules.account_dimensions else None
    asked = [
        name for flag, name in REQUIRED_BY_ACCOUNT.items() if at is not None and accounts.generator(flag)(at) == "true"
    ]
    return [*dict.fromkeys([*asked, *company.bill_rules.required_dimensions])]


def _period(call: Call, bill: Bill) -> Errors:
    day = bill.header.get("WHENPOSTED") or bill.header.get("WHENCREATED")
    if day is not None and is_closed(call.company, int(day)):
        yield refused.closed_period(times.day_text(int(day), call.company.formatting))


def _amounts(call: Call, bill: Bill) -> Errors:
    least = call.company.bill_rules.smallest_amount
    for line in bill.lines:
        if float(line.get("TRX_AMOUNT") or 0) < least:
            yield refused.small_amount(line.get("TRX_AMOUNT"), least)


def _currency(call: Call, bill: Bill) -> Errors:
    currency = bill.header.get("CURRENCY")
    if currency and currency not in call.dataset.table("TRXCURRENCIES").column("CODE"):
        yield refused.invalid("Currency", currency)
    if not currency and call.company.multi_currency and call.company.bill_rules.currency == "required":
        yield refused.missing_field("CURRENCY")


def _vendor_currency(call: Call, bill: Bill) -> Errors:
    currency, vendor = bill.header.get("CURRENCY"), bill.header.get("VENDORID")
    values = _visible_record(call, "VENDOR", "VENDORID", vendor, "CURRENCY")
    is_restricted = call.company.multi_currency and call.company.bill_rules.currency == "of the vendor"
    if is_restricted and currency and values and currency != values["CURRENCY"]:
        yield refused.other_currency(currency, vendor)


def _approval(call: Call, bill: Bill) -> Errors:
    action = "Draft" if bill.state == DRAFT else "Submit"
    if call.company.bill_rules.approval == f"{action} refused".lower():
        yield refused.approval(action)


Rule = Callable[[Call, Bill], Errors]
RECORD_RULES: tuple[Rule, ...] = (_fields, _elements, _numbers, _vendor, _accounts, _dimension_values, _approval)
RULES: tuple[Rule, ...] = (*RECORD_RULES, _locations, _dimensions, _period, _amounts, _currency, _vendor_currency)
