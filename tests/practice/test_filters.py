"""Filters, applied to the records of a company without a gateway. The expected records are found one by one."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from lxml import etree

from practice.company import Formatting, new_company
from practice.gateway.fields import NoSuchField, Readers
from practice.gateway.filters import Chooser, Node, from_xml
from practice.gateway.refusals import ResultRefused
from practice.records import history
from practice.records.dataset import Dataset
from practice.records.field_definitions import definition_of
from practice.records.sizes import equal_sizes
from practice.records.sources import DAY
from practice.records.times import day_start

SIZE = 60


@pytest.fixture(scope="module")
def readers() -> Readers:
    return readers_of("VENDOR")


def readers_of(name: str, journal: Sequence[dict[str, Any]] = ()) -> Readers:
    company = new_company("ACME", "Acme", sizes=equal_sizes(SIZE), journal=[*journal])
    definition = definition_of(company, name)
    assert definition
    return Readers(Dataset(company), definition)


def choose(readers: Readers, node: Node, *, ignore_case: bool = False, formatting: Formatting | None = None) -> Any:
    chooser = Chooser(readers, formatting or Formatting(), ignore_case=ignore_case)
    return [*chooser.choose(node, range(readers.table.count))]


def matching(readers: Readers, field: str, holds: Callable[[Any], bool]) -> list[int]:
    value = readers.reader(field).value
    return [i for i in range(readers.table.count) if holds(value(i))]


def test_condition_is_read_from_xml_with_its_values() -> None:
    xml = "<in><field> NAME </field><value>a</value><value/><value>c</value></in>"
    assert from_xml(etree.fromstring(xml)) == Node("in", "NAME", ("a", "", "c"))


def test_groups_are_read_from_xml_at_any_depth() -> None:
    xml = (
        """<or><and><isnull><field>A</field></isnull></and><!-- none --><isnotnull><field>B</field></isnotnull></or>"""
    )
    expected = Node("or", nodes=(Node("and", nodes=(Node("isnull", "A"),)), Node("isnotnull", "B")))
    assert from_xml(etree.fromstring(xml)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("equalto", [30]),
        ("notequalto", [*range(30), *range(31, SIZE)]),
        ("lessthan", [*range(30)]),
        ("lessthanorequalto", [*range(31)]),
        ("greaterthan", [*range(31, SIZE)]),
        ("greaterthanorequalto", [*range(30, SIZE)]),
    ],
)
def test_key_is_compared_with_the_keys_of_all_records(readers: Readers, kind: str, expected: list[int]) -> None:
    key = str(readers.reader("RECORDNO").value(30))
    assert choose(readers, Node(kind, "RECORDNO", (key,))) == expected


@pytest.mark.parametrize("key", ["-5", "0", "100000"])
def test_key_outside_the_list_is_below_or_above_every_record(readers: Readers, key: str) -> None:
    everything = matching(readers, "RECORDNO", lambda value: value > int(key))
    assert choose(readers, Node("greaterthan", "RECORDNO", (key,))) == everything
    assert choose(readers, Node("equalto", "RECORDNO", (key,))) == []


def test_keys_are_compared_one_by_one_once_a_record_has_a_key_out_of_order() -> None:
    event = history.edits(day_start("2026-02-01"), "VENDOR", [["damage large key", 3]], "")
    readers = readers_of("VENDOR", [event])
    assert not readers.table.is_ordered
    key = str(readers.reader("RECORDNO").value(50))

    assert choose(readers, Node("greaterthan", "RECORDNO", (key,))) == [3, *range(51, SIZE)]


def test_empty_values_match_isnull_and_no_comparison(readers: Readers) -> None:
    empty = matching(readers, "PARENTID", lambda value: value is None)
    assert 0 < len(empty) < SIZE

    assert choose(readers, Node("isnull", "PARENTID")) == empty
    assert choose(readers, Node("isnotnull", "PARENTID")) == [i for i in range(SIZE) if i not in empty]
    for kind in ("equalto", "notequalto", "like", "notlike", "in", "notin"):
        assert not {*choose(readers, Node(kind, "PARENTID", ("nothing",)))} & {*empty}


def test_and_keeps_what_every_condition_accepts_and_or_what_any_accepts(readers: Readers) -> None:
    key = readers.reader("RECORDNO").value
    low, high = Node("lessthan", "RECORDNO", (str(key(40)),)), Node("greaterthan", "RECORDNO", (str(key(20)),))
    named = Node("like", "NAME", ("%a%",))
    with_a = matching(readers, "NAME", lambda name: "a" in name)

    both = choose(readers, Node("and", nodes=(named, low, high)))
    either = choose(readers, Node("or", nodes=(named, Node("equalto", "RECORDNO", (str(key(0)),)))))

    assert both == [i for i in with_a if 20 < i < 40]
    assert either == sorted({0, *with_a})


def test_empty_groups_follow_boolean_logic(readers: Readers) -> None:
    assert choose(readers, Node("and")) == [*range(SIZE)]
    assert choose(readers, Node("or")) == []


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("VND-%", False),
        ("%", True),
        ("_%", True),
        (".*", False),
        ("[A-Z]%", False),
    ],
)
def test_only_percent_and_underscore_are_wildcards(readers: Readers, pattern: str, matches: bool) -> None:
    code = str(readers.reader("VENDORID").value(7))
    assert (7 in choose(readers, Node("like", "VENDORID", (pattern,)))) is matches
    assert (7 in choose(readers, Node("notlike", "VENDORID", (pattern,)))) is not matches
    assert 7 in choose(readers, Node("like", "VENDORID", (code[:2] + "_" * (len(code) - 2),)))


def test_case_counts_unless_it_is_ignored(readers: Readers) -> None:
    name = str(readers.reader("NAME").value(5))
    for kind in ("equalto", "like", "in"):
        assert 5 in choose(readers, Node(kind, "NAME", (name,)))
        assert 5 not in choose(readers, Node(kind, "NAME", (name.swapcase(),)))
        assert 5 in choose(readers, Node(kind, "NAME", (name.swapcase(),)), ignore_case=True)


def test_between_includes_both_ends(readers: Readers) -> None:
    low, high = (str(readers.reader("RECORDNO").value(i)) for i in (10, 12))
    assert choose(readers, Node("between", "RECORDNO", (low, high))) == [10, 11, 12]


@pytest.mark.parametrize("word", ["active", "T"])
def test_status_is_found_by_its_word_and_its_code(readers: Readers, word: str) -> None:
    assert choose(readers, Node("equalto", "STATUS", (word,))) == matching(readers, "STATUS", "active".__eq__)


@pytest.mark.parametrize("word", ["true", "T", "1"])
def test_boolean_matches_its_word_and_its_codes(readers: Readers, word: str) -> None:
    field = next(field.id for field in readers.definition.fields.values() if field.type == "BOOLEAN")
    assert choose(readers, Node("equalto", field, (word,))) == matching(readers, field, "true".__eq__)


def test_moment_is_read_in_the_format_of_the_user(readers: Readers) -> None:
    formatting = Formatting(dateformat="-Ymd", gmtoffset=-8)
    moment = day_start("2025-01-01") + 8 * 3600
    expected = matching(readers, "WHENMODIFIED", lambda value: value is not None and value >= moment)
    node = Node("greaterthanorequalto", "WHENMODIFIED", ("2025-01-01",))

    assert choose(readers, node, formatting=formatting) == expected
    assert 0 < len(expected) < SIZE


def test_day_is_compared_as_a_day() -> None:
    readers = readers_of("APBILL")
    day = day_start("2025-01-01") // DAY
    expected = matching(readers, "WHENCREATED", lambda value: value < day)

    assert choose(readers, Node("lessthan", "WHENCREATED", ("01/01/2025",))) == expected
    assert 0 < len(expected) < SIZE


def test_amount_is_compared_as_a_number() -> None:
    readers = readers_of("APBILL")
    expected = matching(readers, "TOTALENTERED", lambda value: value is not None and value > 1000)

    assert choose(readers, Node("greaterthan", "TOTALENTERED", ("1000.00",))) == expected
    assert 0 < len(expected) < SIZE


@pytest.mark.parametrize(
    ("field", "value"),
    [("RECORDNO", "ten"), ("RECORDNO", "1.5"), ("WHENMODIFIED", "2026-03-01"), ("TOTALDUE", "1,000")],
)
def test_value_of_the_wrong_type_is_refused_by_name(readers: Readers, field: str, value: str) -> None:
    with pytest.raises(ResultRefused) as refused:
        choose(readers, Node("equalto", field, (value,)))
    assert refused.value.errors[-1].description2 == f"Invalid value '{value}' for field {field}"


def test_unknown_field_is_refused(readers: Readers) -> None:
    with pytest.raises(NoSuchField):
        choose(readers, Node("equalto", "NOTHING", ("1",)))


def test_field_of_a_related_object_is_compared(readers: Readers) -> None:
    expected = matching(readers, "PARENT.NAME", lambda name: name is not None and "a" in name)
    assert choose(readers, Node("like", "PARENT.NAME", ("%a%",))) == expected
    assert expected
