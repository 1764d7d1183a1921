"""Report where a reply is damaged, in words with which a user finds the place in Intacct."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from lxml import etree

from intacct.errors import DamagedReply
from intacct.reply import Damage
from intacct.reply_encoding import CHUNK, MARK

REPLACEMENT = "\ufffd"
NAMING = ("RECORDNO", "ID", "id", "objectName", "userId", "policyName", "applicationName")
"""Elements that identify the record or field that holds them, the best first."""


def replace_marks(text: str) -> str:
    """Return the text with U+FFFD for every mark."""
    return text.replace(MARK, REPLACEMENT)


def clear_marks(result: etree._Element, names: Mapping[str, str]) -> tuple[Damage, ...]:
    """Replace every mark in a result by U+FFFD. Return where its data had marks. names: see `Repaired`."""
    damages = tuple(_damages(result.find("data"), names))
    for element in result.iter():
        _clear_element(element)
    return damages


def record_name(element: etree._Element) -> str:
    """Return what identifies the record or field that holds the element, like "RECORDNO 17"; "" if nothing does."""
    for holder in element.iterancestors():
        for name in NAMING:
            if text := holder.findtext(name):
                return f"{name} {replace_marks(text).strip()}"
        parent = holder.getparent()
        if parent is None or parent.tag == "data":
            break
    return ""


def remove_tags(data: etree._Element, names: Mapping[str, str]) -> Iterator[Damage]:
    """Replace fields of records that hold tags by their plain text, and yield where they were.

    Only for the data of a query, whose fields are flat. names: see `Repaired`.
    Raises DamagedReply if a field holds the fields that should follow it: these would be read as empty.
    """
    fields = {field.tag for record in data for field in record}
    for index, record in enumerate(data):
        for field in record:
            if not len(field):
                continue
            name = replace_marks(names.get(field.tag, field.tag))
            place = record_name(field) or f"record {index + 1}"
            if any(part.tag in fields for part in field.iterdescendants()):
                raise DamagedReply(f"fields within the text of {place}, field {name}")
            text = "".join(map(str, field.itertext()))
            del field[:]
            field.text = REPLACEMENT + text
            yield Damage(index, place, name, 1)


def break_description(content: bytes, names: Mapping[str, str]) -> str:
    """Return the record and field at which a parser stopped. names: see `Repaired`."""
    record, path = "", [""]
    for event, element in _events(content):
        if event == "start":
            path.append(names.get(element.tag, element.tag))
            continue
        path.pop()
        if element.tag in NAMING:
            record = f"{element.tag} {replace_marks(element.text or '')}, "
        element.clear()
    return f"{record}field {path[-1]}" if path[-1] else "its beginning"


def _events(content: bytes) -> Iterator[tuple[str, etree._Element]]:
    """The parser's events. The content is parsed in chunks, so that only a small part of the tree is in memory."""
    parser = etree.XMLPullParser(("start", "end"), resolve_entities=False, no_network=True, load_dtd=False)
    for start in range(0, len(content), CHUNK):
        with suppress(etree.XMLSyntaxError):
            parser.feed(content[start : start + CHUNK])
        try:
            for event, element in parser.read_events():
                if isinstance(element, etree._Element):
                    yield event, element
        except etree.XMLSyntaxError:
            return


def _damages(data: etree._Element | None, names: Mapping[str, str]) -> Iterator[Damage]:
    if data is None:
        return
    if characters := _clear_element(data):
        yield Damage(None, "the list", "data", characters)
    for index, record in enumerate(data):
        for element in record.iter():
            if characters := _clear_element(element):
                field = replace_marks(names.get(element.tag, element.tag))
                yield Damage(index, record_name(element) or f"record {index + 1}", field, characters)


def _clear_element(element: etree._Element) -> int:
    """Replace the marks in an element's text, attributes and tail by U+FFFD. Return how many there were."""
    count = 0
    if element.text and MARK in element.text:
        count += element.text.count(MARK)
        element.text = replace_marks(element.text)
    if element.tail and MARK in element.tail:
        count += element.tail.count(MARK)
        element.tail = replace_marks(element.tail)
    for name, value in element.items():
        if isinstance(value, str) and MARK in value:
            count += value.count(MARK)
            element.set(name, replace_marks(value))
    return count
