"""The rules of the Office québécois de la langue française for spaces at signs."""

import re

from babel.messages.pofile import read_po

from scripts.messages import FILE

NO_BREAK = "\u00a0"
WRONG = re.compile(
    f"« |«[^{NO_BREAK}]|[^{NO_BREAK}]»"  # no-break spaces inside guillemets
    f"|[^{NO_BREAK}\\d]:(?!//)"  # one before a colon, except in a time
    r"|\s[;?!]"  # no space before these
)
ATTRIBUTE = re.compile(r'"[^"<>]*"')


def test_french_texts_have_no_break_spaces_where_they_belong() -> None:
    with FILE.open("rb") as file:
        strings = [message.string or "" for message in read_po(file) if message.id]

    texts = [text for string in strings for text in ([string] if isinstance(string, str) else string)]
    assert [text for text in texts if WRONG.search(ATTRIBUTE.sub("", text))] == []
