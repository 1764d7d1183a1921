"""Read CSV files as people save them: with Excel in any language, any separator, and encodings old and new.

The same for lines that people type, or copy from a sheet.

`core.spreadsheets` writes such files.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from io import StringIO

from django.utils.translation import gettext as _

from core.errors import Refused

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = ",;\t|"
# Without "|", which separates the values of one cell.
TYPED_SEPARATORS = ",;\t"
# Excel's own first line that names the separator.
NAMED_SEPARATOR = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
# What Excel users write so that a code keeps its leading zeros: ="00123".
TEXT_FORMULA = re.compile(r'="([^"]*)"')
# What `core.spreadsheets.neutralize` adds.
NEUTRALIZED = re.compile(r"'(?=[=+\-@])")


def read_csv(data: bytes, most_lines: int) -> dict[int, list[str]]:
    """Return the cells of every line with text, by the line's number. Lines are numbered as Excel numbers its rows.

    Raises Refused if the file cannot be read, or has more than `most_lines` lines below its headings.
    """
    text = _decode(data)
    if "\0" in text:  # PostgreSQL stores no text with it
        raise Refused(_("This is not a CSV file. In Excel, save the sheet as CSV UTF-8."))
    named = NAMED_SEPARATOR.match(text)
    if named:
        text = text[named.end() :]
    separator = named[1] if named else _separator_of(text)
    rows = dict(_rows(text, separator, most_lines))
    if not rows:
        raise Refused(_("The file is empty."))
    return rows


def read_typed_lines(text: str) -> dict[int, list[str]]:
    """Return the cells of every line with text, by the line's number. Each line may have its own separator.

    Raises Refused if a line cannot be read.
    """
    rows = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for _row, cells in _rows(line, _separator_of(line, TYPED_SEPARATORS), 1):
            rows[number] = cells
    return rows


def _decode(data: bytes) -> str:
    """Decode by the byte order mark; without one as UTF-16 or UTF-8 if it is that, and else as Windows-1252."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return _decode_as(data, encoding)
    # Text of Western languages in UTF-16: every other byte of the headings is zero.
    if b"\0" in data[:200]:
        return _decode_as(data, "utf-16-be" if data[:1] == b"\0" else "utf-16-le")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _decode_as(data, "cp1252")


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Refused(_("This is not a CSV file. In Excel, save the sheet as CSV UTF-8.")) from None


def _separator_of(text: str, separators: str = SEPARATORS) -> str:
    """Return the separator that the first line, in a file the headings, uses most."""
    headings = text.partition("\n")[0]
    return max(separators, key=headings.count)


def _rows(text: str, separator: str, most_lines: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    number = with_text = 0
    try:
        for number, row in enumerate(reader, start=1):
            cells = [_clean_cell(cell) for cell in row]
            if any(cells):
                with_text += 1
                yield number, cells
            if with_text > most_lines + 1:
                raise Refused(_("The file has more than %(count)s lines. Divide it.") % {"count": most_lines})
    except csv.Error:
        raise Refused(_("Line %(number)s of the file cannot be read.") % {"number": number + 1}) from None


def _clean_cell(cell: str) -> str:
    cell = cell.replace("\xa0", " ").strip()
    if formula := TEXT_FORMULA.fullmatch(cell):
        return formula[1].strip()
    return NEUTRALIZED.sub("", cell, count=1)
