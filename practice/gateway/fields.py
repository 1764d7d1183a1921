"""Reading a field of an object by its path: an own field, or one reached by relations (VENDOR.TERM.NAME)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from practice.company import Formatting
from practice.records import times
from practice.records.dataset import Dataset
from practice.records.field_definitions import DEFINITIONS, Definition, Field, Relation
from practice.records.sources import Generator, Value
from practice.records.table import Table

# Fields that lookup lists but query refuses, as reported by a client in use (Estuary). A company can have more, see
# Behavior.unqueryable_fields.
NOT_QUERYABLE = {
    "PROJECT": {
        *("CFDA", "FUNDEDNAME", "AGENCY", "PAYER", "FUNDINGOTHERID", "ASSISTANCETYPE", "REVRESTRICTION"),
        *("RESTRICTIONEXPIRY", "RESTRICTIONEXPIRATIONDATE", "TIMESATISFACTIONSCHEDULED"),
    }
}
# Business keys that relations use. All other relations use the record number.
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
    """The path leads to no field, or to a field that cannot be queried."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass
class Reader:
    path: str
    type: str
    value: Generator
    column: Callable[[], Sequence[Value]] = field(repr=False)


class Readers:
    """The readers of one object."""

    def __init__(self, dataset: Dataset, definition: Definition) -> None:
        self.dataset = dataset
        self.definition = definition
        self.table = dataset.table(definition.object)

    def reader(self, path: str) -> Reader:
        """Return the reader of a path. Raise NoSuchField if there is no such field or it cannot be queried."""
        own = self.definition.fields.get(path)
        if own is None:
            return self._related_reader(path)
        if "#" in path or path in self._unqueryable():
            raise NoSuchField(path)
        return self.own(own)

    def _unqueryable(self) -> set[str]:
        name = self.definition.object
        company = self.dataset.company.behavior.unqueryable_fields.get(name, "")
        return {*NOT_QUERYABLE.get(name, ()), *company.split()}

    def own(self, own: Field) -> Reader:
        names = self.dataset.company.behavior.state_names
        value = self.table.generator(own.id)
        if own.id == "STATE" and names:
            return Reader(
                own.id, own.type, lambda i: names.get(str(value(i)), value(i)), lambda: self.table.column(own.id)
            )
        return Reader(own.id, own.type, value, lambda: self.table.column(own.id))

    def _related_reader(self, path: str) -> Reader:
        parts, link, table, definition = path.split("."), None, self.table, self.definition
        if parts.count("PARENT") > 1:
            raise NoSuchField(path)
        while len(parts) > 1 and ".".join(parts) not in definition.fields:
            relation = definition.relations.get(parts[0])
            contact = _own_contact(definition, relation, parts)
            if contact:
                parts = [contact]
                break
            if relation is None or target(relation) not in DEFINITIONS:
                raise NoSuchField(path)
            following = self.dataset.table(target(relation))
            link = _link_through(link, table, relation, following)
            table, definition, parts = following, following.definition, parts[1:]
        last = ".".join(parts)
        if last not in definition.fields:
            raise NoSuchField(path)
        end = table.generator(last)

        def value(i: int) -> Value:
            at = i if link is None else link(i)
            return None if at is None else end(at)

        return Reader(path, definition.fields[last].type, value, lambda: [value(i) for i in range(self.table.count)])


def _own_contact(definition: Definition, relation: Relation | None, parts: list[str]) -> str:
    """Return the object's own field for a path through a contact, because contacts have no table here.

    The relation PAYTOCONTACT uses PAYTO.CONTACTNAME, so PAYTOCONTACT.EMAIL1 is PAYTO.EMAIL1.
    """
    if relation is None or relation.object != "CONTACT" or not relation.by.endswith(".CONTACTNAME"):
        return ""
    own = ".".join((relation.by.removesuffix(".CONTACTNAME"), *parts[1:]))
    return own if own in definition.fields else ""


def target(relation: Relation) -> str:
    """Return the target object of a relation. Relations treat entities as locations."""
    return "LOCATIONENTITY" if relation.by == "MEGAENTITYID" else relation.object


Link = Callable[[int], "int | None"]
"""Returns the number of the linked record, or None."""


def _link_through(before: Link | None, table: Table, relation: Relation, following: Table) -> Link:
    """Return a function from a record's number to the number of the record it links to."""
    by = "PARENTID" if relation.path == "PARENT" and "PARENTID" in table.definition.fields else relation.by
    key = "RECORDNO" if by.endswith(("KEY", "BY")) else CODES.get(following.definition.object, "RECORDNO")
    pointer = table.generator(by)

    def link(i: int) -> int | None:
        at = i if before is None else before(i)
        value = None if at is None else pointer(at)
        return None if value is None else following.find(key, value)

    return link


def value_formatter(kind: str, formatting: Formatting) -> Callable[[Value], str]:
    """Return the function that formats a value of this type."""
    if kind == "TIMESTAMP":
        return lambda value: "" if value is None else times.moment_text(int(value), formatting)
    if kind == "DATE":
        return lambda value: "" if value is None else times.day_text(int(value), formatting)
    if kind in ("DECIMAL", "CURRENCY", "PERCENT"):
        return lambda value: "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
    return lambda value: "" if value is None else str(value)


def formatting_of(dataset: Dataset, definition: Definition) -> Formatting:
    """Return the format of an object. The audit trail has its times in GMT, in every user's time zone."""
    own = dataset.company.formatting
    if definition.object == "AUDITHISTORY":
        return Formatting(own.locale, own.dateformat, 0, own.clock)
    return own


def listed_fields(definition: Definition, fields: str) -> list[Field]:
    """Return the fields that read and similar functions list: "*", or names with commas. Raise KeyError if unknown."""
    if fields.strip() in ("", "*"):
        return [field for field in definition.fields.values() if "#" not in field.id]
    return [definition.fields[name.strip()] for name in fields.split(",") if name.strip()]
