"""Who gets in with a key, and what every response of the API has."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Customer, OrgUnit, User
from api.keys import key_create, key_revoke, key_rotate
from api.models import ApiKey
from api.scopes import Scope
from audit.models import AuditEvent
from beanworks_connect.request_checks import LONGEST_SIGNED_OUT
from core.errors import Refused
from tests.api.client import ApiClient, create_token
from wizard.models import Connection


def problem(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["request_id"]) == (response.status_code, response["X-Request-ID"])
    return response.status_code, body["code"]


@pytest.fixture
def key(api: ApiClient) -> ApiKey:
    return ApiKey.objects.get()


def test_token_is_stored_only_as_a_hash(api: ApiClient, key: ApiKey) -> None:
    columns = ApiKey.objects.filter(pk=key.pk).values().get()

    assert api.token.startswith(key.token_start)
    assert api.token not in str(columns)
    assert len(key.token_start) < 10


@pytest.mark.parametrize("token", ["", "unknown", "bwc_", "\x7f", "é"])
def test_request_without_a_working_key_is_refused(db: None, token: str) -> None:
    response = ApiClient(token).get("/connections")

    assert problem(response) == (401, "invalid_key")
    assert response["WWW-Authenticate"] == "Bearer"


def test_session_of_a_user_is_no_key(support: User) -> None:
    browser = Client()
    browser.force_login(support)

    assert browser.get("/api/v1/connections").status_code == 401


def test_revoked_key_is_refused_at_once(api: ApiClient, key: ApiKey, support: User) -> None:
    assert api.get("/connections").status_code == 200

    key_revoke(key=key, actor=support)

    assert problem(api.get("/connections")) == (401, "invalid_key")
    with pytest.raises(Refused):
        key_rotate(key=key, actor=support)


def test_expired_key_is_refused(api: ApiClient) -> None:
    with travel(timezone.now() + timedelta(days=31)):
        assert problem(api.get("/connections")) == (401, "invalid_key")


def test_after_a_rotation_both_tokens_work_for_a_day(api: ApiClient, key: ApiKey, support: User) -> None:
    new = ApiClient(key_rotate(key=key, actor=support).reveal())

    assert [client.get("/connections").status_code for client in (api, new)] == [200, 200]
    with travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert [client.get("/connections").status_code for client in (api, new)] == [401, 200]


def test_key_without_the_scope_is_refused(support: User) -> None:
    client = ApiClient(create_token(support, Scope.MANAGE_WEBHOOKS))

    assert problem(client.get("/connections")) == (403, "missing_scope")


def test_key_of_one_customer_sees_only_that_customer(support: User, connection: Connection) -> None:
    other = Customer.objects.create(name="Seaside")
    theirs = Connection.objects.create(customer=other)
    client = ApiClient(create_token(support, customer=other))

    assert [item["id"] for item in client.get("/connections").json()["data"]] == [theirs.pk]
    assert problem(client.get(f"/connections/{connection.pk}")) == (404, "not_found")


def test_last_use_is_written_once_a_minute(api: ApiClient, key: ApiKey) -> None:
    with travel("2026-03-02 10:00:01Z", tick=False):
        ApiKey.objects.update(created_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1))
        api.get("/connections")
    with travel("2026-03-02 10:00:59Z", tick=False):
        api.get("/connections")
        key.refresh_from_db()
        assert key.last_used_at is not None
        assert key.last_used_at.second == 1
    with travel("2026-03-02 10:01:30Z", tick=False):
        api.get("/connections")
        key.refresh_from_db()
        assert key.last_used_at.second == 30


def test_requests_beyond_the_limit_are_refused_until_the_next_minute(api: ApiClient, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    with travel("2026-03-02 10:00:15Z", tick=False):
        ApiKey.objects.update(created_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1))
        first, _second, third = (api.get("/connections") for _ in range(3))

    assert first["RateLimit-Policy"] == '"minute";q=2;w=60'
    assert first["RateLimit"] == '"minute";r=1;t=45'
    assert problem(third) == (429, "too_many_requests")
    assert (third["Retry-After"], third["RateLimit"]) == ("45", '"minute";r=0;t=45')
    with travel("2026-03-02 10:01:00Z", tick=False):
        assert api.get("/connections").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nothing", (404, "not_found")),
        ("DELETE", "/connections", (405, "method_not_allowed")),
        ("GET", "/connections/0", (422, "invalid_fields")),
        ("GET", f"/connections/{10**30}", (422, "invalid_fields")),
        ("GET", "/connections?limit=0", (422, "invalid_fields")),
        ("GET", "/connections?cursor=1", (400, "invalid_cursor")),
        ("GET", "/connections?cursor=eyJhZnRlciI6IC0xfQ", (400, "invalid_cursor")),
        ("GET", "/connections?cursor=eyJhZnRlciI6IDFlOTk5fQ", (400, "invalid_cursor")),
    ],
)
def test_every_error_is_a_problem_document(api: ApiClient, method: str, path: str, expected: tuple[int, str]) -> None:
    assert problem(api.send(method, path)) == expected


def test_body_beyond_the_limit_is_refused_as_too_large(api: ApiClient) -> None:
    response = api.post("/runs", {"kind": "x" * LONGEST_SIGNED_OUT})
    assert problem(response) == (413, "too_large")


def test_wrong_parameter_is_named(api: ApiClient) -> None:
    error = api.get("/connections?limit=x").json()["errors"][0]

    assert (error["parameter"], error["code"]) == ("limit", "int_parsing")


def test_request_id_of_the_client_is_used_if_it_is_plain(api: ApiClient) -> None:
    assert api.send("GET", "/connections", headers={"X-Request-ID": "trace-0001"})["X-Request-ID"] == "trace-0001"
    assert "\n" not in api.send("GET", "/connections", headers={"X-Request-ID": "a\nb-forged-line"})["X-Request-ID"]


def test_request_id_is_in_every_line_of_the_log(api: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    response = api.get("/nothing")

    assert {getattr(record, "request_id", "") for record in caplog.records} == {response["X-Request-ID"]}


def test_what_is_done_with_keys_is_recorded(root: OrgUnit, support: User) -> None:
    key, _token = key_create(
        actor=support, name="Payables", customer=root.customer, scopes=["run_syncs"],
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    key_rotate(key=key, actor=support)
    key_revoke(key=key, actor=support)

    events = AuditEvent.objects.order_by("pk")
    assert [(event.action, event.actor_name, event.customer_id) for event in events] == [
        ("api_key.created", "Sue Support", root.customer_id),
        ("api_key.rotated", "Sue Support", root.customer_id),
        ("api_key.revoked", "Sue Support", root.customer_id),
    ]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("api_key_scopes_are_known", {"scopes": ["everything"]}),
        ("api_key_scopes_are_known", {"scopes": []}),
        ("api_key_expires_after_creation", {"expires_at": "2001-01-01T00:00Z"}),
        ("api_key_previous_token_ends", {"previous_token_hash": "0" * 64}),
    ],
)
def test_database_refuses_an_impossible_key(key: ApiKey, name: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ApiKey.objects.update(**values)
