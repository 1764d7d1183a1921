"""Names from outside as parts of addresses."""

import re
from urllib.parse import quote, unquote


class NameConverter:
    """A path converter for any text: what is no letter, digit, hyphen or underscore is written as its bytes.

    Percent signs would not do: servers decode them before Django sees the path, and a slash would split it.
    """

    regex = "[-a-zA-Z0-9_~]+"

    def to_python(self, value: str) -> str:
        """Raises ValueError, which Django takes for an address that does not exist."""
        if re.search("~(?![0-9A-F]{2})", value):
            raise ValueError("half a byte")
        name = unquote(value.replace("~", "%"), errors="strict")
        if "\0" in name:
            raise ValueError("no name in the database holds NUL")
        return name

    def to_url(self, value: str) -> str:
        safe = quote(value, safe="", errors="replace")
        return safe.replace("~", "%7E").replace(".", "%2E").replace("%", "~")
