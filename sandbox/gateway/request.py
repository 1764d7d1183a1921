"""Reading a request: well-formed, schema-valid, then plain values."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs

from lxml import etree

from sandbox.gateway import refusals

FOLDER = Path(__file__).parent.parent
XS = "{http://www.w3.org/2001/XMLSchema}"
FUNCTION_NAMES = (FOLDER / "functions.txt").read_text().split()
"""Every function of Sage's schema."""


def schema() -> etree.XMLSchema:
    """Ours, which takes the functions it does not describe with anything inside: they are refused later, in words."""
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
    """The XML itself; old clients send it as a form field."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        return parse_qs(raw.decode(errors="replace")).get("xmlrequest", [""])[0].encode()
    return raw


def document(raw: bytes) -> etree._Element:
    """Raises ControlRefused with libxml2's own words, line and column when it is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        raise refusals.invalid(_told(parser.error_log)) from None


def named(root: etree._Element) -> tuple[str, str]:
    """The company ID and the session ID that a request names, read before it is judged; empty when it has none."""
    where = "operation/authentication/"
    return _text(root, where + "login/companyid"), _text(root, where + "sessionid")


def validated(root: etree._Element) -> Request:
    """Raises ControlRefused for what the schema does not allow, as `document` does."""
    with _LOCK:
        if not _SCHEMA.validate(root):
            raise refusals.invalid(_told(_SCHEMA.error_log))
    return Request(
        sender=_text(root, "control/senderid"),
        password=_text(root, "control/password"),
        control_id=_text(root, "control/controlid"),
        is_unique=_text(root, "control/uniqueid").lower() not in ("false", "0"),  # true where it is left out
        dtd_version=_text(root, "control/dtdversion"),
        policy=root.findtext("control/policyid"),
        more_errors=_text(root, "control/showadditionalerrorinfo") in ("true", "1"),
        operations=[_operation(each) for each in root.findall("operation")],
    )


def _told(log: etree._ListErrorLog) -> list[str]:
    return [
        f"XML Parse schema error: {LEVELS[each.level_name]} {each.type}: {each.message.strip().rstrip('.')}. "
        f"Line: {each.line}, column: {each.column}."
        for each in log
    ]


def _operation(node: etree._Element) -> Operation:
    login = node.find("authentication/login")
    functions = [
        Function(each.get("controlid", ""), call)
        for each in node.iterfind("content/function")
        for call in each.iterchildren("*")
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
