"""What is worth saying about a list that was read all the same: kept on its `ListRun`, shown on the run's page."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import ngettext

from smartsync.models import ListRun

MOST = 50
"""For one list. One damaged import can fill every record with the same."""

FIELDS_LEFT_OUT = "fields_left_out"


def add_warning(list_run: ListRun, kind: str, **facts: Any) -> None:
    """Note it once. The caller saves the list run."""
    warning = {"kind": kind, **facts}
    if warning not in list_run.warnings and len(list_run.warnings) < MOST:
        list_run.warnings = [*list_run.warnings, warning]


def warning_texts(list_run: ListRun) -> list[str]:
    """In the reader's language."""
    return [TEXTS[warning["kind"]](warning) for warning in list_run.warnings]


def _fields_left_out(warning: dict[str, Any]) -> str:
    names = warning["fields"]
    return ngettext(
        "Intacct refused the field %(names)s. The list was read without it.",
        "Intacct refused the fields %(names)s. The list was read without them.",
        len(names),
    ) % {"names": ", ".join(names)}


TEXTS: dict[str, Callable[[dict[str, Any]], str]] = {
    FIELDS_LEFT_OUT: _fields_left_out,
}
