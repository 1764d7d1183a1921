"""Where a reply is damaged, in words a person can follow in Intacct."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from lxml import etree

from intacct.encoding import CHUNK, MARK
from intacct.errors import DamagedReply
from intacct.reply import Damage

REPLACEMENT = "\ufffd"
NAMING = ("RECORDNO", "ID", "id", "objectName", "userId", "policyName", "applicationName")
"""Elements that tell which record or field their parent is, the best first."""


def replaced(text: str) -> str:
    return text.replace(MARK, REPLACEMENT)


def clear_marks(result: etree._Element, names: Mapping[str, str]) -> tuple[Damage, ...]:
    """Put U+FFFD for every mark in a result; return where its data had them. `names`: see `Repaired`."""
    found = tuple(_damages(result.find("data"), names))
    for element in result.iter():
        _cleared(element)
    return found


def named(element: etree._Element) -> str:
    """What tells the record or field that an element is part of, such as "RECORDNO 17"; "" if nothing does."""
    for holder in element.iterancestors():
        for name in NAMING:
            if text := holder.findtext(name):
                return f"{name} {replaced(text).strip()}"
        parent = holder.getparent()
        if parent is None or parent.tag == "data":
            break
    return ""


def without_tags(data: etree._Element, names: Mapping[str, str]) -> Iterator[Damage]:
    """Put plain text for fields of records that hold tags; yield where. Only for a query, whose fields are flat.

    Raises DamagedReply where a field may have swallowed the ones after it: they would read as empty.
    """
    fields = {field.tag for record in data for field in record}
    for index, record in enumerate(data):
        for field in record:
            if not len(field):
                continue
            name = replaced(names.get(field.tag, field.tag))
            place = named(field) or f"record {index + 1}"
            if any(part.tag in fields for part in field.iterdescendants()):
                raise DamagedReply(f"fields within the text of {place}, field {name}")
            text = "".join(map(str, field.itertext()))
            del field[:]
            field.text = REPLACEMENT + text
            yield Damage(index, place, name, 1)


def where_it_broke(content: bytes, names: Mapping[str, str]) -> str:
    """The record and field that a parser had come to when it could not go on."""
    record, path = "", [""]
    for event, element in _events(content):
        if event == "start":
            path.append(names.get(element.tag, element.tag))
            continue
        path.pop()
        if element.tag in NAMING:
            record = f"{element.tag} {replaced(element.text or '')}, "
        element.clear()
    return f"{record}field {path[-1]}" if path[-1] else "its beginning"


def _events(content: bytes) -> Iterator[tuple[str, etree._Element]]:
    """In small pieces, so that little of the tree is held at any time."""
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
    if characters := _cleared(data):
        yield Damage(None, "the list", "data", characters)
    for index, record in enumerate(data):
        for element in record.iter():
            if characters := _cleared(element):
                field = replaced(names.get(element.tag, element.tag))
                yield Damage(index, named(element) or f"record {index + 1}", field, characters)


def _cleared(element: etree._Element) -> int:
    """Put U+FFFD for the marks of one element, its attributes and what follows it; return how many there were."""
    count = 0
    if element.text and MARK in element.text:
        count += element.text.count(MARK)
        element.text = replaced(element.text)
    if element.tail and MARK in element.tail:
        count += element.tail.count(MARK)
        element.tail = replaced(element.tail)
    for name, value in element.items():
        if isinstance(value, str) and MARK in value:
            count += value.count(MARK)
            element.set(name, replaced(value))
    return count
