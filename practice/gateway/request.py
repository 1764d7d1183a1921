"""Parsing a request: check that it is well-formed and valid, then convert it to plain values."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs

from lxml import etree

from practice.gateway import refusals

FOLDER = Path(__file__).parent.parent
XS = "{http://www.w3.org/2001/XMLSchema}"
FUNCTION_NAMES = (FOLDER / "functions.txt").read_text().split()
"""Every function of Sage's schema."""


def schema() -> etree.XMLSchema:
    """Return our schema. It accepts any content in functions that it does not describe; these are refused later."""
    tree = etree.parse(FOLDER / "schema.xsd")
    (choice,) = tree.iterfind(f"{XS}complexType[@name='function']/{XS}choice")
    described = {element.get("name") for element in choice}
    for name in FUNCTION_NAMES:
        if name not in described:
            etree.SubElement(choice, f"{XS}element", name=name, type="anything")
    return etree.XMLSchema(tree)


_SCHEMA = schema()
_LOCK = Lock()  # The error log is the schema's own: one thread at a time.
LEVELS = {"FATAL": "Fatal Error", "ERROR": "Error", "WARNING": "Warning"}


@dataclass(frozen=True)
class Login:
    user: str
    company: str
    password: str = field(repr=False)
    entity: str = ""


@dataclass(frozen=True)
class Function:
    control_id: str
    call: etree._Element

    @property
    def name(self) -> str:
        return str(self.call.tag)


@dataclass(frozen=True)
class Operation:
    transaction: bool
    login: Login | None
    session: str
    functions: list[Function]


@dataclass(frozen=True)
class Request:
    sender: str
    password: str = field(repr=False)
    control_id: str
    is_unique: bool
    dtd_version: str
    policy: str | None
    more_errors: bool
    operations: list[Operation]


def body(raw: bytes, content_type: str) -> bytes:
    """Return the XML of a request. Old clients send it as a form field."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return parse_qs(raw.decode(errors="replace")).get("xmlrequest", [""])[0].encode()
    return raw


def document(raw: bytes) -> etree._Element:
    """Parse the XML. If it is not well-formed, raise ControlRefused with libxml2's words, line and column."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        raise refusals.invalid(_schema_errors(parser.error_log)) from None


def named_company_and_session(root: etree._Element) -> tuple[str, str]:
    """Return the company ID and session ID of a request that is not yet validated; "" for each one it lacks."""
    where = "operation/authentication/"
    return _text(root, where + "login/companyid"), _text(root, where + "sessionid")


def validate(root: etree._Element) -> Request:
    """Validate and convert a request. Raise ControlRefused, as `document` does, if the schema does not allow it."""
    with _LOCK:
        if not _SCHEMA.validate(root):
            raise refusals.invalid(_schema_errors(_SCHEMA.error_log))
    return Request(
        sender=_text(root, "control/senderid"),
        password=_text(root, "control/password"),
        control_id=_text(root, "control/controlid"),
        is_unique=_text(root, "control/uniqueid").lower() not in ("false", "0"),  # true by default
        dtd_version=_text(root, "control/dtdversion"),
        policy=root.findtext("control/policyid"),
        more_errors=_text(root, "control/showadditionalerrorinfo") in ("true", "1"),
        operations=[_operation(operation) for operation in root.findall("operation")],
    )


def _schema_errors(log: etree._ListErrorLog) -> list[str]:
    return [
        f"XML Parse schema error: {LEVELS[entry.level_name]} {entry.type}: {entry.message.strip().rstrip('.')}. "
        f"Line: {entry.line}, column: {entry.column}."
        for entry in log
    ]


def _operation(node: etree._Element) -> Operation:
    login = node.find("authentication/login")
    functions = [
        Function(function.get("controlid", ""), call)
        for function in node.iterfind("content/function")
        for call in function.iterchildren("*")
    ]
    return Operation(
        transaction=node.get("transaction") == "true",
        login=None if login is None else _login(login),
        session=_text(node, "authentication/sessionid"),
        functions=functions,
    )


def _login(node: etree._Element) -> Login:
    names = ("userid", "companyid", "password", "locationid")
    return Login(*(_text(node, name) for name in names))


def _text(node: etree._Element, path: str) -> str:
    return (node.findtext(path) or "").strip()
