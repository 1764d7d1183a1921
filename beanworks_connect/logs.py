"""Logs without secrets and without data of customers.

Links that work without signing in contain secrets, such as those of handovers, so these are removed from every log.
So are the values that PostgreSQL quotes in its errors.
"""

import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from pythonjsonlogger.json import JsonFormatter

from core.request_ids import request_id

SLASH, WORD = "(?:/|%2F)", r"[^/\s%&?\"'<>]+"
LINKS = f"handover|invitation|arrival|test-bill|reset{SLASH}key|confirm-email|emails{SLASH}off"
IN_PATH = re.compile(f"({SLASH}(?:{LINKS}){SLASH}+){WORD}", re.IGNORECASE)
IN_QUERY = re.compile(
    r"((?:^|[?&\s;\"'])(?:(?:access|api|client|id)_)?(?:token|key|code|state|password|secret)=)[^&\s\"']+",
    re.IGNORECASE,
)
# After the first line of an error, PostgreSQL quotes rows and statements, to the end of the text or of its traceback.
# In the first line it quotes a value that it cannot read.
QUOTED = re.compile(
    r"(?P<details>\n[\s|]*(?:LINE \d+|DETAIL|CONTEXT):).*?"
    r"(?=\Z|\n[\s|]*\n[\s|]*(?:The above exception was the direct|During handling of the above))"
    r'|(?P<input>(?:invalid input|out of range|malformed)[^\n"]*: )".*?"(?=\Z|\n)',
    re.DOTALL,
)


def redact(text: str) -> str:
    text = QUOTED.sub(lambda match: f"{match['details'] or match['input']} …", text)
    return IN_QUERY.sub(r"\1…", IN_PATH.sub(r"\1…", text))


class RedactedRecord(logging.LogRecord):
    """A log record that is redacted when it is created.

    So all handlers write it redacted, including those of Django and Celery.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_id = request_id()
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redact("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))

    def getMessage(self) -> str:  # noqa: N802 - the name is logging's
        """Return the message in one line, so that text from outside cannot begin a line that looks like one of ours."""
        return redact(super().getMessage()).replace("\r", "\\r").replace("\n", "\\n")


FIELDS = {
    *("time", "level", "logger", "message", "request_id", "exc_info"),
    *("kind", "row", "outcome", "attempt", "seconds", "ids"),
    *("method", "view", "status_code", "user_id"),
}


class JsonLines(JsonFormatter):
    """Write each record as one line of JSON.

    Of what callers and libraries add to a record, only known fields are written: Django adds the whole request.
    """

    def __init__(self) -> None:
        names = {"levelname": "level", "name": "logger", "asctime": "time"}
        super().__init__([*names, "message", "request_id"], rename_fields=names, json_ensure_ascii=False)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return redact(str(super().formatException(ei)))

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value for name, value in log_data.items() if name in FIELDS or name in ("level", "logger", "time")
        }


class NoHealth(logging.Filter):
    """Leave out that a probe got 503: its reader polls it, as a start does until every part answers."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", 0) != 503 or not re.search("/(readyz|healthz)", record.getMessage())


class NoTracebackOf403(logging.Filter):
    """Log a 403 in one line.

    Its traceback leads only to our own check, and a user who reloads such a page would fill the log with it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], PermissionDenied):
            record.exc_info = record.exc_text = None
        return True
