"""Turn our values into XML, in this module only. Elements are built, never formatted from strings.

So a value can never be read as markup.
"""

from lxml import etree

from intacct.errors import UnsendableText
from intacct.secret import Secret


def element(tag: str, *content: "str | Secret | etree._Element", **attributes: str) -> etree._Element:
    """Return an element with a text or children.

    Raises UnsendableText for a character that XML cannot hold. The message never quotes the value: it may be secret.
    """
    node = etree.Element(tag)
    try:
        for name, value in attributes.items():
            node.set(name, value)
        for part in content:
            match part:
                case str():
                    node.text = part
                case Secret():
                    # Revealed only here, so that no variable in a traceback holds it.
                    node.text = part.reveal()
                case _:
                    node.append(part)
    except ValueError:
        raise UnsendableText(f"the value for <{tag}> holds a character that cannot be sent to Intacct") from None
    return node


def boolean(value: bool) -> str:
    """Return the value as Intacct reads it. Sage's schema refuses "True"."""
    return "true" if value else "false"
