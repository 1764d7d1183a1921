"""The functions before `query`: readByQuery, readMore, read, readByName."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from sandbox.data.definitions import Definition, Field
from sandbox.gateway import access, sql
from sandbox.gateway.calls import Call
from sandbox.gateway.fields import CODES, Readers, formatting_of, listed, shower
from sandbox.gateway.filters import Chooser, Rows
from sandbox.gateway.markup import element, text
from sandbox.gateway.query import undefined
from sandbox.gateway.refusals import bad_query, unknown_fields

MOST = 2_000
FIRST = 100  # What read gives when no key is named.
# Owned lines: the object they are, the element that holds them, the field that ties them to their header.
LINES = {
    "APBILL": ("APBILLITEM", "APBILLITEMS", "RECORDKEY"),
    "ALLOCATION": ("ALLOCATIONENTRY", "ALLOCATIONENTRIES", "ALLOCATIONKEY"),
}


@dataclass
class Result:
    """A result set on its way: it lives in its session."""

    definition: Definition
    fields: list[Field]
    rows: Rows
    size: int
    at: int = 0


def read_by_query(call: Call, node: etree._Element) -> str:
    definition = access.definition_for(call.company, _asked(node, "object"))
    access.may_read(call.company, call.user, definition, "READ_BY_QUERY")
    readers = Readers(call.books, definition)
    try:
        fields = listed(definition, _asked(node, "fields"))
    except KeyError as unknown:
        raise bad_query(f"Field {unknown.args[0]} is not found") from None
    rows = readers.table.shown(call.entity, private=False)
    condition = sql.parse(_asked(node, "query"))
    if condition:
        rows = Chooser(readers, formatting_of(call.books, definition)).choose(condition, rows)
    size = _asked(node, "pagesize") or "100"
    if not size.isdigit() or not 1 <= int(size) <= MOST:
        raise bad_query(f"Page size {size} is out of range")
    return _next_page(call, Result(definition, fields, undefined(rows, moving=False), int(size)), "")


def read_more(call: Call, node: etree._Element) -> str:
    kept: dict[str, Result] = call.session.results if call.session else {}
    wanted, name = _asked(node, "resultId"), _asked(node, "object")
    if not wanted:
        wanted = next((key for key, each in kept.items() if each.definition.object == name.upper()), "")
    if wanted not in kept:
        raise bad_query(f"Result {wanted or name} is not found")
    return _next_page(call, kept[wanted], wanted)


def _next_page(call: Call, result: Result, result_id: str) -> str:
    page = result.rows[result.at : result.at + result.size]
    result.at += len(page)
    left = len(result.rows) - result.at
    if left and not result_id:
        result_id = secrets.token_hex(16)
        if call.session:
            call.session.results[result_id] = result
    tag = result.definition.object.lower()
    records = [element(tag, *_nested(call, result.definition, result.fields, i)) for i in page]
    return element(
        "data",
        *records,
        listtype=tag,
        count=str(len(page)),
        totalcount=str(len(result.rows)),
        numremaining=str(left),
        resultId=result_id,
    )


def read(call: Call, node: etree._Element) -> str:
    return _read(call, node, "READ", by_name=False)


def read_by_name(call: Call, node: etree._Element) -> str:
    return _read(call, node, "READ_BY_NAME", by_name=True)


def _read(call: Call, node: etree._Element, operation: str, *, by_name: bool) -> str:
    wanted = _asked(node, "object")
    definition = access.definition_for(call.company, wanted, "XXX")
    access.may_read(call.company, call.user, definition, operation)
    asked = _asked(node, "fields")
    try:
        fields = listed(definition, asked)
    except KeyError:
        names = [each.strip() for each in asked.split(",")]
        raise unknown_fields([each for each in names if each not in definition.fields]) from None
    key = _name_key(definition) if by_name else definition.key
    rows = _found(call, definition, key, _asked(node, "keys"))
    whole = asked in ("", "*")
    records = [element(wanted, *_nested(call, definition, fields, i), _lines(call, definition, i, whole)) for i in rows]
    return element("data", *records, listtype=wanted, count=str(len(records)))


def _name_key(definition: Definition) -> str:
    if definition.object == "USERINFO":
        return "LOGINID"
    return CODES.get(definition.object, "NAME" if "NAME" in definition.fields else definition.key)


def _found(call: Call, definition: Definition, key: str, keys: str) -> Sequence[int]:
    table = call.books.table(definition.object)
    shown = table.shown(call.entity, private=True)
    wanted = [each.strip() for each in keys.split(",") if each.strip()]
    if not wanted:
        return undefined(shown, moving=False)[:FIRST]
    visible = set(shown)
    number = definition.fields[key].type == "INTEGER"
    places = [table.place(key, int(each) if number and each.isdigit() else each) for each in wanted]
    return [i for i in places if i is not None and i in visible]


def _lines(call: Call, definition: Definition, i: int, whole: bool) -> str:
    if not whole or definition.object not in LINES:
        return ""
    name, holder, by = LINES[definition.object]
    table, key = call.books.table(name), call.books.table(definition.object).recipe(definition.key)(i)
    fields = listed(table.definition, "*")
    rows = [row for row, header in enumerate(table.column(by)) if header == key and row not in table.dead]
    return element(holder, *(element(name, *_nested(call, table.definition, fields, row)) for row in rows))


def _nested(call: Call, definition: Definition, fields: list[Field], i: int) -> list[str]:
    """The fields of a record; dotted ones inside the element of their first part."""
    formatting, table = formatting_of(call.books, definition), call.books.table(definition.object)
    tree: dict[str, object] = {}
    for field in fields:
        *path, last = field.id.split(".")
        branch = tree
        for each in path:
            branch = _branch(branch, each)
        branch[last] = shower(field.type, formatting)(table.recipe(field.id)(i))
    return _markup(tree)


def _branch(tree: dict[str, object], name: str) -> dict[str, object]:
    found = tree.get(name)
    if not isinstance(found, dict):
        found = tree[name] = {}
    return found


def _markup(tree: dict[str, object]) -> list[str]:
    return [
        element(name, *_markup(value)) if isinstance(value, dict) else element(name, text(value))
        for name, value in tree.items()
    ]


def _asked(node: etree._Element, name: str) -> str:
    return (node.findtext(name) or "").strip()
