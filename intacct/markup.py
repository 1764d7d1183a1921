"""The one place where our values become XML. Elements are built, never formatted."""

from lxml import etree

from intacct.errors import UnsendableText
from intacct.secret import Secret


def element(tag: str, *content: "str | Secret | etree._Element", **attributes: str) -> etree._Element:
    """An element with a text or children. The value is never quoted in the error: it may be secret."""
    made = etree.Element(tag)
    try:
        for name, value in attributes.items():
            made.set(name, value)
        for part in content:
            match part:
                case str():
                    made.text = part
                case Secret():
                    # Revealed nowhere but here, so that no variable of a traceback shows it.
                    made.text = part.reveal()
                case _:
                    made.append(part)
    except ValueError:
        raise UnsendableText(f"the value for <{tag}> holds a character that cannot be sent to Intacct") from None
    return made


def boolean(value: bool) -> str:
    return "true" if value else "false"
