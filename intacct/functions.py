"""The calls we make, one function each, named as in the API reference."""

from collections.abc import Iterable, Sequence
from typing import Literal

from lxml import etree

from intacct.filters import Filter
from intacct.markup import boolean, element
from intacct.request import Function

LARGEST_PAGE = 2000


def get_api_session(entity_id: str | None = None) -> Function:
    """A session where the caller stands (None), at the top level (""), or at an entity. Alone in its request."""
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
    """Records of an object. `order_by` takes field names, "-NAME" for descending; `count` adds COUNT.<field>.

    `show_private` includes, at the top level, what belongs to a single entity.
    """
    if not 1 <= page_size <= LARGEST_PAGE:
        raise ValueError(f"a page holds 1 to {LARGEST_PAGE} records, not {page_size}")
    counted = [element("count", count)] if count else []
    parts = [element("object", object), element("select", *_all("field", fields), *counted)]
    if where:
        parts.append(element("filter", where.element()))
    if order_by:
        parts.append(element("orderby", *(_order(name) for name in order_by)))
    if show_private:
        parts.append(element("options", element("showprivate", boolean(True))))
    return _call("query", *parts, element("pagesize", str(page_size)), element("offset", str(offset)))


def read(object: str, keys: Iterable[str], fields: Sequence[str] = ("*",)) -> Function:
    """Whole records by RECORDNO, with their lines. No keys would read the first hundred in no order."""
    return _call("read", element("object", object), _joined("keys", keys), _joined("fields", fields))


def read_by_name(object: str, keys: Iterable[str], fields: Sequence[str] = ("*",)) -> Function:
    """Whole records by the ID people use."""
    return _call("readByName", element("object", object), _joined("keys", keys), _joined("fields", fields))


def read_by_query(object: str, condition: str, fields: Sequence[str] = ("*",), *, page_size: int = 1000) -> Function:
    """Older reading with an SQL-like condition, in no order: only where `query` will not do."""
    return _call(
        "readByQuery",
        element("object", object),
        _joined("fields", fields),
        element("query", condition),
        element("pagesize", str(page_size)),
    )


def read_more(result_id: str) -> Function:
    """The next page of a `read_by_query`, in the same session only."""
    return _call("readMore", element("resultId", result_id))


def lookup(object: str) -> Function:
    """The object's fields. It answers even where rows may not be read, so it proves no permission."""
    return _call("lookup", element("object", object))


def inspect(object: str = "*", detail: bool = False) -> Function:
    """The names of an object's fields, or of all objects; with detail, their types and labels."""
    call = element("inspect", element("object", object), **({"detail": "1"} if detail else {}))
    return Function("inspect", call)


def get_user_permissions(user_id: str) -> Function:
    return _call("getUserPermissions", element("userId", user_id))


def read_user_formatting(user_id: str) -> Function:
    return _call("readUserFormatting", element("userId", user_id))


def read_entity_details() -> Function:
    """The entities this user may work in."""
    return _call("readEntityDetails")


def get_financial_setup() -> Function:
    return _call("getFinancialSetup")


def get_dimensions() -> Function:
    return _call("getDimensions")


def get_applications() -> Function:
    """The codes of the applications the company subscribes to."""
    return _call("get_applications")


def get_company_prefs(application: str) -> Function:
    return Function("get_companyprefs", element("get_companyprefs", application=application))


def _call(name: str, *parts: etree._Element) -> Function:
    return Function(name, element(name, *parts))


def _all(tag: str, texts: Iterable[str]) -> list[etree._Element]:
    return [element(tag, text) for text in texts]


def _joined(tag: Literal["keys", "fields"], texts: Iterable[str]) -> etree._Element:
    return element(tag, ",".join(texts))


def _order(name: str) -> etree._Element:
    direction = "descending" if name.startswith("-") else "ascending"
    return element("order", element("field", name.removeprefix("-")), element(direction))
