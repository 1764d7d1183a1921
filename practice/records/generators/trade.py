"""Accounts Receivable, Inventory and Contracts."""

from practice.records import names
from practice.records.generators.company import cycle_words
from practice.records.generators.payable import few_parents
from practice.records.sources import Generators, Source, Value, always

ITEM_TYPES = ("Inventory", "Non-Inventory", "Non-Inventory (Purchase only)", "Non-Inventory (Sales only)", "Kit")
STATES = ("Draft", "In progress", "In progress", "In progress", "Renewed", "Cancelled", "Not renewed")


def customer(s: Source) -> Generators:
    name = s.business("name")

    def contact(i: int) -> Value:
        return f"{name(i)} (C{i + 1:05})"

    return {
        "CUSTOMERID": s.code("C{:05}"),
        "NAME": name,
        "PARENTID": few_parents(s, s.parent("CUSTOMERID")),
        "PARENTKEY": few_parents(s, s.parent("RECORDNO")),
        "PARENTNAME": few_parents(s, s.parent("NAME")),
        "TERMNAME": s.link("term", "APTERM", "NAME", empty=4),
        "CURRENCY": always(s.dataset.currency),
        "CUSTTYPE": s.mostly_filled(
            "typed", 3, s.choice("type", ("Residential", "Commercial", "Government", "Non-profit"))
        ),
        "ONETIME": s.chance("once", 40),
        "ONHOLD": s.chance("hold", 30),
        "TOTALDUE": s.amount("due", 30_000),
        "DISPLAYCONTACT.PRINTAS": name,
        **dict.fromkeys(("DISPLAYCONTACT.CONTACTNAME", "SHIPTO.CONTACTNAME", "BILLTO.CONTACTNAME"), contact),
        "DISPLAYCONTACT.EMAIL1": s.mostly_filled("mail", 6, s.code("buyer{}@customer.example")),
    }


def warehouse(s: Source) -> Generators:
    return {
        "WAREHOUSEID": s.code("W{:02}"),
        "NAME": cycle_words(names.CITIES, "{} warehouse {}"),
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "LOC.LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "PARENTID": s.parent("WAREHOUSEID"),
        "MANAGERID": s.link("manager", "EMPLOYEE", "EMPLOYEEID", empty=3),
        "USEDINGL": s.chance("ledger", 2),
    }


def item(s: Source) -> Generators:
    return {
        "ITEMID": s.code("ITM-{:05}"),
        "NAME": lambda i: f"{names.ITEMS[i % len(names.ITEMS)]} – {names.PLACES[i // 7 % len(names.PLACES)]}",
        "ITEMTYPE": s.choice("type", ITEM_TYPES),
        "PRODUCTLINEID": s.mostly_filled(
            "lined", 4, s.choice("line", ("Hardware", "Electrical", "Office", "Services"))
        ),
        "GLGROUP": s.mostly_filled("grouped", 5, s.choice("group", ("Stock", "Consumables", "Services"))),
        "TAXABLE": s.choice("taxable", ("true", "false")),
        "BASEUOM": s.choice("unit", ("Each", "Box", "Metre", "Hour")),
        "COST_METHOD": always("Average"),
        "STANDARD_COST": s.amount("cost", 400),
        "EXTENDED_DESCRIPTION": s.mostly_empty("extended", 3, s.choice("description", names.AWKWARD)),
        "UPC": s.mostly_empty("barcode", 2, s.code("0{:011}")),
    }


def contract(s: Source) -> Generators:
    begin = s.day("begin")

    return {
        "CONTRACTID": s.code("CON-{:04}"),
        "NAME": lambda i: f"{names.PLACES[i % len(names.PLACES)]} service agreement",
        "CUSTOMERID": s.link("customer", "CUSTOMER", "CUSTOMERID"),
        "CUSTOMERNAME": s.link("customer", "CUSTOMER", "NAME"),
        "PARENTID": few_parents(s, s.parent("CONTRACTID")),
        "PARENTKEY": few_parents(s, s.parent("RECORDNO")),
        "BEGINDATE": begin,
        "ENDDATE": lambda i: begin(i) + 365,
        "CURRENCY": always(s.dataset.currency),
        "BASECURR": always(s.dataset.currency),
        "STATE": s.choice("state", STATES),
        "TERMTYPE": s.choice("term type", ("Termed", "Evergreen")),
        "BILLINGFREQUENCY": always("Monthly"),
    }
