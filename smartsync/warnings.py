"""Warnings about a list that was read in spite of them: stored in its `ListRun`, shown on the run's page."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext, ngettext

from core.isolated_text import Sentence, join_names
from intacct.catalogue import RecordList
from intacct.errors import ErrorText
from intacct.records import column
from intacct.reply import Damage, Data, Result
from intacct.statuses import Status, status_of
from smartsync.models import ListRun

Note = dict[str, Any]
"""A warning as it is stored: its `kind`, and the values for its text."""

MOST = 50
"""Warnings per list. A damaged import can cause one in every record; those beyond this number are only counted."""
LONGEST = 200
"""Characters of a value that Intacct sent."""


def add_warnings(list_run: ListRun, warnings: Iterable[Note]) -> None:
    """Add each warning to the list run once. The caller saves the list run."""
    notes = [*list_run.warnings]
    for warning in warnings:
        if warning in notes:
            continue
        if len(notes) < MOST:
            notes.append(warning)
        elif notes[-1]["kind"] == "more":
            notes[-1] = {"kind": "more", "number": notes[-1]["number"] + 1}
        else:
            # The last note gives its place to the counter, which counts it and the new one.
            notes[-1:] = [{"kind": "more", "number": 2}]
    list_run.warnings = notes


def lasting(warnings: Iterable[Note]) -> list[Note]:
    """The warnings that also apply to later runs, since those read the list with the same fields."""
    return [warning for warning in warnings if warning.get("kind") == "fields_left_out"]


def fields_left_out(names: list[str]) -> Note:
    return {"kind": "fields_left_out", "names": names}


def repeated(number: int) -> list[Note]:
    return [{"kind": "repeated", "number": number}] if number else []


def page_warnings(kind: RecordList, result: Result, data: Data) -> list[Note]:
    """The warnings about a page: lost characters, unknown statuses, and warnings that Intacct sent."""
    return [
        *(_characters(kind, damage, data) for damage in data.damages),
        *_statuses(kind, data),
        *(_remark(remark) for remark in result.warnings),
    ]


def warning_texts(list_run: ListRun) -> list[str]:
    """The warnings in the user's language."""
    return [TEXTS[warning["kind"]](warning) for warning in list_run.warnings if warning.get("kind") in TEXTS]


def _characters(kind: RecordList, damage: Damage, data: Data) -> Note:
    record = {} if damage.record is None else data.records[damage.record]
    name = record.get(kind.code) or damage.named
    return {
        "kind": "characters_replaced",
        "number": damage.characters,
        "record": name[:LONGEST],
        "field": damage.field[:LONGEST],
    }


def _statuses(kind: RecordList, data: Data) -> Iterator[Note]:
    texts = {*column(data.records, kind.status)} if kind.status else set()
    for text in sorted(texts):
        if status_of(text) is Status.UNKNOWN:
            yield {"kind": "status_unknown", "text": text[:LONGEST]}


def _remark(remark: ErrorText) -> Note:
    return {"kind": "remark", "text": remark.said, "support_id": remark.support_id}


def _fields_left_out_text(warning: Note) -> str:
    names = warning["names"]
    words = ngettext(
        "Intacct refused the field %(names)s. The list was read without it.",
        "Intacct refused the fields %(names)s. The list was read without them.",
        len(names),
    )
    return Sentence(words, {"names": join_names(names)})


def _characters_text(warning: Note) -> str:
    words = ngettext(
        "%(number)d character of record %(record)s, field %(field)s, could not be read and was replaced.",
        "%(number)d characters of record %(record)s, field %(field)s, could not be read and were replaced.",
        warning["number"],
    )
    return Sentence(words, warning)


def _status_text(warning: Note) -> str:
    words = gettext("Intacct sent the unknown status “%(text)s”. Records with this status do not count as active.")
    return Sentence(words, warning)


def _remark_text(warning: Note) -> str:
    if warning["support_id"]:
        words = gettext("Intacct sent the records with this warning: “%(text)s” (Support ID %(support_id)s)")
    else:
        words = gettext("Intacct sent the records with this warning: “%(text)s”")
    return Sentence(words, warning)


def _repeated_text(warning: Note) -> str:
    return (
        ngettext(
            "Intacct sent %(number)d record more than once. It was stored once.",
            "Intacct sent %(number)d records more than once. Each was stored once.",
            warning["number"],
        )
        % warning
    )


def _more_text(warning: Note) -> str:
    return ngettext("%(number)d more warning", "%(number)d more warnings", warning["number"]) % warning


TEXTS: dict[str, Callable[[Note], str]] = {
    "fields_left_out": _fields_left_out_text,
    "characters_replaced": _characters_text,
    "status_unknown": _status_text,
    "remark": _remark_text,
    "repeated": _repeated_text,
    "more": _more_text,
}
