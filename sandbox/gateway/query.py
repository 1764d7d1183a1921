"""The `query` function."""

from collections.abc import Callable, Sequence
from typing import Any

from lxml import etree

from sandbox.company import Formatting
from sandbox.data import damage, times
from sandbox.data.source import Value
from sandbox.gateway import access
from sandbox.gateway.calls import Call, Raw
from sandbox.gateway.fields import NoSuchField, Reader, Readers, formatting_of, shower
from sandbox.gateway.filters import Chooser, Rows, from_xml
from sandbox.gateway.formats import BARE, Render, bare, columns_shown, renderer
from sandbox.gateway.markup import element, opening, text
from sandbox.gateway.refusals import bad_query, unqueryable

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
    access.may_read(call.company, call.user, definition, "QUERY")
    readers = Readers(call.books, definition)
    formatting = formatting_of(call.books, definition)
    select = [(str(each.tag), (each.text or "").strip()) for each in node.iterfind("select/*")]
    _may_query(call, node, wanted, readers, [path for _, path in select])
    columns = [(kind, readers.reader(path)) for kind, path in select]
    rows = _chosen(call, node, readers, formatting)
    if any(kind != "field" for kind, _ in columns):
        return _aggregated(wanted, columns, rows, formatting, call.company.behaviour.aggregate_tags == "FIELD")
    return _page(call, node, wanted, readers, [reader for _, reader in columns], rows, formatting)


def _may_query(call: Call, node: etree._Element, wanted: str, readers: Readers, selected: list[str]) -> None:
    """Raises the refusal that names every field which cannot be queried.

    Recorded for selected fields. That those of the filter and the order are refused alike is a guess.
    """
    others = (each.text or "" for part in ("filter", "orderby") for each in node.iterfind(f"{part}//field"))
    refused = []
    for path in dict.fromkeys([*selected, *map(str.strip, others)]):
        try:
            readers.reader(path)
        except NoSuchField:
            refused.append(path)
    if refused:
        lower = call.company.behaviour.unqueryable_told == "lower-case"
        raise unqueryable(wanted.lower() if lower else wanted, refused)


def _chosen(call: Call, node: etree._Element, readers: Readers, formatting: Formatting) -> Rows:
    options = node.find("options")
    shown = readers.table.shown(call.entity, _true(options, "showprivate"))
    rows = access.visible(call.user, readers.table, shown)
    if "late-rows" in call.weather:
        rows = _without_latest(readers, rows)
    found = node.find("filter")
    if found is None:
        return rows
    chooser = Chooser(readers, formatting, ignore_case=_true(options, "caseinsensitive"))
    return chooser.choose(from_xml(found[0]), rows)


def _without_latest(readers: Readers, rows: Rows) -> Rows:
    """What was made or changed in the last two minutes is not to be seen yet."""
    names = [each for each in STAMPS if each in readers.definition.fields]
    columns: list[Sequence[Any]] = [readers.table.column(each) for each in names]
    after = times.now() - LATE_SECONDS
    return [i for i in rows if all((column[i] or 0) <= after for column in columns)]


def _true(options: etree._Element | None, name: str) -> bool:
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
    page = _ordered(call, node.find("orderby"), readers, rows)[offset : offset + size]
    returned = (node.findtext("options/returnformat") or "xml").strip()
    table, how = readers.table, (wanted, tuple(each.path for each in columns), repr(formatting))
    if returned in BARE:
        records = table.rendered(page, (*how, returned), renderer(returned, columns, formatting))
        return bare(returned, columns, records)
    records = table.rendered(page, how, _xml(wanted, columns, formatting))
    if table.damaged:
        records = [damage.spoil(table, i, record) for i, record in zip(page, records, strict=True)]
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


def _ordered(call: Call, orderby: etree._Element | None, readers: Readers, rows: Rows) -> Rows:
    if orderby is None:
        return undefined(rows, "undefined-order" in call.weather)
    # The last key first: sorting keeps the order of equals.
    for order in reversed(orderby.findall("order")):
        reader, down = readers.reader((order.findtext("field") or "").strip()), order.find("descending") is not None
        if reader.path == readers.definition.key and len(orderby) == 1 and readers.table.is_ordered:
            return rows[::-1] if down else rows
        column = reader.column()
        rows = sorted(rows, key=lambda i: _sortable(column[i]), reverse=down)
    return rows


def _sortable(value: Value) -> tuple[bool, Any]:
    """Empty ones after all others."""
    return value is None, value if value is not None else 0


class Undefined(Sequence[int]):
    """The records in an order nobody promised: not by key, the same each time as long as nothing changes.

    Only the pages asked for are worked out.
    """

    def __init__(self, rows: Rows, turn: int) -> None:
        self.rows = rows
        self.turn = turn

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        place = (at + self.turn) % len(self.rows)
        first = place - place % CHUNK
        return self.rows[first + min(first + CHUNK, len(self.rows)) - 1 - place]


_requests = 0


def undefined(rows: Rows, moving: bool) -> Rows:
    """`moving`: another order each time it is asked for."""
    global _requests
    _requests += 1
    return Undefined(rows, len(rows) // 3 + (7 * _requests if moving else 0)) if rows else rows


# Writing


def _xml(wanted: str, columns: list[Reader], formatting: Formatting) -> Render:
    wanted, *paths = (name.replace("%", "%%") for name in (wanted, *(each.path for each in columns)))
    row = "".join(f"<{path}>%s</{path}>" for path in paths)
    pattern = f"<{wanted}>{row}</{wanted}>"

    def render(rows: Sequence[int]) -> list[bytes]:
        escaped = map(_escaped, columns_shown(columns, formatting, rows))
        return [(pattern % each).encode() for each in zip(*escaped, strict=True)]

    return render


def _escaped(column: list[str]) -> list[str]:
    """Most columns have nothing to escape: looking once at the whole is quicker than at each."""
    whole = "".join(column)
    return [text(each) for each in column] if any(each in whole for each in "&<>") else column


# Aggregates


def _aggregated(
    wanted: str, columns: list[tuple[str, Reader]], rows: Rows, formatting: Formatting, bare: bool
) -> bytes:
    """One record for each group of equal plain fields; a single one when there are none. `bare`: SUM.X is named X."""
    grouping = [reader for kind, reader in columns if kind == "field"]
    groups: dict[tuple[Value, ...], list[int]] = {} if grouping else {(): [*rows]}
    for i in rows if grouping else ():
        groups.setdefault(tuple(reader.value(i) for reader in grouping), []).append(i)
    records = [
        element(wanted, *(_aggregate(*each, rows, formatting, bare) for each in columns)).encode()
        for rows in groups.values()
    ]
    return data(wanted, records, total=len(records), offset=0)


def _aggregate(kind: str, reader: Reader, rows: list[int], formatting: Formatting, bare: bool) -> str:
    show = shower(reader.type, formatting)
    if kind == "field":
        return element(reader.path, text(show(reader.value(rows[0]))))
    values: list[Any] = [value for value in map(reader.value, rows) if value is not None]
    if kind == "count":
        return element(f"COUNT.{reader.path}", str(len(values)))
    name = reader.path if bare else f"{kind.upper()}.{reader.path}"
    if kind in ("sum", "avg") and any(isinstance(each, str) for each in values):
        raise bad_query(f"Field {reader.path} is not a number")
    if not values:
        return element(name)
    return element(name, text(show(AGGREGATES[kind](values))))
