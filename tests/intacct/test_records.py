"""A table of records behaves as a list of them."""

from hypothesis import given
from hypothesis import strategies as st

from intacct.records import Record, Table, columns

NAMES = ["RECORDNO", "NAME", "STATUS"]
ROWS = st.lists(st.tuples(st.text(), st.text(), st.text()))


def as_dictionaries(rows: list[tuple[str, str, str]]) -> list[Record]:
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


@given(ROWS)
def test_table_has_the_records_of_its_rows(rows: list[tuple[str, str, str]]) -> None:
    table, records = Table(NAMES, rows), as_dictionaries(rows)
    assert [*table] == records
    assert [table[index] for index in range(len(table))] == records
    assert [*table[::-1]] == records[::-1]


@given(ROWS)
def test_columns_of_a_table_are_those_of_its_records(rows: list[tuple[str, str, str]]) -> None:
    asked = ["STATUS", "RECORDNO", "PARENTID"]
    of_table = columns(Table(NAMES, rows), asked)
    assert [[*column] for column in of_table] == columns(as_dictionaries(rows), asked)


def test_last_of_two_equal_fields_counts() -> None:
    table = Table(["NAME", "NAME"], [("Nuts", "Bolts")])
    assert [*table] == [{"NAME": "Bolts"}]
    assert columns(table, ["NAME"]) == [("Bolts",)]
