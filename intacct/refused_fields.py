"""Find the names of fields in the text of a refusal."""

import re
from collections.abc import Iterable

# "The following fields cannot be queried : [VENDOR: [TERMNAME, VENDTYPE] ]": reported from three companies.
# "Invalid fields list TERMNAME": recorded, in the element for the error number.
LIST = re.compile(r"(?:fields? cannot be queried|invalid fields list)[\s:]*(.*)", re.IGNORECASE | re.DOTALL)
GROUP = re.compile(r"([^\[\],:;]+?)\s*:\s*\[([^\[\]]*)\]")
ONE_OBJECT = re.compile(r"[\[\s]*([^\[\],:;]+?)\s*:(.*)", re.DOTALL)
NAME = re.compile(r"[^\s,;\[\]'\"]+")


def named_fields(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return (object, field) for every field that these texts refuse. The object is "" if the text names none."""
    lists = [match[1] for text in texts if (match := LIST.search(text))]
    pairs = ((owner, name) for text in lists for owner, names in _groups(text) for name in NAME.findall(names))
    return tuple(dict.fromkeys(pairs))


def _groups(text: str) -> list[tuple[str, str]]:
    if groups := GROUP.findall(text):
        return [(owner.strip(" '\""), names) for owner, names in groups]
    only = ONE_OBJECT.match(text)
    return [(only[1].strip(" '\""), only[2])] if only else [("", text)]
