"""The functions older than `query`: readByQuery, readMore, read, readByName."""

from collections.abc import Sequence

from lxml import etree

from practice.gateway import access, results, sql
from practice.gateway.calls import Call, Raw
from practice.gateway.fields import CODES, NoSuchField, Reader, Readers, formatting_of, listed_fields, value_formatter
from practice.gateway.filters import Chooser, Node, Rows
from practice.gateway.formats import BARE, CONTENT_TYPES, bare, renderer
from practice.gateway.query import undefined_order
from practice.gateway.refusals import bad_query, expired_result, unknown_fields
from practice.gateway.results import Result
from practice.gateway.xml import element, text
from practice.records.field_definitions import Definition

MOST = 2_000
# The field whose values readByName finds, if it is neither a code of relations nor NAME. For bills it is a guess.
NAME_KEYS = {"APBILL": "RECORDID", "USERINFO": "LOGINID"}
FIRST = 100  # Records that read returns without a key.
# Owned lines: their object, the element around them, the field with the key of their header.
LINES = {
    "APBILL": ("APBILLITEM", "APBILLITEMS", "RECORDKEY"),
    "ALLOCATION": ("ALLOCATIONENTRY", "ALLOCATIONENTRIES", "ALLOCATIONKEY"),
}


def read_by_query(call: Call, node: etree._Element) -> str | Raw:
    definition = access.definition_for(call.company, _text(node, "object"))
    access.check_may_read(call.company, call.user, definition, "READ_BY_QUERY")
    readers = Readers(call.dataset, definition)
    try:
        fields = listed_fields(definition, _text(node, "fields"))
    except KeyError as unknown:
        raise bad_query(f"Field {unknown.args[0]} is not found") from None
    rows = access.visible_rows(call.user, readers.table, readers.table.visible_rows(call.entity, private=False))
    condition = sql.parse(_text(node, "query"))
    if condition:
        rows = _choose(call, readers, condition, rows)
    size = _text(node, "pagesize") or "100"
    if not size.isdigit() or not 1 <= int(size) <= MOST:
        raise bad_query(f"Page size {size} is out of range")
    result = Result(
        call.company.id,
        call.user.user_id,
        definition,
        [readers.own(field) for field in fields],
        undefined_order(rows, moving=False),
        int(size),
        _return_format(node),
    )
    return _next_page(call, result)


def _choose(call: Call, readers: Readers, condition: Node, rows: Rows) -> Rows:
    try:
        return Chooser(readers, formatting_of(call.dataset, readers.definition)).choose(condition, rows)
    except NoSuchField as unknown:
        raise bad_query(f"Field {unknown.path} is not found") from None


def read_more(call: Call, node: etree._Element) -> str | Raw:
    result_id, name = _text(node, "resultId"), _text(node, "object")
    company, user = call.company.id, call.user.user_id
    result = results.find(company, result_id) if result_id else results.latest(company, user, name.upper())
    if result is None:
        raise expired_result(result_id or name)
    return _next_page(call, result)


def _next_page(call: Call, result: Result) -> str | Raw:
    page = result.next_page()
    if result.remaining_count and not result.id:
        results.store_result(result)
    if result.returned in BARE:
        return _bare(call, result.definition, result.returned, result.fields, page)
    tag = result.definition.object.lower()
    records = [element(tag, *_nest_fields(call, result.definition, result.fields, i)) for i in page]
    return element(
        "data",
        *records,
        listtype=tag,
        count=str(len(page)),
        totalcount=str(len(result.rows)),
        numremaining=str(result.remaining_count),
        resultId=result.id,
    )


def _bare(call: Call, definition: Definition, returned: str, fields: list[Reader], rows: Sequence[int]) -> Raw:
    """Return bare records. The body is empty without records: an older client of Sage's own checks for this."""
    if not rows:
        return Raw(b"", CONTENT_TYPES[returned])
    records = renderer(returned, fields, formatting_of(call.dataset, definition))(rows)
    return bare(returned, fields, records)


def _return_format(node: etree._Element) -> str:
    return _text(node, "returnFormat").lower() or "xml"


def read(call: Call, node: etree._Element) -> str | Raw:
    return _read(call, node, "READ", by_name=False)


def read_by_name(call: Call, node: etree._Element) -> str | Raw:
    return _read(call, node, "READ_BY_NAME", by_name=True)


def _read(call: Call, node: etree._Element, operation: str, *, by_name: bool) -> str | Raw:
    wanted = _text(node, "object")
    definition = access.definition_for(call.company, wanted, "XXX")
    access.check_may_read(call.company, call.user, definition, operation)
    requested = _text(node, "fields")
    try:
        fields = listed_fields(definition, requested)
    except KeyError:
        names = [name.strip() for name in requested.split(",")]
        raise unknown_fields([name for name in names if name not in definition.fields]) from None
    key = _name_key(definition) if by_name else definition.key
    rows = _find_rows(call, definition, key, _text(node, "keys"))
    readers = Readers(call.dataset, definition)
    columns = [readers.own(field) for field in fields]
    if _return_format(node) in BARE:
        return _bare(call, definition, _return_format(node), columns, rows)
    whole = requested in ("", "*")
    records = [
        element(wanted, *_nest_fields(call, definition, columns, i), _lines(call, definition, i, whole)) for i in rows
    ]
    return element("data", *records, listtype=wanted, count=str(len(records)))


def _name_key(definition: Definition) -> str:
    names = CODES | NAME_KEYS
    return names.get(definition.object, "NAME" if "NAME" in definition.fields else definition.key)


def _find_rows(call: Call, definition: Definition, key: str, keys: str) -> Sequence[int]:
    table = call.dataset.table(definition.object)
    shown = access.visible_rows(call.user, table, table.visible_rows(call.entity, private=True))
    wanted = [part.strip() for part in keys.split(",") if part.strip()]
    if not wanted:
        return undefined_order(shown, moving=False)[:FIRST]
    visible = set(shown)
    number = definition.fields[key].type == "INTEGER"
    places = [
        table.find(key, int(wanted_key) if number and wanted_key.isdigit() else wanted_key) for wanted_key in wanted
    ]
    return [i for i in places if i is not None and i in visible]


def _lines(call: Call, definition: Definition, i: int, whole: bool) -> str:
    if not whole or definition.object not in LINES:
        return ""
    name, holder, by = LINES[definition.object]
    table, key = call.dataset.table(name), call.dataset.table(definition.object).generator(definition.key)(i)
    readers = Readers(call.dataset, table.definition)
    fields = [readers.own(field) for field in listed_fields(table.definition, "*")]
    rows = [row for row, header in enumerate(table.column(by)) if header == key and row not in table.deleted]
    return element(holder, *(element(name, *_nest_fields(call, table.definition, fields, row)) for row in rows))


def _nest_fields(call: Call, definition: Definition, fields: list[Reader], i: int) -> list[str]:
    """Return the fields of a record. Dotted fields are inside the element of their first part."""
    formatting = formatting_of(call.dataset, definition)
    tree: dict[str, object] = {}
    for field in fields:
        *path, last = field.path.split(".")
        branch = tree
        for name in path:
            branch = _branch(branch, name)
        branch[last] = value_formatter(field.type, formatting)(field.value(i))
    return _markup(tree)


def _branch(tree: dict[str, object], name: str) -> dict[str, object]:
    subtree = tree.get(name)
    if not isinstance(subtree, dict):
        subtree = tree[name] = {}
    return subtree


def _markup(tree: dict[str, object]) -> list[str]:
    return [
        element(name, *_markup(value)) if isinstance(value, dict) else element(name, text(value))
        for name, value in tree.items()
    ]


def _text(node: etree._Element, name: str) -> str:
    return (node.findtext(name) or "").strip()
