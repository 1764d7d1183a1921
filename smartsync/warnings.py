"""What is worth saying about a list that was read all the same: kept on its `ListRun`, shown on the run's page."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext, ngettext

from core.sentences import Sentence, listed
from intacct.catalogue import RecordList
from intacct.errors import ErrorText
from intacct.reply import Damage, Data, Result
from intacct.statuses import Status, status_of
from smartsync.models import ListRun

Note = dict[str, Any]
"""`kind` and what its text needs."""

MOST = 50
"""For one list. One damaged import can fill every record with the same; what is beyond is counted."""
LONGEST = 200


def add_warnings(list_run: ListRun, warnings: Iterable[Note]) -> None:
    """Note each once. The caller saves the list run."""
    noted = [*list_run.warnings]
    for warning in warnings:
        if warning in noted:
            continue
        if len(noted) < MOST:
            noted.append(warning)
        elif noted[-1]["kind"] == "more":
            noted[-1] = {"kind": "more", "number": noted[-1]["number"] + 1}
        else:
            noted[-1:] = [{"kind": "more", "number": 2}]
    list_run.warnings = noted


def lasting(warnings: Iterable[Note]) -> list[Note]:
    """Those that hold for whatever is read with the same fields."""
    return [warning for warning in warnings if warning.get("kind") == "fields_left_out"]


def fields_left_out(names: list[str]) -> Note:
    return {"kind": "fields_left_out", "names": names}


def repeated(number: int) -> list[Note]:
    return [{"kind": "repeated", "number": number}] if number else []


def page_warnings(kind: RecordList, result: Result, data: Data) -> list[Note]:
    """What a page came with: lost characters, unknown statuses, and what Intacct remarked."""
    return [
        *(_characters(kind, damage, data) for damage in data.damages),
        *_statuses(kind, data),
        *(_remark(remark) for remark in result.warnings),
    ]


def warning_texts(list_run: ListRun) -> list[str]:
    """In the reader's language."""
    return [TEXTS[warning["kind"]](warning) for warning in list_run.warnings if warning.get("kind") in TEXTS]


def _characters(kind: RecordList, damage: Damage, data: Data) -> Note:
    record = {} if damage.record is None else data.records[damage.record]
    named = record.get(kind.code) or damage.named
    return {
        "kind": "characters_replaced",
        "number": damage.characters,
        "record": named[:LONGEST],
        "field": damage.field[:LONGEST],
    }


def _statuses(kind: RecordList, data: Data) -> Iterator[Note]:
    texts = {record.get(kind.status, "") for record in data.records} if kind.status else set()
    for text in sorted(texts):
        if status_of(text) is Status.UNKNOWN:
            yield {"kind": "status_unknown", "text": text[:LONGEST]}


def _remark(remark: ErrorText) -> Note:
    return {"kind": "remark", "text": remark.said, "support_id": remark.support_id}


def _fields_left_out(warning: Note) -> str:
    names = warning["names"]
    words = ngettext(
        "Intacct refused the field %(names)s. The list was read without it.",
        "Intacct refused the fields %(names)s. The list was read without them.",
        len(names),
    )
    return Sentence(words, {"names": listed(names)})


def _characters_replaced(warning: Note) -> str:
    words = ngettext(
        "%(number)d character of record %(record)s, field %(field)s, could not be read and was replaced.",
        "%(number)d characters of record %(record)s, field %(field)s, could not be read and were replaced.",
        warning["number"],
    )
    return Sentence(words, warning)


def _status_unknown(warning: Note) -> str:
    words = gettext("Intacct sent the unknown status “%(text)s”. Records with it are not counted as active.")
    return Sentence(words, warning)


def _remarked(warning: Note) -> str:
    if warning["support_id"]:
        words = gettext("Intacct sent the records with this warning: “%(text)s” (Support ID %(support_id)s)")
    else:
        words = gettext("Intacct sent the records with this warning: “%(text)s”")
    return Sentence(words, warning)


def _repeated(warning: Note) -> str:
    return (
        ngettext(
            "Intacct sent %(number)d record more than once. It was stored once.",
            "Intacct sent %(number)d records more than once. Each was stored once.",
            warning["number"],
        )
        % warning
    )


def _more(warning: Note) -> str:
    return ngettext("%(number)d more warning", "%(number)d more warnings", warning["number"]) % warning


TEXTS: dict[str, Callable[[Note], str]] = {
    "fields_left_out": _fields_left_out,
    "characters_replaced": _characters_replaced,
    "status_unknown": _status_unknown,
    "remark": _remarked,
    "repeated": _repeated,
    "more": _more,
}
