"""The functions before `query`: readByQuery, readMore, read, readByName."""

from collections.abc import Sequence

from lxml import etree

from sandbox.data.definitions import Definition
from sandbox.gateway import access, results, sql
from sandbox.gateway.calls import Call, Raw
from sandbox.gateway.fields import CODES, NoSuchField, Reader, Readers, formatting_of, listed, shower
from sandbox.gateway.filters import Chooser, Node, Rows
from sandbox.gateway.formats import BARE, CONTENT_TYPES, bare, renderer
from sandbox.gateway.markup import element, text
from sandbox.gateway.query import undefined
from sandbox.gateway.refusals import bad_query, expired_result, unknown_fields
from sandbox.gateway.results import Result

MOST = 2_000
FIRST = 100  # What read gives when no key is named.
# Owned lines: the object they are, the element that holds them, the field that ties them to their header.
LINES = {
    "APBILL": ("APBILLITEM", "APBILLITEMS", "RECORDKEY"),
    "ALLOCATION": ("ALLOCATIONENTRY", "ALLOCATIONENTRIES", "ALLOCATIONKEY"),
}


def read_by_query(call: Call, node: etree._Element) -> str | Raw:
    definition = access.definition_for(call.company, _asked(node, "object"))
    access.may_read(call.company, call.user, definition, "READ_BY_QUERY")
    readers = Readers(call.books, definition)
    try:
        fields = listed(definition, _asked(node, "fields"))
    except KeyError as unknown:
        raise bad_query(f"Field {unknown.args[0]} is not found") from None
    rows = access.visible(call.user, readers.table, readers.table.shown(call.entity, private=False))
    condition = sql.parse(_asked(node, "query"))
    if condition:
        rows = _choose(call, readers, condition, rows)
    size = _asked(node, "pagesize") or "100"
    if not size.isdigit() or not 1 <= int(size) <= MOST:
        raise bad_query(f"Page size {size} is out of range")
    result = Result(
        call.company.id,
        call.user.user_id,
        definition,
        [readers.own(field) for field in fields],
        undefined(rows, moving=False),
        int(size),
        _returned(node),
    )
    return _next_page(call, result)


def _choose(call: Call, readers: Readers, condition: Node, rows: Rows) -> Rows:
    try:
        return Chooser(readers, formatting_of(call.books, readers.definition)).choose(condition, rows)
    except NoSuchField as unknown:
        raise bad_query(f"Field {unknown.path} is not found") from None


def read_more(call: Call, node: etree._Element) -> str | Raw:
    result_id, name = _asked(node, "resultId"), _asked(node, "object")
    company, user = call.company.id, call.user.user_id
    result = results.find(company, result_id) if result_id else results.latest(company, user, name.upper())
    if result is None:
        raise expired_result(result_id or name)
    return _next_page(call, result)


def _next_page(call: Call, result: Result) -> str | Raw:
    page = result.next_page()
    if result.left and not result.id:
        results.keep(result)
    if result.returned in BARE:
        return _bare(call, result.definition, result.returned, result.fields, page)
    tag = result.definition.object.lower()
    records = [element(tag, *_nested(call, result.definition, result.fields, i)) for i in page]
    return element(
        "data",
        *records,
        listtype=tag,
        count=str(len(page)),
        totalcount=str(len(result.rows)),
        numremaining=str(result.left),
        resultId=result.id,
    )


def _bare(call: Call, definition: Definition, returned: str, fields: list[Reader], rows: Sequence[int]) -> Raw:
    """Nothing at all where there are no records: an older client of Sage's own asks whether the body is empty."""
    if not rows:
        return Raw(b"", CONTENT_TYPES[returned])
    records = renderer(returned, fields, formatting_of(call.books, definition))(rows)
    return bare(returned, fields, records)


def _returned(node: etree._Element) -> str:
    return _asked(node, "returnFormat").lower() or "xml"


def read(call: Call, node: etree._Element) -> str | Raw:
    return _read(call, node, "READ", by_name=False)


def read_by_name(call: Call, node: etree._Element) -> str | Raw:
    return _read(call, node, "READ_BY_NAME", by_name=True)


def _read(call: Call, node: etree._Element, operation: str, *, by_name: bool) -> str | Raw:
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
    readers = Readers(call.books, definition)
    columns = [readers.own(field) for field in fields]
    if _returned(node) in BARE:
        return _bare(call, definition, _returned(node), columns, rows)
    whole = asked in ("", "*")
    records = [
        element(wanted, *_nested(call, definition, columns, i), _lines(call, definition, i, whole)) for i in rows
    ]
    return element("data", *records, listtype=wanted, count=str(len(records)))


def _name_key(definition: Definition) -> str:
    if definition.object == "USERINFO":
        return "LOGINID"
    return CODES.get(definition.object, "NAME" if "NAME" in definition.fields else definition.key)


def _found(call: Call, definition: Definition, key: str, keys: str) -> Sequence[int]:
    table = call.books.table(definition.object)
    shown = access.visible(call.user, table, table.shown(call.entity, private=True))
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
    readers = Readers(call.books, table.definition)
    fields = [readers.own(field) for field in listed(table.definition, "*")]
    rows = [row for row, header in enumerate(table.column(by)) if header == key and row not in table.dead]
    return element(holder, *(element(name, *_nested(call, table.definition, fields, row)) for row in rows))


def _nested(call: Call, definition: Definition, fields: list[Reader], i: int) -> list[str]:
    """The fields of a record; dotted ones inside the element of their first part."""
    formatting = formatting_of(call.books, definition)
    tree: dict[str, object] = {}
    for field in fields:
        *path, last = field.path.split(".")
        branch = tree
        for each in path:
            branch = _branch(branch, each)
        branch[last] = shower(field.type, formatting)(field.value(i))
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
