"""The `query` function."""

from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from practice.company import Formatting
from practice.gateway import access
from practice.gateway.calls import Call, Raw
from practice.gateway.fields import NoSuchField, Reader, Readers, formatting_of, value_formatter
from practice.gateway.filters import Chooser, Rows, from_xml
from practice.gateway.formats import BARE, Render, bare, column_texts, renderer
from practice.gateway.refusals import bad_query, unqueryable
from practice.gateway.xml import element, opening, text
from practice.records import damage, times
from practice.records.sources import Value

CHUNK = 50
LATE_SECONDS = 120
STAMPS = ("WHENMODIFIED", "AUWHENCREATED", "updatedAt")
AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
}


def query(call: Call, node: etree._Element) -> bytes | Raw:
    wanted = (node.findtext("object") or "").strip()
    definition = access.definition_for(call.company, wanted)
    access.check_may_read(call.company, call.user, definition, "QUERY")
    readers = Readers(call.dataset, definition)
    formatting = formatting_of(call.dataset, definition)
    select = [(str(child.tag), (child.text or "").strip()) for child in node.iterfind("select/*")]
    _may_query(call, node, wanted, readers, [path for _, path in select])
    columns = [(kind, readers.reader(path)) for kind, path in select]
    rows = _choose_rows(call, node, readers, formatting)
    if any(kind != "field" for kind, _ in columns):
        return _aggregate_rows(wanted, columns, rows, formatting, call.company.behavior.aggregate_tags == "FIELD")
    return _page(call, node, wanted, readers, [reader for _, reader in columns], rows, formatting)


def _may_query(call: Call, node: etree._Element, wanted: str, readers: Readers, selected: list[str]) -> None:
    """Raise the refusal that lists every field which cannot be queried.

    It is recorded for selected fields. That fields of the filter and the order are refused the same way is a guess.
    """
    others = (field.text or "" for part in ("filter", "orderby") for field in node.iterfind(f"{part}//field"))
    refused = []
    for path in dict.fromkeys([*selected, *map(str.strip, others)]):
        try:
            readers.reader(path)
        except NoSuchField:
            refused.append(path)
    if refused:
        lower = call.company.behavior.unqueryable_spelling == "lower-case"
        raise unqueryable(wanted.lower() if lower else wanted, refused)


def _choose_rows(call: Call, node: etree._Element, readers: Readers, formatting: Formatting) -> Rows:
    options = node.find("options")
    shown = readers.table.visible_rows(call.entity, _is_true(options, "showprivate"))
    rows = access.visible_rows(call.user, readers.table, shown)
    if "late-rows" in call.fault_names:
        rows = _without_latest(readers, rows)
    filter_node = node.find("filter")
    if filter_node is None:
        return rows
    chooser = Chooser(readers, formatting, ignore_case=_is_true(options, "caseinsensitive"))
    return chooser.choose(from_xml(filter_node[0]), rows)


def _without_latest(readers: Readers, rows: Rows) -> Rows:
    """Return the records without those that were created or changed in the last two minutes."""
    names = [stamp for stamp in STAMPS if stamp in readers.definition.fields]
    columns: list[Sequence[Any]] = [readers.table.column(name) for name in names]
    after = times.now() - LATE_SECONDS
    return [i for i in rows if all((column[i] or 0) <= after for column in columns)]


def _is_true(options: etree._Element | None, name: str) -> bool:
    return options is not None and (options.findtext(name) or "").strip() in ("true", "1")


def _page(
    call: Call,
    node: etree._Element,
    wanted: str,
    readers: Readers,
    columns: list[Reader],
    rows: Rows,
    formatting: Formatting,
) -> bytes | Raw:
    size, offset = int(node.findtext("pagesize") or 100), int(node.findtext("offset") or 0)
    total = len(rows)
    page = _sort_rows(call, node.find("orderby"), readers, rows)[offset : offset + size]
    returned = (node.findtext("options/returnformat") or "xml").strip()
    table, how = readers.table, (wanted, tuple(column.path for column in columns), repr(formatting))
    if returned in BARE:
        records = table.render_rows(page, (*how, returned), renderer(returned, columns, formatting))
        return bare(returned, columns, records)
    records = table.render_rows(page, how, _xml(wanted, columns, formatting))
    if table.damaged:
        records = [damage.damaged_bytes(table, i, record) for i, record in zip(page, records, strict=True)]
    return data(wanted, records, total=total, offset=offset)


def data(wanted: str, records: list[bytes], *, total: int, offset: int) -> bytes:
    begin = opening(
        "data",
        listtype=wanted,
        totalcount=str(total),
        offset=str(offset),
        count=str(len(records)),
        numremaining=str(max(0, total - offset - len(records))),
    )
    return b"".join([begin.encode(), *records, b"</data>"])


# Order


def _sort_rows(call: Call, orderby: etree._Element | None, readers: Readers, rows: Rows) -> Rows:
    if orderby is None:
        return undefined_order(rows, "undefined-order" in call.fault_names)
    # Sort by the last key first: Python's sort is stable, so earlier keys take precedence.
    for order in reversed(orderby.findall("order")):
        reader, down = readers.reader((order.findtext("field") or "").strip()), order.find("descending") is not None
        if reader.path == readers.definition.key and len(orderby) == 1 and readers.table.is_ordered:
            return rows[::-1] if down else rows
        column = reader.column()
        rows = sorted(rows, key=lambda i: _sortable(column[i]), reverse=down)
    return rows


def _sortable(value: Value) -> tuple[bool, Any]:
    """Return a sort key that puts empty values after all others."""
    return value is None, value if value is not None else 0


class Undefined(Sequence[int]):
    """The records in an arbitrary order: not by key, but stable as long as nothing changes.

    Only the requested pages are computed.
    """

    def __init__(self, rows: Rows, shift: int) -> None:
        self.rows = rows
        self.shift = shift

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(len(self)))]
        position = (at + self.shift) % len(self.rows)
        first = position - position % CHUNK
        return self.rows[first + min(first + CHUNK, len(self.rows)) - 1 - position]


_requests = 0


def undefined_order(rows: Rows, moving: bool) -> Rows:
    """Return the records in an arbitrary order. `moving`: a different order for each request."""
    global _requests
    _requests += 1
    return Undefined(rows, len(rows) // 3 + (7 * _requests if moving else 0)) if rows else rows


# Writing


def _xml(wanted: str, columns: list[Reader], formatting: Formatting) -> Render:
    wanted, *paths = (name.replace("%", "%%") for name in (wanted, *(column.path for column in columns)))
    row = "".join(f"<{path}>%s</{path}>" for path in paths)
    pattern = f"<{wanted}>{row}</{wanted}>"

    def render(rows: Sequence[int]) -> list[bytes]:
        escaped = map(_escape, column_texts(columns, formatting, rows))
        return [(pattern % values).encode() for values in zip(*escaped, strict=True)]

    return render


def _escape(column: list[str]) -> list[str]:
    """Escape the texts of a column. Most need no escaping: one search in the joined text is faster than many."""
    whole = "".join(column)
    return [text(value) for value in column] if any(character in whole for character in "&<>") else column


# Aggregates


def _aggregate_rows(
    wanted: str, columns: list[tuple[str, Reader]], rows: Rows, formatting: Formatting, bare: bool
) -> bytes:
    """Return one record for each group of equal plain fields, or a single one. `bare`: the tag of SUM.X is X."""
    grouping = [reader for kind, reader in columns if kind == "field"]
    groups: dict[tuple[Value, ...], list[int]] = {} if grouping else {(): [*rows]}
    for i in rows if grouping else ():
        groups.setdefault(tuple(reader.value(i) for reader in grouping), []).append(i)
    records = [
        element(wanted, *(_aggregate(*column, rows, formatting, bare) for column in columns)).encode()
        for rows in groups.values()
    ]
    return data(wanted, records, total=len(records), offset=0)


def _aggregate(kind: str, reader: Reader, rows: list[int], formatting: Formatting, bare: bool) -> str:
    show = value_formatter(reader.type, formatting)
    if kind == "field":
        return element(reader.path, text(show(reader.value(rows[0]))))
    values: list[Any] = [value for value in map(reader.value, rows) if value is not None]
    if kind == "count":
        return element(f"COUNT.{reader.path}", str(len(values)))
    name = reader.path if bare else f"{kind.upper()}.{reader.path}"
    if kind in ("sum", "avg") and any(isinstance(value, str) for value in values):
        raise bad_query(f"Field {reader.path} is not a number")
    if not values:
        return element(name)
    return element(name, text(show(AGGREGATES[kind](values))))
