import logging
import re

TOKEN = re.compile(r"(/(?:handover|invitation|reset/key)/)[^/\s]+")


class WithoutTokens(logging.Filter):
    """A link that opens something holds its secret in its path; when Django logs the path, that is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(TOKEN.sub(r"\1…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True
