"""Accounts Receivable, Inventory and Contracts."""

from practice.records import names
from practice.records.generators.company import cycle_words
from practice.records.generators.payable import rarely
from practice.records.sources import Recipes, Source, Value, always

ITEM_TYPES = ("Inventory", "Non-Inventory", "Non-Inventory (Purchase only)", "Non-Inventory (Sales only)", "Kit")
STATES = ("Draft", "In progress", "In progress", "In progress", "Renewed", "Cancelled", "Not renewed")


def customer(s: Source) -> Recipes:
    name = s.business("name")

    def contact(i: int) -> Value:
        return f"{name(i)} (C{i + 1:05})"

    return {
        "CUSTOMERID": s.code("C{:05}"),
        "NAME": name,
        "PARENTID": rarely(s, s.parent("CUSTOMERID")),
        "PARENTKEY": rarely(s, s.parent("RECORDNO")),
        "PARENTNAME": rarely(s, s.parent("NAME")),
        "TERMNAME": s.link("term", "APTERM", "NAME", empty=4),
        "CURRENCY": always(s.books.currency),
        "CUSTTYPE": s.mostly("typed", 3, s.choice("type", ("Residential", "Commercial", "Government", "Non-profit"))),
        "ONETIME": s.chance("once", 40),
        "ONHOLD": s.chance("hold", 30),
        "TOTALDUE": s.amount("due", 30_000),
        "DISPLAYCONTACT.PRINTAS": name,
        **dict.fromkeys(("DISPLAYCONTACT.CONTACTNAME", "SHIPTO.CONTACTNAME", "BILLTO.CONTACTNAME"), contact),
        "DISPLAYCONTACT.EMAIL1": s.mostly("mail", 6, s.code("buyer{}@customer.example")),
    }


def warehouse(s: Source) -> Recipes:
    return {
        "WAREHOUSEID": s.code("W{:02}"),
        "NAME": cycle_words(names.CITIES, "{} warehouse {}"),
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "LOC.LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "PARENTID": s.parent("WAREHOUSEID"),
        "MANAGERID": s.link("manager", "EMPLOYEE", "EMPLOYEEID", empty=3),
        "USEDINGL": s.chance("ledger", 2),
    }


def item(s: Source) -> Recipes:
    return {
        "ITEMID": s.code("ITM-{:05}"),
        "NAME": lambda i: f"{names.ITEMS[i % len(names.ITEMS)]} – {names.PLACES[i // 7 % len(names.PLACES)]}",
        "ITEMTYPE": s.choice("type", ITEM_TYPES),
        "PRODUCTLINEID": s.mostly("lined", 4, s.choice("line", ("Hardware", "Electrical", "Office", "Services"))),
        "GLGROUP": s.mostly("grouped", 5, s.choice("group", ("Stock", "Consumables", "Services"))),
        "TAXABLE": s.choice("taxable", ("true", "false")),
        "BASEUOM": s.choice("unit", ("Each", "Box", "Metre", "Hour")),
        "COST_METHOD": always("Average"),
        "STANDARD_COST": s.amount("cost", 400),
        "EXTENDED_DESCRIPTION": s.sometimes("extended", 3, s.choice("description", names.AWKWARD)),
        "UPC": s.sometimes("barcode", 2, s.code("0{:011}")),
    }


def contract(s: Source) -> Recipes:
    begin = s.day("begin")

    return {
        "CONTRACTID": s.code("CON-{:04}"),
        "NAME": lambda i: f"{names.PLACES[i % len(names.PLACES)]} service agreement",
        "CUSTOMERID": s.link("customer", "CUSTOMER", "CUSTOMERID"),
        "CUSTOMERNAME": s.link("customer", "CUSTOMER", "NAME"),
        "PARENTID": rarely(s, s.parent("CONTRACTID")),
        "PARENTKEY": rarely(s, s.parent("RECORDNO")),
        "BEGINDATE": begin,
        "ENDDATE": lambda i: begin(i) + 365,
        "CURRENCY": always(s.books.currency),
        "BASECURR": always(s.books.currency),
        "STATE": s.choice("state", STATES),
        "TERMTYPE": s.choice("term type", ("Termed", "Evergreen")),
        "BILLINGFREQUENCY": always("Monthly"),
    }
