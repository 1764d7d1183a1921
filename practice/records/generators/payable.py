"""Accounts Payable and taxes."""

from collections.abc import Callable

from practice.records import names
from practice.records.generators.common import when_created
from practice.records.sources import DAY, Generator, Generators, Source, Value, always, text

STATES = ("Paid", "Paid", "Paid", "Posted", "Posted", "Partially Paid", "Draft", "Submitted", "Selected", "Reversed")
RAW_STATES = {"Draft": "D", "Submitted": "S", "Posted": "A", "Selected": "A", "Partially Paid": "A", "Paid": "C"}
VENDOR_TYPES = ("Supplier", "Subcontractor", "Utility", "Professional services", "Government")
METHODS = ("Printed Check", "EFT", "ACH", "Cash", "Manual Check")


def terms(s: Source, target: str = "APTERM") -> Generators:
    return {"TERMNAME": s.link("term", target, "NAME", empty=6)}


def vendor(s: Source) -> Generators:
    name = s.business("name")

    def contact(i: int) -> Value:
        return f"{name(i)} (V{i + 1:05})"

    return {
        "VENDORID": s.code("V{:05}"),
        "NAME": name,
        "PARENTID": few_parents(s, s.parent("VENDORID")),
        "PARENTKEY": few_parents(s, text(s.parent("RECORDNO"))),
        "PARENTNAME": few_parents(s, s.parent("NAME")),
        **terms(s),
        "CURRENCY": s.choice("currency", _currencies(s)),
        "VENDTYPE": s.mostly_filled("typed", 5, s.choice("type", VENDOR_TYPES)),
        "ONETIME": s.chance("once", 40),
        "ONHOLD": s.chance("hold", 50),
        "STATE": always("A"),
        "CREDITLIMIT": s.mostly_empty("limited", 7, s.amount("limit", 50_000)),
        "TOTALDUE": s.amount("due", 20_000),
        "TAXID": s.mostly_filled("taxed", 3, s.code("99-{:07}")),
        "VENDORACCOUNTNO": s.mostly_empty("account", 3, s.code("AC-{:06}")),
        "APACCOUNT": s.link("account", "GLACCOUNT", "ACCOUNTNO", empty=5),
        "DISPLAYCONTACT.PRINTAS": name,
        **dict.fromkeys(("DISPLAYCONTACT.CONTACTNAME", "PAYTO.CONTACTNAME", "RETURNTO.CONTACTNAME"), contact),
        "DISPLAYCONTACT.COMPANYNAME": name,
        "DISPLAYCONTACT.EMAIL1": s.mostly_filled("mail", 9, s.code("ap{}@vendor.example")),
        "DISPLAYCONTACT.MAILADDRESS.CITY": s.choice("city", names.CITIES),
        "DISPLAYCONTACT.MAILADDRESS.COUNTRYCODE": s.choice("country", ("US", "CA", "GB")),
        "PAYMENTPRIORITY": always("Normal"),
        "BILLINGTYPE": always("openitem"),
    }


def few_parents(s: Source, parent: Generator) -> Generator:
    """Return a generator that gives a parent to one vendor or customer in ten."""
    return s.mostly_empty("child", 10, parent)


def _currencies(s: Source) -> tuple[str, ...]:
    return (
        (s.dataset.currency, s.dataset.currency, "CAD", "GBP", "EUR")
        if s.dataset.multi_currency
        else (s.dataset.currency,)
    )


def ap_term(s: Source) -> Generators:
    days = (0, 7, 10, 15, 20, 30, 45, 60, 75, 90)
    return {
        "NAME": lambda i: f"Net {days[i]}" if i < len(days) else f"Net {days[i % len(days)]} – plan {i + 1}",
        "DESCRIPTION": lambda i: f"Due {days[i % len(days)]} days after the bill's date",
        "DUEDATE": lambda i: days[i % len(days)],
        "DUEFROM": always("from invoice/bill date"),
        "DISCDATE": lambda i: days[i % len(days)] // 3,
        "DISCFROM": always("from invoice/bill date"),
        "DISCAMOUNT": lambda i: i % 3,
        "DISCPERCAMN": always("%"),
    }


def ap_bill(s: Source) -> Generators:
    total, state = s.amount("total", 9_000), s.choice("state", STATES)
    day = _document_day(s)

    def due(i: int) -> float:
        return 0.0 if state(i) in ("Paid", "Reversed") else total(i)

    def paid(i: int) -> float:
        return total(i) if state(i) == "Paid" else 0.0

    return {
        **_vendor(s),
        **terms(s),
        "VENDORKEY": text(s.link("vendor", "VENDOR", "RECORDNO")),
        "RECORDTYPE": always("apbill"),
        "RECORDID": s.code("INV-{:06}"),
        "STATE": state,
        "RAWSTATE": lambda i: RAW_STATES.get(str(state(i)), "A"),
        "DOCNUMBER": s.mostly_empty("reference", 3, s.code("PO-{:05}")),
        "DESCRIPTION": s.mostly_empty("described", 2, s.choice("description", names.TRADES)),
        "WHENCREATED": day,
        "WHENPOSTED": day,
        "WHENDUE": lambda i: day(i) + 30,
        "WHENPAID": lambda i: day(i) + 25 if state(i) == "Paid" else None,
        **_money(s, total),
        **dict.fromkeys(("TOTALDUE", "TRX_TOTALDUE"), due),
        **dict.fromkeys(("TOTALPAID", "TRX_TOTALPAID"), paid),
        "PAYMENTPRIORITY": always("normal"),
        "MODULEKEY": always("3.AP"),
        "SYSTEMGENERATED": always("F"),
    }


def ap_bill_item(s: Source) -> Generators:
    """Return generators of bill lines: two per bill."""
    bill = s.dataset.table("APBILL").original

    def half(i: int) -> Value:
        total = bill("TOTALENTERED")(i // 2)
        first = round(float(total or 0) / 2, 2)
        return round(float(total or 0) - first, 2) if i % 2 else first

    return {
        "RECORDKEY": lambda i: bill("RECORDNO")(i // 2),
        "LINE_NO": lambda i: i % 2 + 1,
        "RECORDTYPE": always("apbill"),
        "VENDORID": lambda i: bill("VENDORID")(i // 2),
        "VENDORNAME": lambda i: bill("VENDORNAME")(i // 2),
        "AMOUNT": half,
        "TRX_AMOUNT": half,
        "CURRENCY": lambda i: bill("CURRENCY")(i // 2),
        "BASECURR": always(s.dataset.currency),
        "STATE": lambda i: bill("STATE")(i // 2),
        "ACCOUNTNO": s.link("account", "GLACCOUNT", "ACCOUNTNO"),
        "ACCOUNTTITLE": s.link("account", "GLACCOUNT", "TITLE"),
        "DEPARTMENTID": s.link("department", "DEPARTMENT", "DEPARTMENTID", empty=4),
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "PROJECTID": s.link("project", "PROJECT", "PROJECTID", empty=2),
        "ENTRYDESCRIPTION": s.choice("description", names.TRADES),
        "LINEITEM": always("T"),
    }


def ap_payment(s: Source) -> Generators:
    total, day = s.amount("total", 9_000), _document_day(s)
    return {
        **_vendor(s),
        "RECORDTYPE": always("appayment"),
        "DOCNUMBER": s.mostly_filled("numbered", 12, s.code("{:06}")),
        "STATE": s.choice("state", ("Confirmed", "Confirmed", "Complete", "Voided", "Draft")),
        "RAWSTATE": always("C"),
        "PAYMENTMETHOD": s.choice("method", METHODS),
        "FINANCIALENTITY": s.link("bank", "CHECKINGACCOUNT", "BANKACCOUNTID"),
        "FINANCIALACCOUNTNAME": s.link("bank", "CHECKINGACCOUNT", "BANKNAME"),
        "WHENCREATED": day,
        "WHENPAID": lambda i: day(i) + 2,
        **_money(s, total),
        **dict.fromkeys(("TOTALPAID", "TRX_TOTALPAID"), total),
    }


def ap_payment_detail(s: Source) -> Generators:
    """Return generators of payment details: each payment pays one bill."""
    payment = s.dataset.table("APPYMT").original
    return {
        "RECORDKEY": s.link("bill", "APBILL", "RECORDNO"),
        "PAYMENTKEY": payment("RECORDNO"),
        "PAYMENTDATE": payment("WHENPAID"),
        **dict.fromkeys(("PAYMENTAMOUNT", "TRX_PAYMENTAMOUNT"), payment("TOTALENTERED")),
        "CURRENCY": payment("CURRENCY"),
        "STATE": payment("STATE"),
        "MODULEKEY": always("3.AP"),
    }


def payment_request(s: Source) -> Generators:
    total, day = s.amount("total", 9_000), _document_day(s)
    return {
        **_vendor(s),
        "RECORDTYPE": always("apbillpaymentrequest"),
        "DOCUMENTNUMBER": s.code("PR-{:05}"),
        "STATE": s.choice("state", ("Submitted", "Approved", "Confirmed", "Draft")),
        "PAYMENTTYPE": s.choice("type", ("Printed Check", "EFT", "ACH", "Cash")),
        "PAYMENTDATE": day,
        "PAYMENTAMOUNT": total,
        "PAYMENTTRXAMOUNT": total,
        "FINANCIALACCOUNT": s.link("bank", "CHECKINGACCOUNT", "BANKACCOUNTID"),
        "MEMO": s.mostly_empty("memo", 4, s.choice("memo text", names.TRADES)),
        "WHENCREATED": day,
        "WHENDUE": lambda i: day(i) + 10,
        **_money(s, total),
    }


def tax_detail(s: Source) -> Generators:
    rates = (
        ("Standard", 20.0),
        ("Reduced", 5.0),
        ("Zero", 0.0),
        ("Exempt", 0.0),
        ("Federal", 5.0),
        ("Provincial", 9.975),
    )
    return {
        "DETAILID": lambda i: f"{rates[i % 6][0].upper()}-{i + 1:03}",
        "DESCRIPTION": lambda i: f"{rates[i % 6][0]} rate, {names.CITIES[i % len(names.CITIES)]}",
        "TAXTYPE": s.choice("type", ("Purchase", "Purchase", "Sale")),
        "VALUE": lambda i: rates[i % 6][1],
        "TAXRATE": lambda i: rates[i % 6][0],
        "TAXSOLUTIONID": s.choice("solution", ("United Kingdom - VAT", "Canadian Sales Tax - SYS", "Australia - GST")),
        "REVERSECHARGE": text(s.chance("reverse", 9)),
        "GLACCOUNT": s.link("account", "GLACCOUNT", "ACCOUNTNO"),
        "TAXAUTHORITY": s.choice("authority", ("HMRC", "CRA", "ATO")),
    }


def _vendor(s: Source) -> Generators:
    return {
        "VENDORID": s.link("vendor", "VENDOR", "VENDORID"),
        "VENDORNAME": s.link("vendor", "VENDOR", "NAME"),
    }


def _money(s: Source, total: Generator) -> Generators:
    return {
        "CURRENCY": s.choice("currency", _currencies(s)),
        "BASECURR": always(s.dataset.currency),
        "TOTALENTERED": total,
        "TRX_TOTALENTERED": total,
    }


def _document_day(s: Source) -> Callable[[int], int]:
    created = when_created(s)
    return lambda i: created(i) // DAY
