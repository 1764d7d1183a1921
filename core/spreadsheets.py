"""Write rows as files for spreadsheets: CSV, and Excel's own format. Memory does not grow with the number of rows.

A row is a sequence of values, and the first row holds the headings. Texts are in the language of the request, and times
are in its time zone.
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

# Setting language and time zone takes about as long as writing a row.
ROWS_PER_PIECE = 100
# Without it, Excel on Windows reads a CSV file in the code page of the machine.
BYTE_ORDER_MARK = "\ufeff"

# A spreadsheet computes a cell that begins with one of these. Excel in Japanese and Chinese accepts the full-width
# signs. The small signs are compatibility forms of them.
FORMULA_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫\u2212"
# A cell may begin after these, in a spreadsheet that uses another separator or ignores the quotes.
SEPARATORS = frozenset(",;|\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
# White space, control and invisible characters, and quotes. Some spreadsheets remove them from the start of a cell.
PASSED_OVER = r",;|\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\""
FORMULA_SIGN = re.compile(f"[{FORMULA_SIGNS}]")
CELL_START = re.compile(f"(^[{PASSED_OVER}]*|[{PASSED_OVER}]+)([{FORMULA_SIGNS}]?)")
# Without "+", since a spreadsheet would remove it from a phone number.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_XLSX_TEXT = 32_767
XLSX_ROWS = 1_048_576
WHOLE_SHEET = f"A1:XFD{XLSX_ROWS}"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Echo:
    """Behave like a file that returns what is written to it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_response(name: str, rows: Iterable[Row]) -> StreamingHttpResponse:
    """Return a response that streams the rows as a CSV file. name: the name of the file."""
    pieces = _bind_language_and_zone(_csv_pieces(rows))
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    disposition = content_disposition_header(True, get_valid_filename(name))
    response["Content-Disposition"] = disposition or "attachment"
    return response


def xlsx_response(name: str, rows: Iterable[Row]) -> FileResponse:
    """Return a response with the rows as an Excel file.

    They are in a temporary file, which is removed when the response is closed. name: the name of the file.
    """
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        write_xlsx(file, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=get_valid_filename(name), content_type=XLSX)


def write_xlsx(file: IO[bytes], rows: Iterable[Row], rows_per_sheet: int = XLSX_ROWS) -> None:
    """Write the rows to an Excel file. Every cell is text, so that leading zeros stay and nothing is computed.

    Rows that do not fit on a sheet go to further sheets with the same headings.
    """
    rows = iter(rows)
    headings = next(rows)
    rows_below_headings = rows_per_sheet - 1

    # XlsxWriter does not delete its own files if a row raises an error.
    with TemporaryDirectory() as folder, Workbook(file, _xlsx_options(folder)) as workbook:
        sheet = _add_sheet(workbook, headings)
        for number, row in enumerate(rows):
            sheets_before, place = divmod(number, rows_below_headings)
            if sheets_before and place == 0:
                sheet = _add_sheet(workbook, headings)
            _write_xlsx_row(sheet, place + 1, row)


def neutralize(text: str) -> str:
    """Return the text with an apostrophe before every sign that may begin a formula in a spreadsheet.

    This holds for any separator that the spreadsheet uses. A plain number is not changed, even with a minus sign.
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
    # The headings come first and alone, so that a download begins before anything was read.
    size = 1
    while piece := list(islice(rows, size)):
        lines = (writer.writerow([neutralize(_text(value)) for value in row]) for row in piece)
        yield mark + "".join(lines)
        mark, size = "", ROWS_PER_PIECE


def _bind_language_and_zone(steps: Iterator[T]) -> Iterator[T]:
    """Run every step with the current language and time zone. Streaming happens after the middleware has reset both."""
    return _steps_in(translation.get_language(), timezone.get_current_timezone(), steps)


def _steps_in(language: str | None, zone: tzinfo, steps: Iterator[T]) -> Iterator[T]:
    while True:
        # Not around the yield: between two steps, other requests run in this thread.
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
        # Used only for sheets over 2 GB, which need it.
        "use_zip64": True,
    }


def _add_sheet(workbook: Workbook, headings: Row) -> Worksheet:
    sheet = workbook.add_worksheet()
    # Codes are text on purpose. Without this, Excel marks every one of them as an error.
    sheet.ignore_errors({"number_stored_as_text": WHOLE_SHEET})
    _write_xlsx_row(sheet, 0, headings)
    return sheet


def _write_xlsx_row(sheet: Worksheet, place: int, row: Row) -> None:
    for column, value in enumerate(row):
        sheet.write_string(place, column, _xlsx_text(_text(value)))


def _xlsx_text(text: str) -> str:
    text = NOT_IN_XML.sub("", LINE_BREAK.sub("\n", text))
    # Excel counts UTF-16 units, and a character has at most two. So half of the limit in characters is never too long.
    if len(text) <= LONGEST_XLSX_TEXT // 2:
        return text

    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_XLSX_TEXT:
        return text
    return units[: 2 * (LONGEST_XLSX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
