"""A user of another service arrives in the wizard by a link that works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Customer, OrgUnit, User
from api.models import ApiKey, Arrival
from tests.api.client import ApiClient
from tests.api.test_customers import faults
from tests.api.test_keys import problem
from tests.support.retention import prune_now
from wizard.models import Connection

NOA = {"email": "noa@example.com", "name": "Noa", "roles": ["system_administrator"]}


@pytest.fixture
def body(administrator: User, connection: Connection) -> dict[str, Any]:
    User.objects.filter(pk=administrator.pk).update(external_id="U-1")
    return {"customer_id": connection.customer_id, "user_external_id": "U-1", "connection_id": connection.pk}


def path_of(response: Any) -> str:
    assert response.status_code == 201, response.content
    url: str = response.json()["url"]
    return "/arrival/" + url.partition("/arrival/")[2]


def test_user_arrives_at_the_step_of_the_connection(api: ApiClient, body: dict[str, Any], client: Client) -> None:
    Connection.objects.update(stage="credentials")

    arrival = client.get(path_of(api.post("/connect-sessions", body)))

    assert arrival["Location"] == reverse("wizard:stage", args=[body["connection_id"], "credentials"])
    page = client.get(arrival["Location"])
    assert (page.status_code, page.context["user"].external_id) == (200, "U-1")


def test_link_works_once_and_for_five_minutes(api: ApiClient, body: dict[str, Any], client: Client) -> None:
    used, late = (path_of(api.post("/connect-sessions", body)) for _ in range(2))

    assert [client.get(used).status_code for _ in range(2)] == [302, 410]
    with travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        assert Client().get(late).status_code == 410
        prune_now("arrivals")
    assert not Arrival.objects.exists()


def test_head_does_not_use_up_the_link(api: ApiClient, body: dict[str, Any], client: Client) -> None:
    path = path_of(api.post("/connect-sessions", body))

    assert client.head(path).status_code == 405
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("change", ["inactive", "staff", "revoked", "suspended"])
def test_link_does_not_work_after_its_reason_ended(
    api: ApiClient, body: dict[str, Any], client: Client, change: str
) -> None:
    path = path_of(api.post("/connect-sessions", body))
    user = User.objects.filter(external_id="U-1")
    match change:
        case "inactive":
            user.update(is_active=False)
        case "staff":
            user.update(kind="support", customer=None, home_org_unit=None)
        case "revoked":
            ApiKey.objects.update(revoked_at=timezone.now())
        case "suspended":
            Customer.objects.update(suspended_at=timezone.now())

    assert client.get(path).status_code == 410


def test_link_replaces_another_user_on_the_same_device(
    api: ApiClient, body: dict[str, Any], client: Client, support: User
) -> None:
    client.force_login(support)

    client.get(path_of(api.post("/connect-sessions", body)))

    assert client.get(reverse("wizard:home"), follow=True).context["user"].external_id == "U-1"


def test_unknown_user_is_added_only_if_the_customer_allows_it(api: ApiClient, body: dict[str, Any]) -> None:
    unknown = body | {"user_external_id": "U-2"}
    assert faults(api.post("/connect-sessions", unknown)) == [("#/user_external_id", "not_found")]
    assert problem(api.post("/connect-sessions", unknown | {"new_user": NOA})) == (409, "refused")

    Customer.objects.update(adds_users_on_arrival=True)
    arrival = api.post("/connect-sessions", unknown | {"new_user": NOA}).json()

    assert User.objects.get(pk=arrival["user_id"]).external_id == "U-2"


def test_suspended_customer_gets_no_user_and_no_link(api: ApiClient, body: dict[str, Any]) -> None:
    Customer.objects.update(suspended_at=timezone.now(), adds_users_on_arrival=True)
    arrivals = [body, body | {"user_external_id": "U-2", "new_user": NOA}]

    refused = [
        api.post(f"/customers/{body['customer_id']}/users", NOA),
        *(api.post("/connect-sessions", arrival) for arrival in arrivals),
    ]

    assert [problem(response) for response in refused] == [(409, "refused")] * 3
    assert "suspended" in refused[0].json()["detail"]
    assert not User.objects.filter(email=NOA["email"]).exists()
    assert not Arrival.objects.exists()


def test_user_and_connection_of_another_customer_are_not_found(api: ApiClient, body: dict[str, Any]) -> None:
    seaside = Customer.objects.create(name="Seaside")
    theirs = Connection.objects.create(customer=seaside)
    User.objects.filter(external_id="U-1").update(external_id="U-7")
    unit = OrgUnit.objects.create(customer=seaside, name="Seaside")
    User.objects.create_user(
        email="lea@example.com", name="Lea", customer=seaside, home_org_unit=unit, external_id="U-1"
    )

    assert faults(api.post("/connect-sessions", body)) == [("#/user_external_id", "not_found")]
    other = body | {"user_external_id": "U-7", "connection_id": theirs.pk}
    assert faults(api.post("/connect-sessions", other)) == [("#/connection_id", "not_found")]


@pytest.mark.parametrize("url", ["https://[", "//[x", "https://app.example.com/\0", "https://app.example.com/\n"])
def test_return_address_that_is_no_address_is_refused(
    api: ApiClient, body: dict[str, Any], settings: Settings, url: str
) -> None:
    settings.API_RETURN_SITES = ["https://app.example.com"]

    assert faults(api.post("/connect-sessions", body | {"return_url": url})) == [("#/return_url", "value_error")]


def test_user_may_return_only_to_an_allowed_site(
    api: ApiClient, body: dict[str, Any], client: Client, settings: Settings
) -> None:
    settings.API_RETURN_SITES = ["https://app.example.com"]
    for url in (
        "https://evil.example.com/",
        "https://app.example.com.evil.com/",
        "javascript:alert(1)",
        "//app.example.com",
        "https://app.example.com@evil.example.com/",
        "https://app.example.com\\@evil.example.com/",
        "https://app.example.com:8443/",
        "https:app.example.com",
        "https:///app.example.com/",
        "https://app.example.com%2eevil.example.com/",
        "http://app.example.com/",
    ):
        assert faults(api.post("/connect-sessions", body | {"return_url": url})) == [("#/return_url", "not_allowed")]

    back = "https://app.example.com/settings?tab=erp"
    arrival = client.get(path_of(api.post("/connect-sessions", body | {"return_url": back})))

    assert f'href="{back}"' in client.get(arrival["Location"]).content.decode()


@pytest.mark.usefixtures("transactional_db")
def test_two_requests_at_once_sign_in_once(api: ApiClient, body: dict[str, Any]) -> None:
    path = path_of(api.post("/connect-sessions", body))
    barrier = Barrier(2)

    def arrive(_number: int) -> int:
        barrier.wait()
        try:
            return Client().get(path).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(arrive, range(2))) == [302, 410]
