"""Use names from outside as parts of URLs."""

import re
from urllib.parse import quote, unquote


class NameConverter:
    """Convert any text to a part of a URL path and back. Other characters than [-a-zA-Z0-9_] become bytes: "~2F".

    Percent signs cannot be used: servers decode them before Django gets the path, and then a slash would split it.
    """

    regex = "[-a-zA-Z0-9_~]+"

    def to_python(self, value: str) -> str:
        """Return the text. Raises ValueError for an invalid part; Django then answers 404."""
        if re.search("~(?![0-9A-F]{2})", value):
            raise ValueError("half a byte")
        name = unquote(value.replace("~", "%"), errors="strict")
        if "\0" in name:
            raise ValueError("no name in the database holds NUL")
        return name

    def to_url(self, value: str) -> str:
        """Return the text as a part of a URL path."""
        safe = quote(value, safe="", errors="replace")
        return safe.replace("~", "%7E").replace(".", "%2E").replace("%", "~")
