"""Typed readers: what each set-up function gives, as values with names."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from lxml import etree

from intacct.errors import MisshapenReply
from intacct.filters import TIME_STAMP
from intacct.reply import Data


@dataclass(frozen=True)
class Entity:
    id: str
    name: str
    currency: str


@dataclass(frozen=True)
class Dimension:
    """`label` is the company's own word for it; `object` what `query` wants."""

    object: str
    label: str
    term: str
    user_defined: bool
    enabled_in_gl: bool


@dataclass(frozen=True)
class FinancialSetup:
    base_currency: str
    multi_currency: bool
    multi_base_currency: bool
    multi_entity: bool


@dataclass(frozen=True)
class UserFormatting:
    """How this user reads and writes dates, and how far its clock is from UTC. Filters follow it."""

    locale: str
    date_format: str
    clock: str
    offset: timedelta

    @property
    def expected(self) -> bool:
        """Month/day/year and a clock of 24 hours: the one way our filters write times."""
        return self.date_format == "/mdY" and self.clock == "24"

    def local(self, moment: datetime) -> datetime:
        """A moment with a zone, as this user's clock shows it: ready for a filter."""
        return moment.astimezone(timezone(self.offset)).replace(tzinfo=None)

    def moment(self, shown: str) -> datetime:
        """A time stamp of a record, MM/DD/YYYY HH:MM:SS by this user's clock, as a moment."""
        return datetime.strptime(shown, TIME_STAMP).replace(tzinfo=timezone(self.offset))


@dataclass(frozen=True)
class Field:
    id: str
    label: str
    description: str
    datatype: str
    required: bool
    readonly: bool
    custom: bool


def entities(data: Data) -> list[Entity]:
    """Of `read_entity_details`: the entities this user may work in."""
    return [Entity(_text(row, "id"), _text(row, "name"), _text(row, "currency")) for row in data.element.iter("entity")]


def dimensions(data: Data) -> list[Dimension]:
    return [
        Dimension(
            _text(row, "objectName"),
            _text(row, "objectLabel"),
            _text(row, "termLabel"),
            _true(row, "userDefinedDimension"),
            _true(row, "enabledInGL"),
        )
        for row in data.element.iter("dimension")
    ]


def financial_setup(data: Data) -> FinancialSetup:
    row = _only(data, "financialSetup")
    return FinancialSetup(
        _text(row, "baseCurrency"),
        _true(row, "multiCurrency"),
        _true(row, "multiBaseCurrency"),
        _true(row, "multiEntityShared"),
    )


def applications(data: Data) -> set[str]:
    """The codes of what the company subscribes to, in capitals."""
    return {code.upper() for row in data.element.iter("application") if (code := _own_text(row))}


def user_formatting(data: Data) -> UserFormatting:
    row = _only(data, "userformatting")
    return UserFormatting(
        _text(row, "locale"), _text(row, "dateformat"), _text(row, "clock"), _offset(_text(row, "gmtoffset"))
    )


def permissions(data: Data) -> dict[tuple[str, str], frozenset[str]]:
    """{(application, policy): rights}, all in small letters with single spaces: see `normal`."""
    return {
        (normal(_text(application, "applicationName")), normal(_text(policy, "policyName"))): _rights(policy)
        for application in data.element.iter("appSubscription")
        for policy in application.iter("policy")
    }


def fields(data: Data) -> dict[str, Field]:
    """Of `lookup`: fields by ID, exactly as Intacct writes it."""
    found = (
        Field(
            _text(row, "ID"),
            _text(row, "LABEL"),
            _text(row, "DESCRIPTION"),
            _text(row, "DATATYPE"),
            _true(row, "REQUIRED"),
            _true(row, "READONLY"),
            _true(row, "ISCUSTOM"),
        )
        for row in data.element.iterfind("Type/Fields/Field")
    )
    return {field.id: field for field in found}


def normal(name: str) -> str:
    """A name from Intacct's screens fit for comparing: case and spacing differ from company to company."""
    return " ".join(name.casefold().split())


def _rights(policy: etree._Element) -> frozenset[str]:
    return frozenset(right for part in _text(policy, "rights").split("|") if (right := normal(part)))


def _offset(text: str) -> timedelta:
    """Hours ("-8", "5.5") or hours and minutes ("-08:00"), whichever the company gives."""
    hours, _, minutes = text.partition(":")
    try:
        whole, rest = Decimal(hours or "0"), Decimal(minutes or "0")
        offset = timedelta(hours=float(whole), minutes=float(rest.copy_sign(whole)))
    except (InvalidOperation, ValueError, OverflowError):
        offset = timedelta.max
    if abs(offset) > timedelta(hours=15):
        raise MisshapenReply("the user's distance from Greenwich could not be read", layer="result")
    return offset


def _only(data: Data, name: str) -> etree._Element:
    row = next(data.element.iter(name), None)
    if row is None:
        raise MisshapenReply(f"the reply has no {name}", layer="result")
    return row


def _text(parent: etree._Element, name: str) -> str:
    for element in parent.iterchildren(name):
        return _own_text(element)
    return ""


def _own_text(element: etree._Element) -> str:
    if len(element):
        # What stands before a tag is not the text: "Beanworks" of "Beanworks<b/> old".
        raise MisshapenReply(f"the text of {element.tag} holds tags", layer="result")
    return (element.text or "").strip()


def _true(parent: etree._Element, name: str) -> bool:
    return _text(parent, name).lower() == "true"
