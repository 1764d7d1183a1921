"""Read the replies of the set-up functions into typed values.

The element names are those of Sage's documentation and recorded replies. A reader raises MisshapenReply if its element
is missing or a text holds tags.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from lxml import etree

from intacct.errors import MisshapenReply
from intacct.filters import TIME_STAMP
from intacct.reply import Data


@dataclass(frozen=True)
class Entity:
    """Describe an entity of the company. `id` is its location ID; `currency` is "" if the company has only one."""

    id: str
    name: str
    currency: str


@dataclass(frozen=True)
class Dimension:
    """Describe a dimension. `object` is its name in `query`; `label` and `term` are the company's own words for it."""

    object: str
    label: str
    term: str
    user_defined: bool


@dataclass(frozen=True)
class FinancialSetup:
    """Describe which of Intacct's multi-currency and multi-entity features the company uses."""

    base_currency: str
    multi_currency: bool
    multi_entity: bool


@dataclass(frozen=True)
class UserFormatting:
    """Describe how Intacct formats dates and times for this user, and the offset of the user's clock from UTC.

    Intacct reads the times in filters by these settings, and writes the times of records by them.
    """

    locale: str
    date_format: str
    clock: str
    offset: timedelta

    @property
    def is_expected(self) -> bool:
        """Whether it is month/day/year and a 24-hour clock, the only format that our filters write."""
        return self.date_format == "/mdY" and self.clock == "24"

    def local(self, moment: datetime) -> datetime:
        """Return an aware datetime as a naive one by this user's clock, ready for a filter."""
        return moment.astimezone(timezone(self.offset)).replace(tzinfo=None)

    def moment(self, shown: str) -> datetime:
        """Return a time stamp of a record, MM/DD/YYYY HH:MM:SS by this user's clock, as an aware datetime."""
        return datetime.strptime(shown, TIME_STAMP).replace(tzinfo=timezone(self.offset))


@dataclass(frozen=True)
class Field:
    """Describe a field of an object, as `lookup` returns it. `custom`: the company added the field itself."""

    id: str
    label: str
    description: str
    datatype: str
    required: bool
    custom: bool


def entities(data: Data) -> list[Entity]:
    """Return the entities that this user can access, from a reply to `readEntityDetails`."""
    return [Entity(_text(row, "id"), _text(row, "name"), _text(row, "currency")) for row in data.element.iter("entity")]


def dimensions(data: Data) -> list[Dimension]:
    """Return the company's dimensions, from a reply to `getDimensions`."""
    return [
        Dimension(
            _text(row, "objectName"),
            _text(row, "objectLabel"),
            _text(row, "termLabel"),
            _is_true(row, "userDefinedDimension"),
        )
        for row in data.element.iter("dimension")
    ]


def financial_setup(data: Data) -> FinancialSetup:
    """Return the company's financial set-up, from a reply to `getFinancialSetup`."""
    row = _required_element(data, "financialSetup")
    return FinancialSetup(
        _text(row, "baseCurrency"),
        _is_true(row, "multiCurrency"),
        _is_true(row, "multiEntityShared"),
    )


def applications(data: Data) -> set[str]:
    """Return the codes of the applications that the company subscribes to, in upper case.

    From a reply to `get_applications`.
    """
    return {code.upper() for row in data.element.iter("application") if (code := _own_text(row))}


def user_formatting(data: Data) -> UserFormatting:
    """Return the user's formats and offset, from a reply to `readUserFormatting`."""
    row = _required_element(data, "userformatting")
    return UserFormatting(
        _text(row, "locale"), _text(row, "dateformat"), _text(row, "clock"), _offset(_text(row, "gmtoffset"))
    )


def permissions(data: Data) -> dict[tuple[str, str], frozenset[str]]:
    """Return {(application, policy): rights}, all normalized by `normal`, from a reply to `getUserPermissions`."""
    return {
        (normal(_text(application, "applicationName")), normal(_text(policy, "policyName"))): _rights(policy)
        for application in data.element.iter("appSubscription")
        for policy in application.iter("policy")
    }


def fields(data: Data) -> dict[str, Field]:
    """Return the fields by their ID, in Intacct's own spelling, from a reply to `lookup`."""
    listed = (
        Field(
            _text(row, "ID"),
            _text(row, "LABEL"),
            _text(row, "DESCRIPTION"),
            _text(row, "DATATYPE"),
            _is_true(row, "REQUIRED"),
            _is_true(row, "ISCUSTOM"),
        )
        for row in data.element.iterfind("Type/Fields/Field")
    )
    return {field.id: field for field in listed}


def normal(name: str) -> str:
    """Return a name in a form for comparison. Case and spacing of names differ from company to company."""
    return " ".join(name.casefold().split())


def _rights(policy: etree._Element) -> frozenset[str]:
    return frozenset(right for part in _text(policy, "rights").split("|") if (right := normal(part)))


def _offset(text: str) -> timedelta:
    """The offset from UTC. Companies write hours ("-8", "5.5") or hours and minutes ("-08:00")."""
    hours, _, minutes = text.partition(":")
    try:
        whole, rest = Decimal(hours or "0"), Decimal(minutes or "0")
        offset = timedelta(hours=float(whole), minutes=float(rest.copy_sign(whole)))
    except (InvalidOperation, ValueError, OverflowError):
        offset = timedelta.max
    if abs(offset) > timedelta(hours=15):
        raise MisshapenReply("the user's distance from Greenwich could not be read", layer="result")
    return offset


def _required_element(data: Data, name: str) -> etree._Element:
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
        # The text before a tag is not the whole text: "Beanworks" in "Beanworks<b/> old".
        raise MisshapenReply(f"the text of {element.tag} holds tags", layer="result")
    return (element.text or "").strip()


def _is_true(parent: etree._Element, name: str) -> bool:
    return _text(parent, name).lower() == "true"
