"""Create a draft bill with a link to Beanworks, find it again, and read it back.

What `create` takes is from Sage's API reference for APBILL. Its schema (`api.xsd`) allows anything inside `create`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from intacct import filters, functions
from intacct.catalogue import CUSTOM_FIELD
from intacct.request import Function
from intacct.xml import element

OBJECT = CUSTOM_FIELD.object
LINK = CUSTOM_FIELD.id
AMOUNT = "0.01"
DRAFT = "Draft"
NO_DRAFT = frozenset({"Submitted", "Approved", "Declined", "Posted", "Selected", "Partially Paid", "Paid", "Reversed"})
"""States of bills in English. Users with another language may get other words, which no document quotes."""
DEFAULT_FORMAT = "/mdY"
"""How Intacct writes days: the separator, then the order of d, m and Y. Documented for users without other settings."""


@dataclass(frozen=True)
class DraftBill:
    """Describe a bill with one line that is created as a draft, so that it does not reach the books.

    description: must be unique in the company; `find_bill` finds the bill by it. link: the value of the custom field.
    currency, base_currency: "" in a company with a single currency. coding: dimensions of the line, by the name of the
    field, such as LOCATIONID.
    """

    number: str
    description: str
    vendor_id: str
    account_no: str
    day: date
    link: str
    currency: str = ""
    base_currency: str = ""
    coding: Mapping[str, str] = field(default_factory=dict)


def create_bill(bill: DraftBill, control_id: str, date_format: str = DEFAULT_FORMAT) -> Function:
    """Create the bill. Intacct refuses a second request with the same control ID.

    date_format: of the signed-in user, as `readUserFormatting` reports it. The reply holds the RECORDNO.
    """
    day = day_text(bill.day, date_format)
    header = {
        "VENDORID": bill.vendor_id,
        "WHENCREATED": day,
        "WHENDUE": day,
        "RECORDID": bill.number,
        "DESCRIPTION": bill.description,
        "CURRENCY": bill.currency,
        "BASECURR": bill.base_currency,
        "ACTION": DRAFT,
        LINK: bill.link,
    }
    line = {"ACCOUNTNO": bill.account_no, "TRX_AMOUNT": AMOUNT, "ENTRYDESCRIPTION": bill.description, **bill.coding}
    lines = element("APBILLITEMS", element("APBILLITEM", *_values(line)))
    call = element("create", element(OBJECT, *_values(header), lines))
    return Function("create", call, control_id, is_unique=True)


def find_bill(number: str, description: str) -> Function:
    """Ask for bills with this number or description. A company may give bills numbers of its own."""
    where = filters.any_of(filters.eq("RECORDID", number), filters.eq("DESCRIPTION", description))
    return functions.query(OBJECT, ["RECORDNO", "RECORDID", "DESCRIPTION", "STATE"], where=where, page_size=10)


def read_bill(record_no: str) -> Function:
    """Ask for the whole bill, with its custom fields."""
    return functions.read(OBJECT, [record_no])


def bill_state(record_no: str) -> Function:
    """Ask for the state of a bill, also if it belongs to a single entity. A deleted bill has no record."""
    where = filters.eq("RECORDNO", record_no)
    return functions.query(OBJECT, ["RECORDNO", "STATE"], where=where, page_size=1, show_private=True)


def bill_link(record_no: str) -> Function:
    """Ask for the link of a bill. Its own question, because a company without the custom field refuses it."""
    where = filters.eq("RECORDNO", record_no)
    return functions.query(OBJECT, ["RECORDNO", LINK], where=where, page_size=1, show_private=True)


def day_text(day: date, date_format: str) -> str:
    """Return the day as Intacct writes it for a user with this format, such as "/mdY"."""
    parts = {"d": f"{day.day:02}", "m": f"{day.month:02}", "Y": f"{day.year:04}"}
    pattern = date_format or DEFAULT_FORMAT
    return pattern[0].join(parts[letter] for letter in pattern[1:])


def _values(values: Mapping[str, str]) -> list[etree._Element]:
    return [element(name, text) for name, text in values.items() if text]
