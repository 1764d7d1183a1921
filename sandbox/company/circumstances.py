"""What nobody outside knows for certain about the real gateway, and how the API user sees dates.

Each is a choice, the likeliest by default. `label` is what the screen calls it, and all that is to be said of it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


def told(label: str, default: Any) -> Any:
    return field(default=default, metadata={"label": label})


@dataclass
class Formatting:
    """`dateformat`: separator, then the order of d, m and Y."""

    locale: str = told("Locale", "en_US")
    dateformat: Literal["/mdY", "/dmY", "-Ymd", "-dmY", ".dmY"] = told("Dates", "/mdY")
    gmtoffset: float = told("Hours from Greenwich", 0)
    clock: Literal["24", "12"] = told("Clock", "24")


@dataclass
class Behaviour:
    wrong_user: Literal["sign-in", "XMLGW_JPP0002", "UJPP0002"] = told(
        "A wrong user or password: a failed sign-in, or with 401 by another front end", "sign-in"
    )
    inactive_user: Literal["sign-in", "text"] = told("An inactive user: like a wrong one, or in words", "sign-in")
    ip_filtered: Literal["sign-in", "text", "forbidden"] = told(
        "An address not allowed: like a wrong user, in words, or with 403", "sign-in"
    )
    bad_entity: Literal["sign-in", "text"] = told(
        "An entity unknown or not allowed: like a wrong user, or in words", "sign-in"
    )
    web_services_off: Literal["sign-in", "control", "wrong-user"] = told(
        "Web Services off: in words at sign-in or before it, or like a wrong user", "sign-in"
    )
    missing_module: Literal["not-found", "not-subscribed", "disabled", "unauthorised", "permission"] = told(
        "An object of an application not subscribed to", "not-found"
    )
    items_opened_by: Literal["any", "inventory-control"] = told(
        "Items are opened by any of their three rows, or by one", "any"
    )
    view_suffices: bool = told("View without List reads rows", True)
    list_suffices: bool = told("List without View reads rows", False)
    subscriptions_need_admin: bool = told("Applications are told to users with admin privileges only", True)
    denied_functions: list[str] = field(
        default_factory=list, metadata={"label": 'Functions the API user may not call, as JSON: ["getDimensions"]'}
    )
    web_services_code: str = told("Web Services’ code among the applications; empty: not named", "WS")
    policy_names: dict[str, str] = field(
        default_factory=dict,
        metadata={"label": 'Permissions that getUserPermissions calls otherwise, as JSON: {"Bills": "Invoices"}'},
    )
    admin_reads: Literal["code", "words"] = told(
        "USERINFO.ADMIN: false, true and Full, or Off, Limited and Full", "code"
    )
    url_data_type: str = told("What lookup says of a URL field", "TEXT")
    url_data_name: str = told("What inspect says of it", "Pt_FieldString")
    aggregate_tags: Literal["COUNT.FIELD", "FIELD"] = told("Tags of sum, avg, min and max", "COUNT.FIELD")
    unqueryable_fields: dict[str, str] = field(
        default_factory=dict,
        metadata={"label": 'Fields that query refuses though lookup lists them, as JSON: {"ITEM": "BASEUOM UPC"}'},
    )
    unqueryable_told: Literal["as-asked", "lower-case"] = told(
        "The object in that refusal: as it was asked for, or in small letters (2022)", "as-asked"
    )
    telling_errors: bool = told("A function refused says more in further errors", True)
    functions_per_request: int = told("Functions in one request; 0: no limit", 0)
    session_seconds: int = told("Seconds a session lasts", 7200)
    concurrent_requests: int = told("Requests in flight at once", 2)
    concurrency_wait: float = told("Seconds a surplus request waits before 429", 0.0)
    retry_after: int = told("Seconds told with 429; 0: none", 0)
