"""The bill that tests of the practice company create, with a vendor, account and location that can be used."""

from typing import Any

from lxml import etree

from tests.practice.gateway_client import Answer, E, GatewayClient, condition, query

LINE = {"ACCOUNTNO": "10005", "TRX_AMOUNT": "0.01", "LOCATIONID": "L001"}
HEADER = {
    "VENDORID": "V00002",
    "WHENCREATED": "01/20/2026",
    "WHENDUE": "02/20/2026",
    "RECORDID": "B-1",
    "ACTION": "Draft",
}


def bill(*lines: dict[str, str], **changed: str) -> etree._Element:
    """Return a `create` function. `changed`: elements of the header; an empty one is left out."""
    header = [E(name, value) for name, value in (HEADER | changed).items() if value]
    items = [E.APBILLITEM(*(E(name, value) for name, value in line.items() if value)) for line in lines or (LINE,)]
    return E.create(E.APBILL(*header, E.APBILLITEMS(*items)))


def create(gateway: GatewayClient, *lines: dict[str, str], **changed: str) -> str:
    """Create a bill and return its record number."""
    answer = gateway.call(bill(*lines, **changed))
    assert answer.errors() == []
    return answer.records()[0]["RECORDNO"]


def find(gateway: GatewayClient, number: str = "B-1", fields: str = "RECORDNO STATE") -> list[dict[str, str]]:
    """Return the bills with a bill number."""
    return gateway.call(query("APBILL", fields, condition("equalto", "RECORDID", number))).records()


def causes(answer: Answer) -> list[tuple[Any, str]]:
    """Return the errors of a refused bill, without the last one, which is the same for all."""
    *errors, (number, words) = answer.errors()
    assert number == "BL01001973"
    assert words.startswith("Currently, we can't create the transaction")
    return errors
