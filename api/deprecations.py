"""What of the API is deprecated, since when, and until when it works: in headers of responses and in the document.

The header `Deprecation` is from RFC 9745, `Sunset` from RFC 8594.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.http import http_date

from core.links import absolute_url

Document = Mapping[str, Any]
REFERENCE = re.compile(r"#/components/schemas/(\w+)")
ROUTE = re.compile(r"<(?:\w+:)?(\w+)>")


class Deprecation(NamedTuple):
    """`what`: the version ("v1"), an operation ("GET /api/v1/runs"), or a field of a schema ("RunItem.code")."""

    what: str
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        return f"Deprecated since {self.since:%Y-%m-%d}. It works until {self.until:%Y-%m-%d}."


# Nothing is deprecated now. docs/api.md promises at least 12 months between the two times.
DEPRECATIONS: list[Deprecation] = []


def deprecation_headers(request: HttpRequest, document: Document) -> dict[str, str]:
    """Return the headers for the response to a request: the earliest times of all that concern its operation."""
    path = ROUTE.sub(r"{\1}", f"/{request.resolver_match.route}") if request.resolver_match else ""
    found = [entry for entry in DEPRECATIONS if _concerns(entry, request.method or "", path, document)]
    if not found:
        return {}
    return {
        "Deprecation": f"@{min(entry.since for entry in found).timestamp():.0f}",
        "Sunset": http_date(min(entry.until for entry in found).timestamp()),
        "Link": f'<{absolute_url("/api/v1/docs")}>; rel="deprecation"; type="text/html"',
    }


def mark_deprecated(document: Document) -> None:
    """Mark operations and fields in the OpenAPI document, and say until when they work."""
    for entry in DEPRECATIONS:
        for part in _marked_parts(entry, document):
            part["deprecated"] = True
            part["description"] = f"{entry.words} {part.get('description', '')}".strip()


def _marked_parts(entry: Deprecation, document: Document) -> Iterator[dict[str, Any]]:
    model, _dot, field = entry.what.partition(".")
    if field:
        yield document["components"]["schemas"][model]["properties"][field]
        return
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if _concerns(entry, method.upper(), path, document):
                yield operation


def _concerns(entry: Deprecation, method: str, path: str, document: Document) -> bool:
    if entry.what in ("v1", f"{method} {path}"):
        return True
    model, _dot, field = entry.what.partition(".")
    operation = document["paths"].get(path, {}).get(method.lower())
    return bool(field and operation) and model in _schemas_in(operation, document)


def _schemas_in(part: object, document: Document) -> set[str]:
    """Return the names of the schemas in an operation, and of those within them."""
    names: set[str] = set()
    new = set(REFERENCE.findall(str(part)))
    while new:
        names |= new
        within = {name for model in new for name in REFERENCE.findall(str(document["components"]["schemas"][model]))}
        new = within - names
    return names
