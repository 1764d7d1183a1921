"""Rows as files that a spreadsheet opens: CSV, and Excel's own format. Both are written in flat memory.

A row is a sequence of values; the first row holds the headings. Texts are in the language of the request and moments in
its time zone.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, TypeVar

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from core.text import LINE_BREAK

T = TypeVar("T")
Row = Sequence[Any]

# Setting language and zone takes about as long as writing a row.
ROWS_PER_PIECE = 100
# Excel on Windows reads a CSV file without it in the code page of the machine.
BYTE_ORDER_MARK = "\ufeff"

# A spreadsheet computes a cell that begins with one of these. Excel in Japanese and Chinese takes the full-width ones;
# the small ones are their compatible forms.
FORMULA_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫\u2212"
# Where a cell may begin, in a spreadsheet with another separator or one that does not heed the quotes.
SEPARATORS = frozenset(",;|\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
# White space, control and invisible characters, and quotes: some spreadsheets drop them from the start of a cell.
PASSED_OVER = r",;|\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\""
FORMULA_SIGN = re.compile(f"[{FORMULA_SIGNS}]")
CELL_START = re.compile(f"(^[{PASSED_OVER}]*|[{PASSED_OVER}]+)([{FORMULA_SIGNS}]?)")
# "+" is left out: a phone number would lose it.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_XLSX_TEXT = 32_767
XLSX_ROWS = 1_048_576
WHOLE_SHEET = f"A1:XFD{XLSX_ROWS}"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Echo:
    """A file that returns what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_response(name: str, rows: Iterable[Row]) -> StreamingHttpResponse:
    """Send the rows as they come."""
    pieces = _bind_language_and_zone(_csv_pieces(rows))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    disposition = content_disposition_header(True, get_valid_filename(name))
    response["Content-Disposition"] = disposition or "attachment"
    return response


def xlsx_response(name: str, rows: Iterable[Row]) -> FileResponse:
    """Send the rows from a temporary file, which is removed when the response is closed."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write_xlsx(file, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=get_valid_filename(name), content_type=XLSX)


def write_xlsx(file: IO[bytes], rows: Iterable[Row], rows_per_sheet: int = XLSX_ROWS) -> None:
    """Write every cell as text, so that leading zeros survive and nothing is computed.

    Rows that no longer fit on a sheet go to further ones, each under the same headings.
    """
    rows = iter(rows)
    headings = next(rows)
    rows_below_headings = rows_per_sheet - 1

    # XlsxWriter leaves its own files behind when a row raises.
    with TemporaryDirectory() as folder, Workbook(file, _xlsx_options(folder)) as workbook:
        sheet = _add_sheet(workbook, headings)
        for number, row in enumerate(rows):
            sheets_before, place = divmod(number, rows_below_headings)
            if sheets_before and place == 0:
                sheet = _add_sheet(workbook, headings)
            _write_xlsx_row(sheet, place + 1, row)


def neutralize(text: str) -> str:
    """Put an apostrophe before every sign with which a spreadsheet would begin a formula, whatever its separator.

    A plain number stays one, although it may begin with a minus sign.
    """
    if not FORMULA_SIGN.search(text) or NUMBER.fullmatch(text):
        return text
    return CELL_START.sub(_neutralize_cell_start, text)


def _neutralize_cell_start(match: re.Match[str]) -> str:
    lead, sign = match.groups()
    starts_cell = match.start() == 0 or not SEPARATORS.isdisjoint(lead)
    return f"{lead}'{sign}" if sign and starts_cell else match[0]


def _csv_pieces(rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    rows = iter(rows)
    mark = BYTE_ORDER_MARK
    while piece := list(islice(rows, ROWS_PER_PIECE)):
        lines = (writer.writerow([neutralize(_text(value)) for value in row]) for row in piece)
        yield mark + "".join(lines)
        mark = ""


def _bind_language_and_zone(steps: Iterator[T]) -> Iterator[T]:
    """Run each step as the request runs now: a response is streamed after the middleware has reset both."""
    return _steps_in(translation.get_language(), timezone.get_current_timezone(), steps)


def _steps_in(language: str | None, zone: tzinfo, steps: Iterator[T]) -> Iterator[T]:
    while True:
        # Not around the yield: other requests run in this thread between two steps.
        with translation.override(language), timezone.override(zone):
            try:
                step = next(steps)
            except StopIteration:
                return
        yield step


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    return str(value)


def _xlsx_options(folder: str) -> dict[str, Any]:
    return {
        "constant_memory": True,
        "tmpdir": folder,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        # Used only for sheets over 2 GB, which could not be written without.
        "use_zip64": True,
    }


def _add_sheet(workbook: Workbook, headings: Row) -> Worksheet:
    sheet = workbook.add_worksheet()
    # Codes are text on purpose; Excel would mark each one as a mistake.
    sheet.ignore_errors({"number_stored_as_text": WHOLE_SHEET})
    _write_xlsx_row(sheet, 0, headings)
    return sheet


def _write_xlsx_row(sheet: Worksheet, place: int, row: Row) -> None:
    for column, value in enumerate(row):
        sheet.write_string(place, column, _xlsx_text(_text(value)))


def _xlsx_text(text: str) -> str:
    text = NOT_IN_XML.sub("", LINE_BREAK.sub("\n", text))
    # Excel counts in UTF-16. Half of the limit in characters can never be too long.
    if len(text) <= LONGEST_XLSX_TEXT // 2:
        return text

    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_XLSX_TEXT:
        return text
    return units[: 2 * (LONGEST_XLSX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
