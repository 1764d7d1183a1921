"""Options for behavior of the real gateway that is not publicly known, and for the API user's date format.

The default is the most likely behavior. `label` is the text on the screen and describes the option.
"""

from dataclasses import dataclass, field
from typing import Any, Literal


def option(label: str, default: Any) -> Any:
    return field(default=default, metadata={"label": label})


@dataclass
class Formatting:
    """Number and date format. `dateformat`: separator, then the order of d, m and Y."""

    locale: str = option("Locale", "en_US")
    dateformat: Literal["/mdY", "/dmY", "-Ymd", "-dmY", ".dmY"] = option("Dates", "/mdY")
    gmtoffset: float = option("Hours from Greenwich", 0)
    clock: Literal["24", "12"] = option("Clock", "24")


@dataclass
class Behavior:
    wrong_user: Literal["sign-in", "XMLGW_JPP0002", "UJPP0002"] = option(
        "A wrong user or password: a failed sign-in, or 401 from another front end", "sign-in"
    )
    inactive_user: Literal["sign-in", "text"] = option(
        "An inactive user: like a wrong user, or reported as inactive", "sign-in"
    )
    ip_filtered: Literal["sign-in", "text", "forbidden"] = option(
        "An address that is not allowed: like a wrong user, reported, or 403", "sign-in"
    )
    bad_entity: Literal["sign-in", "text"] = option(
        "An entity that is unknown or not allowed: like a wrong user, or reported", "sign-in"
    )
    web_services_off: Literal["sign-in", "control", "wrong-user"] = option(
        "Web Services off: reported at sign-in or before it, or like a wrong user", "sign-in"
    )
    missing_module: Literal["not-found", "not-subscribed", "disabled", "unauthorized", "permission"] = option(
        "An object of an application not subscribed to", "not-found"
    )
    items_opened_by: Literal["any", "inventory-control"] = option(
        "Items are opened by any of their three rows, or by one", "any"
    )
    view_suffices: bool = option("View without List reads rows", True)
    list_suffices: bool = option("List without View reads rows", False)
    subscriptions_need_admin: bool = option("Applications are shown only to users with admin privileges", True)
    denied_functions: list[str] = field(
        default_factory=list, metadata={"label": 'Functions the API user may not call, as JSON: ["getDimensions"]'}
    )
    web_services_code: str = option("Web Services’ code among the applications; empty: not named", "WS")
    policy_names: dict[str, str] = field(
        default_factory=dict,
        metadata={"label": 'Permissions that getUserPermissions calls by another name, as JSON: {"Bills": "Invoices"}'},
    )
    admin_reads: Literal["code", "words"] = option(
        "USERINFO.ADMIN: false, true and Full, or Off, Limited and Full", "code"
    )
    state_names: dict[str, str] = field(
        default_factory=dict,
        metadata={"label": 'States of bills in another language, as JSON: {"Draft": "Brouillon"}'},
    )
    url_data_type: str = option("Type of a URL field in lookup", "TEXT")
    url_data_name: str = option("Type of a URL field in inspect", "Pt_FieldString")
    aggregate_tags: Literal["COUNT.FIELD", "FIELD"] = option("Tags of sum, avg, min and max", "COUNT.FIELD")
    unqueryable_fields: dict[str, str] = field(
        default_factory=dict,
        metadata={"label": 'Fields that query refuses although lookup lists them, as JSON: {"ITEM": "BASEUOM UPC"}'},
    )
    unqueryable_spelling: Literal["as-asked", "lower-case"] = option(
        "The object in that refusal: as requested, or in lower case (2022)", "as-asked"
    )
    unknown_elements: Literal["ignored", "refused"] = option("An element of a new bill that is no field", "ignored")
    draft_rules: Literal["all", "records"] = option(
        "A draft must follow all rules for bills, or only those about fields and records", "all"
    )
    further_errors: bool = option("A refused function gives details in further errors", True)
    functions_per_request: int = option("Functions in one request; 0: no limit", 0)
    session_seconds: int = option("Seconds a session lasts", 7200)
    concurrent_requests: int = option("Requests in flight at once", 2)
    concurrency_wait: float = option("Seconds a surplus request waits before 429", 0.0)
    retry_after: int = option("Seconds in Retry-After with 429; 0: none", 0)
