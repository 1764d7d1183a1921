"""Reading the custom fields of a customization package, validated with its schema."""

from pathlib import Path
from threading import Lock

from lxml import etree

from practice.company import CustomField, Refused
from practice.screens.forms import OBJECTS

LARGEST = 1024 * 1024
# The name of each data type in a package.
TYPES = {
    "checkbox": "Checkbox",
    "currency": "Currency",
    "date": "Date",
    "email": "Email",
    "number": "Number",
    "percent": "Percent",
    "picklist": "Pick list",
    "text": "Text",
    "textarea": "Text area",
    "url": "URL",
}
_SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("package.xsd")))
_LOCK = Lock()  # The error log is the schema's own: one thread at a time.


def fields_in(raw: bytes) -> list[CustomField]:
    """Return the custom fields of a package. Raise Refused with the error and its line."""
    root = _document(raw)
    with _LOCK:
        try:
            _SCHEMA.assertValid(root)
        except etree.DocumentInvalid as invalid:
            raise _refusal(str(invalid)) from None
    fields = [_field(element) for element in root.iterfind("customErpPackage/customFields/customField")]
    if not fields:
        raise _refusal("It contains no custom field.")
    return fields


def _document(raw: bytes) -> etree._Element:
    if len(raw) > LARGEST:
        raise _refusal("It is larger than 1 MB.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise _refusal(str(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refusal("It contains a document type declaration, which packages do not have.")
    return root


def _field(element: etree._Element) -> CustomField:
    field_id, kind, owner = (_text(element, name) for name in ("customFieldId", "type", "ownerObject"))
    if element.find(f"dataDescription/{kind}") is None:
        raise _refusal(f"Field {field_id}: its type is {kind}, but its data description has another type.")
    if kind not in TYPES:
        raise _refusal(f"Field {field_id}: a practice company has no fields of type {kind}.")
    if owner not in OBJECTS:
        raise _refusal(f"Field {field_id}: there is no object {owner} that has custom fields.")
    return CustomField(owner, TYPES[kind], _text(element, "label") or field_id, field_id, _text(element, "description"))


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _refusal(reason: str) -> Refused:
    return Refused(f"This package cannot be imported. {reason}", "package")
