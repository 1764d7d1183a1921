"""CSV files of any encoding and separator, with what Excel does to them."""

import pytest

from core.csv_reader import read_csv
from core.errors import Refused

ROWS = [["customer", "contact"], ["Érablière", "Zoé; Ö, “x”"]]
TEXT = 'customer{0}contact\r\nÉrablière{0}"Zoé; Ö, “x”"\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_recognized(encoding: str, separator: str) -> None:
    assert [*read_csv(TEXT.format(separator).encode(encoding), 10).values()] == ROWS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sep=|\nid|a,b\n1|2", [["id", "a,b"], ["1", "2"]]),
        ('id,zip\n1,="00123"', [["id", "zip"], ["1", "00123"]]),
        ("id\n'=1+1\n'+1 604\nO'Neil", [["id"], ["=1+1"], ["+1 604"], ["O'Neil"]]),
        ('id,note\r\n1,"two\r\nlines"', [["id", "note"], ["1", "two\r\nlines"]]),
        ("\n\nid\n,,\n 1\xa0\n\n", [["id"], ["1"]]),
    ],
)
def test_cells_hold_what_their_author_meant(text: str, expected: list[list[str]]) -> None:
    assert [*read_csv(text.encode(), 10).values()] == expected


@pytest.mark.parametrize(("text", "numbers"), [("id\n\n1\n,\n2", [1, 3, 5]), ('sep=;\nid\n"two\nlines"\n1', [1, 2, 3])])
def test_lines_have_the_numbers_that_excel_shows(text: str, numbers: list[int]) -> None:
    assert [*read_csv(text.encode(), 10)] == numbers


@pytest.mark.parametrize(
    "data", [b"", b"\n \n", b"PK\x03\x04\0\xd8\0\xd8\0", b"id\n1\n2\n3", b"id\n\x81\x8d", b"id\n" + b"1" * 300 + b"\0"]
)
def test_file_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_csv(data, 2)
