"""Reading a field of an object by its path: its own, or over relations (VENDOR.TERM.NAME)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.company import Formatting
from sandbox.data import times
from sandbox.data.books import Books
from sandbox.data.definitions import DEFINITIONS, Definition, Field, Relation
from sandbox.data.source import Recipe, Value
from sandbox.data.table import Table

# Listed by lookup, and yet refused by query: seen by a client in use (Estuary). Companies have their own besides, see
# Behaviour.unqueryable_fields.
NOT_QUERYABLE = {
    "PROJECT": {
        *("CFDA", "FUNDEDNAME", "AGENCY", "PAYER", "FUNDINGOTHERID", "ASSISTANCETYPE", "REVRESTRICTION"),
        *("RESTRICTIONEXPIRY", "RESTRICTIONEXPIRATIONDATE", "TIMESATISFACTIONSCHEDULED"),
    }
}
# Business keys that relations go by; everything else is gone by the record number.
CODES = {
    "APTERM": "NAME",
    "CLASS": "CLASSID",
    "CONTRACT": "CONTRACTID",
    "COSTTYPE": "COSTTYPEID",
    "CUSTOMER": "CUSTOMERID",
    "DEPARTMENT": "DEPARTMENTID",
    "EMPLOYEE": "EMPLOYEEID",
    "GLACCOUNT": "ACCOUNTNO",
    "ITEM": "ITEMID",
    "LOCATION": "LOCATIONID",
    "LOCATIONENTITY": "LOCATIONID",
    "PROJECT": "PROJECTID",
    "STANDARDCOSTTYPE": "STANDARDCOSTTYPEID",
    "STANDARDTASK": "STANDARDTASKID",
    "TASK": "TASKID",
    "USERINFO": "RECORDNO",
    "VENDOR": "VENDORID",
    "WAREHOUSE": "WAREHOUSEID",
}


class NoSuchField(Exception):
    """The path leads to no field, or to one that may not be asked for."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass
class Reader:
    path: str
    type: str
    value: Recipe
    column: Callable[[], Sequence[Value]] = field(repr=False)


class Readers:
    """The readers of one object."""

    def __init__(self, books: Books, definition: Definition) -> None:
        self.books = books
        self.definition = definition
        self.table = books.table(definition.object)

    def reader(self, path: str) -> Reader:
        """Raises NoSuchField for a field that is not there or may not be asked for."""
        own = self.definition.fields.get(path)
        if own is None:
            return self._related(path)
        if "#" in path or path in self._unqueryable():
            raise NoSuchField(path)
        return self.own(own)

    def _unqueryable(self) -> set[str]:
        name = self.definition.object
        company = self.books.company.behaviour.unqueryable_fields.get(name, "")
        return {*NOT_QUERYABLE.get(name, ()), *company.split()}

    def own(self, own: Field) -> Reader:
        return Reader(own.id, own.type, self.table.recipe(own.id), lambda: self.table.column(own.id))

    def _related(self, path: str) -> Reader:
        hops, recipe, table, found = path.split("."), None, self.table, self.definition
        if hops.count("PARENT") > 1:
            raise NoSuchField(path)
        while len(hops) > 1 and ".".join(hops) not in found.fields:
            relation = found.relations.get(hops[0])
            contact = _own_contact(found, relation, hops)
            if contact:
                hops = [contact]
                break
            if relation is None or target(relation) not in DEFINITIONS:
                raise NoSuchField(path)
            following = self.books.table(target(relation))
            recipe = _over(recipe, table, relation, following)
            table, found, hops = following, following.definition, hops[1:]
        last = ".".join(hops)
        if last not in found.fields:
            raise NoSuchField(path)
        place, end = recipe, table.recipe(last)

        def value(i: int) -> Value:
            at = i if place is None else place(i)
            return None if at is None else end(at)

        return Reader(path, found.fields[last].type, value, lambda: [value(i) for i in range(self.table.count)])


def _own_contact(definition: Definition, relation: Relation | None, hops: list[str]) -> str:
    """The field that holds what a path over a contact leads to: contacts have no table of their own here.

    PAYTOCONTACT goes by PAYTO.CONTACTNAME, so PAYTOCONTACT.EMAIL1 is PAYTO.EMAIL1.
    """
    if relation is None or relation.object != "CONTACT" or not relation.by.endswith(".CONTACTNAME"):
        return ""
    own = ".".join((relation.by.removesuffix(".CONTACTNAME"), *hops[1:]))
    return own if own in definition.fields else ""


def target(relation: Relation) -> str:
    """Entities are locations to relations."""
    return "LOCATIONENTITY" if relation.by == "MEGAENTITYID" else relation.object


Place = Callable[[int], "int | None"]


def _over(before: Place | None, table: Table, relation: Relation, following: Table) -> Place:
    """From a record's number to that of the record it points to."""
    by = "PARENTID" if relation.path == "PARENT" and "PARENTID" in table.definition.fields else relation.by
    key = "RECORDNO" if by.endswith(("KEY", "BY")) else CODES.get(following.definition.object, "RECORDNO")
    pointer = table.recipe(by)

    def place(i: int) -> int | None:
        at = i if before is None else before(i)
        value = None if at is None else pointer(at)
        return None if value is None else following.place(key, value)

    return place


def shower(kind: str, formatting: Formatting) -> Callable[[Value], str]:
    """How a value of this type is written."""
    if kind == "TIMESTAMP":
        return lambda value: "" if value is None else times.moment_text(int(value), formatting)
    if kind == "DATE":
        return lambda value: "" if value is None else times.day_text(int(value), formatting)
    if kind in ("DECIMAL", "CURRENCY", "PERCENT"):
        return lambda value: "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
    return lambda value: "" if value is None else str(value)


def formatting_of(books: Books, definition: Definition) -> Formatting:
    """The audit trail tells its times in GMT whatever the user's zone."""
    own = books.company.formatting
    if definition.object == "AUDITHISTORY":
        return Formatting(own.locale, own.dateformat, 0, own.clock)
    return own


def listed(definition: Definition, fields: str) -> list[Field]:
    """The fields of read and its kin: "*", or names between commas. Unknown ones raise KeyError."""
    if fields.strip() in ("", "*"):
        return [each for each in definition.fields.values() if "#" not in each.id]
    return [definition.fields[each.strip()] for each in fields.split(",") if each.strip()]
