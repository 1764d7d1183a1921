"""Damaged records inside replies that are otherwise (nearly) well-formed.

An action "damage <kind>" of `edits` damages a record, "repair" repairs it. The oracle lists the damaged records and
shows each value as a client should store it: U+FFFD in place of a character that cannot be stored, everything else as
sent.
"""

import random
import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intacct.catalogue import LISTS as LISTS_READ
from intacct.catalogue import dimension_list
from practice.records.sources import Value

if TYPE_CHECKING:
    from practice.records.table import Table

LISTS = {record_list.object: record_list for record_list in LISTS_READ}
REPLACEMENT = "\ufffd"
LARGEST = 2**63
LONG = 8_000
CHARACTERS: dict[str, bytes] = {
    "control character": b"&#11;",
    "raw control character": b"\x0b",
    "nul": b"&#0;",
    "raw nul": b"\x00",
    "surrogate": b"&#xD800;",
    "noncharacter": "\ufffe".encode(),
    "wrong byte": b"\xe9",
    "undefined entity": b"&unknown;",
}
"""Bytes that an XML document in UTF-8 must not contain, inserted before a value. Each replaces one character."""

# Recorded in 2018: github.com/intacct/intacct-sdk-net/issues/22.
ODD_TAG = b"<GLDIMBuild/Disassemble_Kits_Transaction_Detail></GLDIMBuild/Disassemble_Kits_Transaction_Detail>"
STATUSES = ("inactif", "I", "closed", "active non-posting")

STORED = "stored"
SET_ASIDE = "set aside"
EITHER = "either"


@dataclass(frozen=True)
class Damage:
    """One kind of damage.

    `part`: the field that is damaged by default. `value`: makes a different value in the company's dataset from the
    record's number. Otherwise the dataset is correct and only the reply differs: `sent` changes the bytes of a value,
    `record` those of the whole record. `shown`: turns the text of the value into the text to store. `expected`: what a
    client must do with the record: store it, set it aside with a reason, or either.
    """

    part: str = "name"
    value: Callable[[int], Value] | None = None
    sent: Callable[[bytes], bytes] | None = None
    record: Callable[[bytes, str], bytes] | None = None
    shown: Callable[[str], str] = str
    expected: str = STORED


def _long_text(i: int) -> str:
    """Return letters that do not compress, so the value is too long for a database index."""
    letters = random.Random(i)  # noqa: S311
    return "".join(letters.choices(string.ascii_letters + string.digits, k=LONG))


def _two_digit_year(text: str) -> str:
    return re.sub(r"\b\d\d(\d\d)\b", r"\1", text, count=1)


def _without_key(record: bytes, key: str) -> bytes:
    return re.sub(rb"<%b>[^<]*</%b>" % (key.encode(), key.encode()), b"", record, count=1)


def _with_odd_tag(record: bytes, key: str) -> bytes:
    end = record.rindex(b"</")
    return record[:end] + ODD_TAG + record[end:]


def _character_damage(character: bytes) -> Damage:
    return Damage(sent=lambda text: character + text, shown=lambda text: REPLACEMENT + text)


DAMAGES: dict[str, Damage] = {
    **{name: _character_damage(character) for name, character in CHARACTERS.items()},
    **{f"status {name}": Damage("status", value=lambda i, name=name: name) for name in STATUSES},  # type: ignore[misc]
    "long code": Damage("code", value=_long_text, expected=EITHER),
    "long name": Damage("name", value=_long_text, expected=EITHER),
    "large key": Damage("key", value=lambda i: LARGEST + i, expected=SET_ASIDE),
    "no key": Damage("key", record=_without_key, expected=SET_ASIDE),
    "odd tag": Damage("key", record=_with_odd_tag),
    "two-digit year": Damage(
        "modified",
        sent=lambda text: _two_digit_year(text.decode()).encode(),
        shown=_two_digit_year,
        expected=EITHER,
    ),
}


def damage_record(table: "Table", i: int, kind: str, field: str = "") -> dict[str, Value]:
    """Damage a record of the list, in `field` or the usual one. Return the changed values.

    A list without such a field stays unchanged.
    """
    field = field or _field(table, kind)
    if field not in table.definition.fields:
        return {}
    table.damaged.setdefault(i, {})[field] = kind
    value = DAMAGES[kind].value
    if value is None:
        return {}
    changed = value(i)
    table.is_ordered &= field != table.definition.key
    return {field: changed if table.definition.fields[field].type == "INTEGER" else str(changed)}


def repair(table: "Table", i: int) -> None:
    for field, kind in table.damaged.pop(i, {}).items():
        if DAMAGES[kind].value:
            table.changed[i].pop(field, None)


def _field(table: "Table", kind: str) -> str:
    """Return the field that this kind of damage changes in this list, or "" if the list has none."""
    name, definition = table.definition.object, table.definition
    known = dimension_list(name, name) if definition.dimension else LISTS.get(name)
    part = DAMAGES[kind].part
    field = definition.key if part == "key" else getattr(known, part, None) or ""
    return "" if part == "code" and field == definition.key else field


def damaged_bytes(table: "Table", i: int, record: bytes) -> bytes:
    """Return the bytes of a record with its damage, as they are sent."""
    for field, kind in table.damaged.get(i, {}).items():
        damage = DAMAGES[kind]
        if damage.sent:
            record = _with_value(record, field.encode(), damage.sent)
        if damage.record:
            record = damage.record(record, field)
    return record


def _with_value(record: bytes, field: bytes, sent: Callable[[bytes], bytes]) -> bytes:
    before, opening, rest = record.partition(b"<%b>" % field)
    value, closing, after = rest.partition(b"</%b>" % field)
    return before + opening + sent(value) + closing + after if closing else record


def stored_text(table: "Table", i: int, field: str, text: str) -> str:
    """Return the text of a value as a client should store it."""
    kind = table.damaged.get(i, {}).get(field)
    return DAMAGES[kind].shown(text) if kind else text


def report(table: "Table", rows: Iterable[int]) -> list[dict[str, Value]]:
    """Return the damaged fields of these records."""
    key = table.generator(table.definition.key)
    return [
        {"key": str(key(i)), "field": field, "kind": kind, "expected": DAMAGES[kind].expected}
        for i in rows
        for field, kind in table.damaged.get(i, {}).items()
    ]
