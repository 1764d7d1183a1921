"""What a company consists of."""

from dataclasses import dataclass, field

Rights = dict[str, set[str]]


class Refused(Exception):
    """The act may not be done; the message is for the person who tried, `field` what it is about."""

    def __init__(self, told: str, field: str | None = None) -> None:
        super().__init__(told)
        self.field = field


@dataclass
class User:
    user_id: str
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    user_type: str = "Business"
    admin_privileges: str = "Off"
    status: str = "Active"
    password: str = field(default="", repr=False)
    web_services_only: bool = False
    top_level: bool = True
    entities: list[str] = field(default_factory=list)  # Empty: all of them.
    roles: list[str] = field(default_factory=list)


@dataclass
class Role:
    """`rights` by policy slug; a user-defined dimension's slug is "dimension:<object>"."""

    name: str
    description: str = ""
    rights: Rights = field(default_factory=dict)


@dataclass
class SenderAuthorization:
    sender_id: str
    description: str = ""
    status: str = "Active"


@dataclass
class Entity:
    id: str
    name: str
    currency: str = "USD"
    status: str = "active"


@dataclass
class CustomField:
    object: str
    data_type: str
    label: str
    id: str
    description: str = ""


@dataclass
class Dimension:
    object: str
    label: str


@dataclass
class Mail:
    to: str
    subject: str
    text: str
    at: str


@dataclass
class Formatting:
    """How the API user sees dates and times. `dateformat`: separator, then the order of d, m and Y."""

    locale: str = "en_US"
    dateformat: str = "/mdY"
    gmtoffset: int = 0
    clock: str = "24"


@dataclass
class Behaviour:
    """What nobody outside knows for certain about the real gateway: each a choice, the likeliest first."""

    wrong_user: str = "sign-in"  # sign-in (200) | XMLGW_JPP0002 (401) | UJPP0002 (401)
    inactive_user: str = "sign-in"  # sign-in | text (says why)
    web_services_off: str = "authorization"  # authorization | sign-in
    ip_filtered: str = "sign-in"  # sign-in | text (says why) | forbidden (403)
    bad_entity: str = "sign-in"  # sign-in | text (says why)
    missing_module: str = "not-found"  # not-found | not-subscribed | disabled | unauthorised | permission
    items_opened_by: str = "any"  # any of its three rows | inventory-control, that row alone
    view_suffices: bool = True  # View without List reads rows
    list_suffices: bool = False  # List without View reads rows
    denied_functions: list[str] = field(default_factory=list)  # e.g. getDimensions, readUserFormatting
    subscriptions_need_admin: bool = True  # get_applications is refused to users without admin privileges
    web_services_code: str = "WS"  # what get_applications calls Web Services; "": it does not name it
    policy_names: dict[str, str] = field(default_factory=dict)  # getUserPermissions' other words: {"Bills": "Invoices"}
    admin_reads: str = "code"  # USERINFO.ADMIN: code (false, true, Full) | words (Off, Limited, Full)
    url_data_type: str = "TEXT"  # what lookup says of a URL custom field
    url_data_name: str = "Pt_FieldString"  # what inspect says of it
    aggregate_tags: str = "COUNT.FIELD"  # COUNT.FIELD | FIELD, for sum, avg, min and max
    telling_errors: bool = True  # a function refused says more in further errors
    functions_per_request: int = 0  # more are refused as against the schema; 0: no limit
    session_seconds: int = 7200
    concurrent_requests: int = 2
    concurrency_wait: float = 0.0  # seconds the surplus request waits before 429
    retry_after: int = 0  # seconds, in the header that goes with 429; 0: no such header
