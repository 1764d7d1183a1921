"""A version, an operation or a field is deprecated by one entry of a table: responses and the document say so."""

from datetime import UTC, datetime

import pytest

from api.deprecations import DEPRECATIONS, Deprecation
from api.v1 import api as version
from tests.api.client import ApiClient

SINCE, UNTIL = datetime(2026, 3, 28, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
HEADERS = ("@1774656000", "Tue, 01 Jun 2027 00:00:00 GMT")


def headers_of(api: ApiClient, path: str) -> tuple[str | None, str | None]:
    response = api.get(path)
    return response.headers.get("Deprecation"), response.headers.get("Sunset")


def deprecate(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr("api.deprecations.DEPRECATIONS", [Deprecation(what, SINCE, UNTIL)])


def test_nothing_is_deprecated_without_a_year_of_notice(api: ApiClient) -> None:
    assert all((entry.until - entry.since).days >= 365 for entry in DEPRECATIONS)
    if not DEPRECATIONS:
        assert headers_of(api, "/runs") == (None, None)


def test_every_response_of_a_deprecated_version_says_so(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    deprecate(monkeypatch, "v1")

    assert headers_of(api, "/runs") == HEADERS
    assert headers_of(api, "/runs/99") == HEADERS
    assert 'rel="deprecation"' in api.get("/runs")["Link"]


def test_only_a_deprecated_operation_says_so(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    deprecate(monkeypatch, "GET /api/v1/runs/{run_id}")

    assert headers_of(api, "/runs/99") == HEADERS
    assert headers_of(api, "/runs") == (None, None)


def test_every_operation_with_a_deprecated_field_says_so(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    deprecate(monkeypatch, "IncidentItem.cause")

    assert headers_of(api, "/connections") == HEADERS
    assert headers_of(api, "/runs") == (None, None)


@pytest.mark.parametrize("what", ["v1", "GET /api/v1/runs", "RunItem.code"])
def test_document_marks_what_is_deprecated(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    deprecate(monkeypatch, what)

    document = version.get_openapi_schema()

    field = document["components"]["schemas"]["RunItem"]["properties"]["code"]
    operation = document["paths"]["/api/v1/runs"]["get"]
    marked = field if what == "RunItem.code" else operation
    assert (marked["deprecated"], "works until 2027-06-01" in marked["description"]) == (True, True)
    assert (field if marked is operation else operation).get("deprecated") is None
