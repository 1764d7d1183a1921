"""Bills: the values that Intacct adds to a new one, and the changes of its state. All changes go to the journal."""

from dataclasses import dataclass, field
from datetime import date

from practice.company import Company, Refused
from practice.records import history, times
from practice.records.dataset import Dataset, dataset_of
from practice.records.generators.common import recordno
from practice.records.generators.payable import RAW_STATES
from practice.records.sources import Value
from practice.records.table import Table

DRAFT, SUBMITTED, POSTED = "Draft", "Submitted", "Posted"
DELETABLE = (DRAFT, POSTED)
Values = dict[str, Value]


@dataclass(frozen=True)
class Dimension:
    """A dimension of a bill line. `name`: of its records. `line_name`: the line's field with that name, if any."""

    object: str
    code: str
    name: str
    label: str
    line_name: str = ""


DIMENSIONS = {
    "LOCATIONID": Dimension("LOCATION", "LOCATIONID", "NAME", "Location", "LOCATIONNAME"),
    "DEPARTMENTID": Dimension("DEPARTMENT", "DEPARTMENTID", "TITLE", "Department", "DEPARTMENTNAME"),
    "CLASSID": Dimension("CLASS", "CLASSID", "NAME", "Class", "CLASSNAME"),
    "PROJECTID": Dimension("PROJECT", "PROJECTID", "NAME", "Project", "PROJECTNAME"),
    "TASKID": Dimension("TASK", "TASKID", "NAME", "Task"),
    "COSTTYPEID": Dimension("COSTTYPE", "COSTTYPEID", "NAME", "Cost Type"),
    "CUSTOMERID": Dimension("CUSTOMER", "CUSTOMERID", "NAME", "Customer", "CUSTOMERNAME"),
    "VENDORID": Dimension("VENDOR", "VENDORID", "NAME", "Vendor", "VENDORNAME"),
    "EMPLOYEEID": Dimension("EMPLOYEE", "EMPLOYEEID", "CONTACT_NAME", "Employee", "EMPLOYEENAME"),
    "ITEMID": Dimension("ITEM", "ITEMID", "NAME", "Item", "ITEMNAME"),
    "CONTRACTID": Dimension("CONTRACT", "CONTRACTID", "NAME", "Contract"),
    "WAREHOUSEID": Dimension("WAREHOUSE", "WAREHOUSEID", "NAME", "Warehouse"),
}
USER_DEFINED = "GLDIM"
"""A line's field for a user-defined dimension begins with this."""


@dataclass
class Bill:
    """A new bill, as a client sends it."""

    header: Values
    lines: list[Values]
    state: str = POSTED
    entity: str = ""
    user: str = ""
    unknown: list[str] = field(default_factory=list)  # elements that are no fields

    @property
    def number(self) -> str:
        return str(self.header.get("RECORDID") or "")


def dimension_of(company: Company, name: str) -> Dimension | None:
    """Return the dimension of a line's field, or None."""
    if name.startswith(USER_DEFINED):
        labels = {dimension.object: dimension.label for dimension in company.dimensions}
        target = name.removeprefix(USER_DEFINED)
        return Dimension(target, "id", "name", labels[target]) if target in labels else None
    return DIMENSIONS.get(name)


def find(table: Table, code: str, value: Value) -> int | None:
    """Return the number of the record with this code. Codes of user-defined dimensions are numbers."""
    is_number = code == "id" and str(value).isdigit()
    return table.find(code, int(str(value)) if is_number else value)


def next_number(dataset: Dataset, waiting: int) -> str:
    """Return the bill number of Intacct's own sequence. `waiting`: bills of this request that are not saved yet."""
    return f"BILL-{dataset.table('APBILL').count + waiting + 1:06}"


def create(dataset: Dataset, bill: Bill, waiting: int) -> tuple[int, history.Event]:
    """Return the record number of a new bill, and the event that adds it. `waiting`: as for `next_number`."""
    key = recordno(dataset.table("APBILL").count + waiting)
    lines = [_complete_line(dataset, key, number, bill, line) for number, line in enumerate(bill.lines, 1)]
    return key, history.bill(times.now(), _complete_header(dataset, bill), lines)


def _complete_header(dataset: Dataset, bill: Bill) -> Values:
    total = round(sum(float(line["TRX_AMOUNT"] or 0) for line in bill.lines), 2)
    vendor = _record(dataset, "VENDOR", "VENDORID", bill.header["VENDORID"], "NAME", "RECORDNO", "CURRENCY", "TERMNAME")
    return {
        "RECORDTYPE": "apbill",
        "VENDORNAME": vendor["NAME"],
        "VENDORKEY": str(vendor["RECORDNO"]),
        "TERMNAME": vendor["TERMNAME"],
        "CURRENCY": (dataset.multi_currency and vendor["CURRENCY"]) or dataset.currency,
        "BASECURR": dataset.currency,
        "PAYMENTPRIORITY": "normal",
        "MODULEKEY": "3.AP",
        "SYSTEMGENERATED": "F",
        **bill.header,
        **_state(bill.state, bill.header),
        **dict.fromkeys(("TOTALENTERED", "TRX_TOTALENTERED", "TOTALDUE", "TRX_TOTALDUE"), total),
        **dict.fromkeys(("TOTALPAID", "TRX_TOTALPAID"), 0.0),
        "MEGAENTITYID": bill.entity or None,
        "CREATEDBYLOGINID": bill.user,
        "MODIFIEDBYLOGINID": bill.user,
    }


def _complete_line(dataset: Dataset, key: int, number: int, bill: Bill, line: Values) -> Values:
    account = _record(dataset, "GLACCOUNT", "ACCOUNTNO", line["ACCOUNTNO"], "TITLE")
    whole = {"VENDORID": bill.header["VENDORID"], "LOCATIONID": bill.entity or None, **line}
    names = {
        dimension.line_name: _record(dataset, dimension.object, dimension.code, whole[name], dimension.name)[
            dimension.name
        ]
        for name, dimension in DIMENSIONS.items()
        if dimension.line_name and whole.get(name)
    }
    return {
        "RECORDKEY": key,
        "RECORDTYPE": "apbill",
        "LINE_NO": number,
        "LINEITEM": "T",
        "ACCOUNTTITLE": account["TITLE"],
        "AMOUNT": line["TRX_AMOUNT"],
        "BASECURR": dataset.currency,
        "CURRENCY": bill.header.get("CURRENCY") or dataset.currency,
        "STATE": bill.state,
        **names,
        **whole,
    }


def _record(dataset: Dataset, name: str, code: str, value: Value, *fields: str) -> Values:
    """Return these fields of a record, all None if there is no such record."""
    table = dataset.table(name)
    at = table.find(code, value)
    return {wanted: None if at is None else table.generator(wanted)(at) for wanted in fields}


def _state(state: str, header: Values) -> Values:
    posted = header.get("WHENPOSTED") or header["WHENCREATED"]
    return {"STATE": state, "RAWSTATE": RAW_STATES[state], "WHENPOSTED": posted if state == POSTED else None}


def line_numbers(dataset: Dataset, at: int) -> list[int]:
    """Return the numbers of the lines of bill number `at`."""
    lines, key = dataset.table("APBILLITEM"), dataset.table("APBILL").generator("RECORDNO")(at)
    return [
        line for line, header in enumerate(lines.column("RECORDKEY")) if header == key and line not in lines.deleted
    ]


def is_closed(company: Company, day: int) -> bool:
    """Whether a day, in days since 1970, is in a closed period."""
    closed_until = company.bill_rules.closed_until
    return bool(closed_until) and day <= (date.fromisoformat(closed_until) - times.EPOCH).days


def post(company: Company, at: int) -> str:
    """Post draft number `at`, or submit it if the company approves bills. Return its new state."""
    table = dataset_of(company).table("APBILL")
    if table.generator("STATE")(at) != DRAFT:
        raise Refused("Only a draft can be posted.")
    day = int(table.generator("WHENCREATED")(at) or 0)
    if is_closed(company, day):
        raise Refused("Periods are closed. The date of the bill is within a period that has been closed.")
    state = POSTED if company.bill_rules.approval == "off" else SUBMITTED
    values = _state(state, {"WHENCREATED": day})
    company.journal.append(history.manual_edit(times.now(), "APBILL", at, values))
    return state


def deletion(dataset: Dataset, at: int) -> history.Event:
    """Return the event that deletes bill number `at` and its lines. Raise Refused in a state that forbids it."""
    state = dataset.table("APBILL").generator("STATE")(at)
    if state not in DELETABLE:
        raise Refused(f"A bill in the state {state} cannot be deleted.")
    return history.deletion(times.now(), {"APBILL": [at], "APBILLITEM": line_numbers(dataset, at)})
