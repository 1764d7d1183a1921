"""Build the functions that we send, named as in Sage's API reference. Each returns a `Function` for a request.

Arguments and limits are from Sage's request schema (`api.xsd`, DTD 3.0). What a reply holds is from Sage's API
reference and from recorded replies; `setup_replies` and `paging` read it.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from lxml import etree

from intacct.filters import Filter
from intacct.request import Function
from intacct.xml import boolean, element

LARGEST_PAGE = 2000
"""Records, by Sage's XML schema."""


def get_api_session(entity_id: str | None = None) -> Function:
    """Ask for a session ID and endpoint. Intacct requires it to be the only function of its request.

    entity_id: None for the level of the request, "" for the top level, or the ID of an entity.
    The reply holds `api` with sessionid, endpoint and locationid, which is empty at the top level.
    """
    return _call("getAPISession", *([] if entity_id is None else [element("locationid", entity_id)]))


def query(
    object: str,
    fields: Sequence[str],
    *,
    where: Filter | None = None,
    order_by: Sequence[str] = (),
    page_size: int = LARGEST_PAGE,
    offset: int = 0,
    show_private: bool = False,
    count: str | None = None,
) -> Function:
    """Ask for a page of an object's records.

    where: a filter; None for all records. order_by: field names, "-NAME" for descending. page_size: 1 to 2000 records.
    offset: records to skip. show_private: include, at the top level, records that belong to a single entity.
    count: a field to count; the reply then holds COUNT.<field>.
    The reply holds flat records, named as the object was written here, with their total and how many remain. Without
    `order_by` their order is undefined. A field that the object does not have refuses the whole query.
    Raises ValueError for a page size that Intacct refuses.
    """
    if not 1 <= page_size <= LARGEST_PAGE:
        raise ValueError(f"a page holds 1 to {LARGEST_PAGE} records, not {page_size}")
    aggregates = [element("count", count)] if count else []
    parts = [element("object", object), element("select", *_elements("field", fields), *aggregates)]
    if where:
        parts.append(element("filter", where.element()))
    if order_by:
        parts.append(element("orderby", *(_order(name) for name in order_by)))
    if show_private:
        parts.append(element("options", element("showprivate", boolean(True))))
    return _call("query", *parts, element("pagesize", str(page_size)), element("offset", str(offset)))


def read(object: str, keys: Iterable[str], fields: Sequence[str] = ("*",)) -> Function:
    """Ask for whole records by RECORDNO, with their lines. With no keys Intacct returns any hundred records.

    A key that does not exist is no error: the record is missing in the reply (recorded).
    """
    return _call("read", element("object", object), _comma_separated("keys", keys), _comma_separated("fields", fields))


def read_by_name(object: str, keys: Iterable[str], fields: Sequence[str] = ("*",)) -> Function:
    """Ask for whole records by the ID that users see, such as VENDORID."""
    return _call(
        "readByName", element("object", object), _comma_separated("keys", keys), _comma_separated("fields", fields)
    )


def read_by_query(object: str, condition: str, fields: Sequence[str] = ("*",), *, page_size: int = 1000) -> Function:
    """Ask for records by an SQL-like condition, without an order: an older function, for what `query` cannot read.

    page_size: records; the reference allows 1,000. The tags of the reply are in lower case (recorded).
    """
    return _call(
        "readByQuery",
        element("object", object),
        _comma_separated("fields", fields),
        element("query", condition),
        element("pagesize", str(page_size)),
    )


def read_more(result_id: str) -> Function:
    """Ask for the next page of a `read_by_query`. It works only in the same session."""
    return _call("readMore", element("resultId", result_id))


def lookup(object: str) -> Function:
    """Ask for an object's fields. It succeeds even if the user may not read records, so it proves no permission.

    Recorded replies report a URL field as TEXT, so the type of the custom field cannot be checked.
    """
    return _call("lookup", element("object", object))


def inspect(object: str = "*", detail: bool = False) -> Function:
    """Ask for the names of an object's fields, or of all objects ("*"). detail: also their types and labels."""
    call = element("inspect", element("object", object), **({"detail": "1"} if detail else {}))
    return Function("inspect", call)


def get_user_permissions(user_id: str) -> Function:
    """Ask for a user's permissions, by application.

    The caller needs the right View of Users, Permissions, which the role that we ask for does not grant. So most
    companies refuse it, and nothing may depend on it.
    """
    return _call("getUserPermissions", element("userId", user_id))


def read_user_formatting(user_id: str) -> Function:
    """Ask how dates and times are formatted for a user, and for the offset of the user's clock from UTC.

    Intacct reads and writes time stamps by these settings, so a filter for changes needs them.
    """
    return _call("readUserFormatting", element("userId", user_id))


def read_entity_details() -> Function:
    """Ask for the entities that the signed-in user can access. A company without entities returns none."""
    return _call("readEntityDetails")


def get_financial_setup() -> Function:
    """Ask for the company's base currency and which multi-currency and multi-entity features it uses."""
    return _call("getFinancialSetup")


def get_dimensions() -> Function:
    """Ask for the company's dimensions, standard and user-defined, with the company's own names for them."""
    return _call("getDimensions")


def get_applications() -> Function:
    """Ask for the codes of the applications that the company subscribes to, such as AP and GL."""
    return _call("get_applications")


def _call(name: str, *parts: etree._Element) -> Function:
    return Function(name, element(name, *parts))


def _elements(tag: str, texts: Iterable[str]) -> list[etree._Element]:
    return [element(tag, text) for text in texts]


def _comma_separated(tag: Literal["keys", "fields"], texts: Iterable[str]) -> etree._Element:
    return element(tag, ",".join(texts))


def _order(name: str) -> etree._Element:
    direction = "descending" if name.startswith("-") else "ascending"
    return element("order", element("field", name.removeprefix("-")), element(direction))
