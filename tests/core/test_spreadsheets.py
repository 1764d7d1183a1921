import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core.spreadsheets import LONGEST_XLSX_TEXT, XLSX, csv_response, neutralize, write_xlsx, xlsx_response

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫\u2212"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TEXT = st.text(st.sampled_from(f"{SIGNS},;|\"' \t\r\n\v\u2028\xa0\x01\ufeffx1.")) | st.text()


def csv_text(*rows: list[Any]) -> str:
    return csv_response("file.csv", iter(rows)).getvalue().decode()


def cells_in_a_spreadsheet(text: str, separator: str) -> list[str]:
    return [cell for row in csv.reader(StringIO(text, newline=""), delimiter=separator) for cell in row]


def cells_without_quotes(text: str, separator: str) -> list[str]:
    """Read cells like a program that first splits, and then removes quotes, white space and control characters."""
    return [re.sub(r"^[\s\x00-\x1f\"\ufeff]+|[\s\"]+$", "", cell) for cell in re.split(f"[{separator}\t\r\n]", text)]


def is_formula(cell: str) -> bool:
    is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", cell)
    return cell.lstrip().startswith(tuple(SIGNS)) and not is_number


@pytest.mark.parametrize("separator", [",", ";", "|"])
@pytest.mark.parametrize("read", [cells_in_a_spreadsheet, cells_without_quotes])
@given(values=st.lists(TEXT, min_size=1, max_size=4))
def test_no_cell_becomes_a_formula(read, separator: str, values: list[str]) -> None:  # type: ignore[no-untyped-def]
    cells = read(csv_text(values), separator)

    assert [cell for cell in cells if is_formula(cell)] == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x;=1+2;y", "x;'=1+2;y"),
        ("x|=1+2", "x|'=1+2"),
        ("=1+2", "'=1+2"),
        ("﹦1+2", "'﹦1+2"),
        ("＝1+2", "'＝1+2"),
        ("\u22121+A1", "'\u22121+A1"),
        (" \t@SUM(A1)", " \t'@SUM(A1)"),
        ("\u200b=1", "\u200b'=1"),
        ("a\n-b", "a\n'-b"),
        ('a;"=1', "a;\"'=1"),
        ("+1 604 555 0100", "'+1 604 555 0100"),
    ],
)
def test_every_formula_sign_gets_an_apostrophe(text: str, written: str) -> None:
    assert neutralize(text) == written


@pytest.mark.parametrize(
    "text", ["", "-5", "-5.25", "-1.5E+3", "00123", "Acme - Sons", "a+b@example.com", "2026-07-01", "'=1"]
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert neutralize(text) == text


def test_long_run_of_separators_is_read_once() -> None:
    assert neutralize("=" + " ;" * 500_000) == "'=" + " ;" * 500_000


def test_csv_starts_with_one_byte_order_mark_and_quotes_every_field() -> None:
    response = csv_response("a/ü.csv", [["Code", "Name"], ["001", 'A "B"'], [None, 7]])

    assert response.getvalue() == b'\xef\xbb\xbf"Code","Name"\r\n"001","A ""B"""\r\n"","7"\r\n'
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''a%C3%BC.csv"


def test_every_row_is_written_in_the_language_and_zone_of_the_request() -> None:
    def rows() -> Iterator[list[Any]]:
        yield [_("Name"), timezone.get_current_timezone_name()]
        yield from [[True, NOON]] * 200

    with translation.override("fr-ca"), timezone.override("America/Vancouver"):
        response = csv_response("file.csv", rows())

    first, *others = b"".join(response).decode().splitlines()
    assert first == '\ufeff"Nom","America/Vancouver"'
    assert set(others) == {'"Oui","2026-07-01 05:00:00-07:00"'}


def test_nothing_outside_the_stream_gets_its_language_or_zone() -> None:
    with translation.override("fr-ca"), timezone.override("America/Vancouver"):
        response = csv_response("file.csv", iter([["Code"]] * 200))

    next(iter(response))

    assert not translation.get_language().startswith("fr")
    assert timezone.get_current_timezone() != ZoneInfo("America/Vancouver")


def sheets(content: bytes) -> list[list[list[str]]]:
    """Return the texts of every sheet, row by row. Every cell must be text."""
    with ZipFile(BytesIO(content)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return [_rows_of(etree.fromstring(archive.read(name))) for name in names]


def _rows_of(sheet: etree._Element) -> list[list[str]]:
    assert {cell.get("t") for cell in sheet.iter(f"{MAIN}c")} == {"inlineStr"}
    return [[cell.findtext(f"{MAIN}is/{MAIN}t", "") for cell in row] for row in sheet.iter(f"{MAIN}row")]


def xlsx(*rows: list[Any], **options: int) -> list[list[list[str]]]:
    file = BytesIO()
    write_xlsx(file, iter(rows), **options)
    return sheets(file.getvalue())


def test_xlsx_holds_every_value_as_text() -> None:
    values = ["00123", "=1+2", "{=1+2}", "-5", "https://example.com", "mailto:a@example.com", " x "]

    assert xlsx(["Heading"] * len(values), values) == [[["Heading"] * len(values), values]]


def test_xlsx_has_no_control_characters() -> None:
    [[_headings, row]] = xlsx(["a"], ["a\x00\x01\x0b\x1f\x7f\x85b\r\nc\td\ufffe\ud800"])

    assert row == ["a\nb\nc\td"]


@pytest.mark.parametrize("sign", ["x", "é", "😀"])
def test_text_too_long_for_excel_is_cut_with_an_ellipsis(sign: str) -> None:
    [[_headings, [cut]]] = xlsx(["a"], [sign * 40_000])

    assert cut.endswith(f"{sign}…")
    assert LONGEST_XLSX_TEXT - 1 <= len(cut.encode("utf-16-le")) // 2 <= LONGEST_XLSX_TEXT
    assert xlsx(["a"], ["x" * LONGEST_XLSX_TEXT])[0][1] == ["x" * LONGEST_XLSX_TEXT]


def test_rows_that_do_not_fit_go_to_further_sheets_under_the_same_headings() -> None:
    rows = [[str(number)] for number in range(4)]

    assert xlsx(["Code"], *rows, rows_per_sheet=3) == [[["Code"], ["0"], ["1"]], [["Code"], ["2"], ["3"]]]
    assert xlsx(["Code"], rows_per_sheet=3) == [[["Code"]]]


def test_xlsx_is_sent_in_pieces_from_a_file_that_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    response = xlsx_response("vendors.xlsx", iter([["Code"], ["001"]]))

    assert response["Content-Type"] == XLSX
    assert response["Content-Disposition"] == 'attachment; filename="vendors.xlsx"'
    assert response.streaming
    assert sheets(response.getvalue()) == [[["Code"], ["001"]]]
    assert response.file_to_stream
    response.file_to_stream.close()
    assert list(tmp_path.iterdir()) == []


def test_no_temporary_file_is_left_when_a_row_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows() -> Iterator[list[str]]:
        yield ["Code"]
        raise LookupError

    with pytest.raises(LookupError):
        xlsx_response("vendors.xlsx", rows())

    assert list(tmp_path.iterdir()) == []
