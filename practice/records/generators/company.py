"""Company, Cash Management and General Ledger."""

from practice.records import names
from practice.records.generators.common import recordno
from practice.records.sources import Generator, Generators, Source, Value, always, text

SPLIT = (50.0, 30.0, 20.0)


def cycle_words(words: list[str], pattern: str = "{} {}") -> Generator:
    """Return each word in order, and after the last word start over with a number appended."""

    def make(i: int) -> Value:
        word, turn = words[i % len(words)], i // len(words)
        return pattern.format(word, turn + 1) if turn else word

    return make


def department(s: Source) -> Generators:
    return {
        "DEPARTMENTID": s.code("{:03}"),
        "TITLE": cycle_words(names.DEPARTMENTS),
        "PARENTID": s.parent("DEPARTMENTID"),
        "PARENTKEY": s.parent("RECORDNO"),
        "PARENTNAME": s.parent("TITLE"),
        "SUPERVISORID": s.link("manager", "EMPLOYEE", "EMPLOYEEID", empty=3),
        "SUPERVISORKEY": s.link("manager", "EMPLOYEE", "RECORDNO", empty=3),
        "SUPERVISORNAME": s.link("manager", "EMPLOYEE", "CONTACT_NAME", empty=3),
        "CUSTTITLE": s.mostly_empty("title", 4, cycle_words(names.DEPARTMENTS)),
    }


def location(s: Source) -> Generators:
    owners = [owner.id for owner in s.dataset.owners]
    return {
        "LOCATIONID": s.code("L{:03}"),
        "NAME": cycle_words(names.CITIES),
        "PARENTID": s.parent("LOCATIONID"),
        "PARENTKEY": s.parent("RECORDNO"),
        "PARENTNAME": s.parent("NAME"),
        "ENTITY": s.choice("entity", owners) if owners else always(None),
        "CURRENCY": always(s.dataset.currency),
        "LOCATIONTYPE": always("N"),
        "SUPERVISORID": s.link("manager", "EMPLOYEE", "EMPLOYEEID", empty=2),
        "STARTDATE": s.mostly_filled("start", 5, s.day("opened")),
        "ENDDATE": s.mostly_empty("end", 12, s.day("closed", 200)),
    }


def class_(s: Source) -> Generators:
    return {
        "CLASSID": s.code("C{:02}"),
        "NAME": cycle_words(names.CLASSES),
        "DESCRIPTION": s.mostly_empty("description", 2, cycle_words(names.CLASSES, "All {} work, group {}")),
        "PARENTID": s.parent("CLASSID"),
        "PARENTKEY": s.parent("RECORDNO"),
    }


def allocation(s: Source) -> Generators:
    return {
        "ALLOCATIONID": s.code("ALLOC-{:03}"),
        "DESCRIPTION": lambda i: f"{names.DEPARTMENTS[i % len(names.DEPARTMENTS)]} split {i + 1}",
        "TYPE": s.choice("type", ("Percentage", "Percentage", "Absolute", "Fixed amount with over/under logic")),
        "DOCNUMBER": s.mostly_empty("document", 5, s.code("DOC{:04}")),
    }


def allocation_entry(s: Source) -> Generators:
    parent = s.dataset.table("ALLOCATION").original
    return {
        "ALLOCATIONID": lambda i: parent("ALLOCATIONID")(i // 3),
        "ALLOCATIONKEY": lambda i: parent("RECORDNO")(i // 3),
        "VALUETYPE": always("Percent"),
        "VALUE": lambda i: SPLIT[i % 3],
        "LINE_NO": lambda i: i % 3 + 1,
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "DEPARTMENTID": s.link("department", "DEPARTMENT", "DEPARTMENTID"),
    }


def employee(s: Source) -> Generators:
    person = s.person("name")
    return {
        "EMPLOYEEID": s.code("E{:04}"),
        "PERSONALINFO.CONTACTNAME": lambda i: f"{person(i)} ({i + 1})",
        "PERSONALINFO.PRINTAS": person,
        "PERSONALINFO.FIRSTNAME": lambda i: str(person(i)).split(" ")[0],
        "PERSONALINFO.LASTNAME": lambda i: str(person(i)).split(" ")[1],
        "PERSONALINFO.EMAIL1": s.code("employee{}@example.com"),
        "CONTACT_NAME": person,
        "TITLE": s.choice("title", names.TITLES),
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID"),
        "DEPARTMENTID": s.link("department", "DEPARTMENT", "DEPARTMENTID", empty=8),
        "SUPERVISORID": s.parent("EMPLOYEEID"),
        "SUPERVISORNAME": s.parent("CONTACT_NAME"),
        "PARENTKEY": s.parent("RECORDNO"),
        "STARTDATE": s.day("started", 2000),
        "ENDDATE": s.mostly_empty("ended", 12, s.day("left", 300)),
    }


def exchange_rate_type(s: Source) -> Generators:
    return {
        "ID": s.code("{}"),
        "NAME": cycle_words(["Corporate rate", "Month-end rate", "Budget rate", "Bank of Canada noon rate"]),
        "ISDEFAULT": lambda i: "false" if i else "true",
    }


def exchange_rate(s: Source) -> Generators:
    others = [currency for currency in names.CURRENCIES if currency != s.dataset.currency]
    return {
        "RECORDNO": rate_recordno,
        "TYPE_ID": s.link("type", "EXCHANGERATETYPES", "RECORDNO"),
        "TYPENAME": s.link("type", "EXCHANGERATETYPES", "NAME"),
        "FROM_CURRENCY": lambda i: others[i % len(others)],
        "TO_CURRENCY": always(s.dataset.currency),
    }


def exchange_rate_entry(s: Source) -> Generators:
    rate = s.amount("rate", 3)

    def value(i: int) -> float:
        return rate(i) + 0.25

    return {
        "RECORDNO": rate_recordno,
        "EXCHANGERATEKEY": lambda i: int(rate_recordno(i // 4)),
        "EFFECTIVE_START_DATE": s.day("effective"),
        "EXCHANGE_RATE": value,
        "RECIPROCAL_RATE": lambda i: round(1 / value(i), 6),
    }


def rate_recordno(i: int) -> str:
    """Return a record number that is text. All have the same width, because they are compared as text."""
    return str(1_000_000 + recordno(i))


def _bank(s: Source, prefix: str, kind: str, pattern: str) -> Generators:
    bank = s.choice("bank", ("First Harbour Bank", "Crédit Boréal", "Union & Prairie Trust", "Lakeside Savings"))
    return {
        "BANKACCOUNTID": s.code(prefix + "{:02}"),
        "BANKNAME": lambda i: pattern.format(bank(i), i + 1),
        "BANKACCOUNTTYPE": always(kind),
        "GLACCOUNTNO": s.link("account", "GLACCOUNT", "ACCOUNTNO"),
        "CURRENCY": s.choice("currency", (s.dataset.currency, s.dataset.currency, "CAD", "EUR")),
        "LOCATIONID": s.link("location", "LOCATION", "LOCATIONID", empty=3),
        "DEPARTMENTID": s.link("department", "DEPARTMENT", "DEPARTMENTID", empty=2),
    }


def checking_account(s: Source) -> Generators:
    title = s.link("account", "GLACCOUNT", "TITLE")
    return _bank(s, "CHK", "checking", "{} – Operating {}") | {"GLACCOUNTTITLE": title}


def savings_account(s: Source) -> Generators:
    key = s.link("account", "GLACCOUNT", "RECORDNO")
    return _bank(s, "SAV", "savings", "{} – Reserve {}") | {"GLACCOUNTKEY": key}


def gl_account(s: Source) -> Generators:
    groups, most = len(names.ACCOUNTS), len(str(s.size)) + 1

    def group(i: int) -> int:
        return min(i * groups // max(1, s.size), groups - 1)

    def number(i: int) -> str:
        first = -(-group(i) * s.size // groups)
        return f"{group(i) + 1}{(i - first) * 5:0{max(4, most)}}"

    def title(i: int) -> str:
        return f"{names.ACCOUNTS[group(i)][0]} – {names.CITIES[i % len(names.CITIES)]}"

    return {
        "ACCOUNTNO": number,
        "TITLE": title,
        "ACCOUNTTYPE": lambda i: names.ACCOUNTS[group(i)][1],
        "NORMALBALANCE": lambda i: names.ACCOUNTS[group(i)][2],
        "CATEGORY": lambda i: names.ACCOUNTS[group(i)][3],
        "CATEGORYKEY": text(group),
        "CLOSINGTYPE": lambda i: "closing account" if group(i) > 3 else "non-closing account",
        "ALTERNATIVEACCOUNT": always("None"),
        **{name: s.chance(name, 6) for name in ("REQUIREDEPT", "REQUIRELOC", "REQUIREPROJECT", "REQUIREVENDOR")},
        "TAXABLE": s.chance("taxable", 4),
    }
