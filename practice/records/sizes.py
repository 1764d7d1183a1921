"""The number of records at the start of a company."""

from practice.records.generators import GENERATORS

DEMONSTRATION = {
    "DEPARTMENT": 40,
    "LOCATION": 60,
    "CLASS": 30,
    "ALLOCATION": 45,
    "EMPLOYEE": 420,
    "EXCHANGERATETYPES": 4,
    "EXCHANGERATE": 60,
    "CHECKINGACCOUNT": 12,
    "SAVINGSACCOUNT": 5,
    "GLACCOUNT": 600,
    "APPYMT": 1400,
    "APBILL": 3000,
    "VENDOR": 4000,
    "APTERM": 14,
    "APPAYMENTREQUEST": 700,
    "TAXDETAIL": 48,
    "CUSTOMER": 3000,
    "WAREHOUSE": 18,
    "ITEM": 1200,
    "PROJECT": 700,
    "TASK": 1500,
    "STANDARDTASK": 80,
    "COSTTYPE": 3000,
    "STANDARDCOSTTYPE": 60,
    "CONTRACT": 250,
}
DIMENSION = 40
# Objects that are lines: their header, and the number of lines per header.
LINES = {
    "ALLOCATIONENTRY": ("ALLOCATION", 3),
    "EXCHANGERATEENTRY": ("EXCHANGERATE", 4),
    "APBILLITEM": ("APBILL", 2),
    "APPYMTDETAIL": ("APPYMT", 1),
}


def equal_sizes(records: int) -> dict[str, int]:
    """Return the same number of records for every list."""
    return {name: records for name in GENERATORS if name not in LINES} | {"dimension": records}
