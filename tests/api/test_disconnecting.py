"""Disconnecting and connecting again by API: a named user acts, and the password is in no answer and no log."""

import logging

import pytest
from django.utils import timezone

from accounts.models import Customer, OrgUnit, Role, RoleAssignment, User
from api.models import ApiKey, StoredResponse
from api.scopes import Scope
from audit.models import AuditEvent
from intacct.secret import Secret
from tests.api.client import ApiClient, create_token
from wizard.models import Connection, Finding, StoredSecret, Verification
from wizard.verification.secrets import secret_open, secret_store

PASSWORD = "correct-horse-8b1d"


@pytest.fixture
def connected(connection: Connection) -> Connection:
    secret_store(connection=connection, field="password", secret=Secret("old"))
    return connection


def disconnect(api: ApiClient, connection: Connection, actor: User) -> None:
    response = api.post(f"/connections/{connection.pk}/disconnect", {"actor_email": actor.email})
    assert response.status_code == 200, response.content


def test_disconnect_ends_the_connection_once(api: ApiClient, connected: Connection, administrator: User) -> None:
    body, address = {"actor_email": administrator.email}, f"/connections/{connected.pk}/disconnect"

    first, repeated = (api.post(address, body, **{"Idempotency-Key": "1"}) for _time in range(2))

    item = first.json()
    assert (item["state"], item["reconnect"], repeated.json()) == ("disconnected", None, item)
    assert not StoredSecret.objects.exists()
    event = AuditEvent.objects.get(action="connection.disconnected")
    assert (event.actor_id, event.lasting["api_key"]) == (administrator.pk, ApiKey.objects.get().pk)
    assert api.post(address, body).json()["code"] == "refused"


def test_support_disconnects_but_only_an_administrator_reconnects(
    api: ApiClient, connected: Connection, support: User, success: User
) -> None:
    address = f"/connections/{connected.pk}"
    refused = api.post(f"{address}/disconnect", {"actor_email": success.email})
    disconnect(api, connected, support)

    reconnected = api.post(f"{address}/reconnect", {"actor_email": support.email, "password": PASSWORD})

    assert (refused.status_code, reconnected.status_code) == (422, 422)
    assert not Verification.objects.active().exists()


def test_administrator_of_another_customer_is_refused(api: ApiClient, connected: Connection) -> None:
    other = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Root Org Unit")
    stranger = User.objects.create(email="eve@example.com", name="Eve", customer=other.customer, home_org_unit=other)
    RoleAssignment.objects.create(user=stranger, role=Role.SYSTEM_ADMINISTRATOR)

    response = api.post(f"/connections/{connected.pk}/disconnect", {"actor_email": stranger.email})

    assert response.status_code == 422
    assert StoredSecret.objects.exists()


def test_reconnect_tries_the_password_and_says_why_it_failed(
    api: ApiClient, connected: Connection, administrator: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"actor_email": administrator.email, "password": PASSWORD}
    address = f"/connections/{connected.pk}"
    assert api.post(f"{address}/reconnect", body).json()["code"] == "refused"
    disconnect(api, connected, administrator)

    response = api.post(f"{address}/reconnect", body)

    attempt = Verification.objects.active().get()
    assert (response.status_code, response.json()["reconnect"]["state"]) == (202, "in_progress")
    assert secret_open(connected, "new_password").reveal() == PASSWORD
    assert attempt.requested_by == administrator
    Finding.objects.create(
        verification=attempt, check_slug="sign_in", position=1, outcome="failed", cause="sign_in_refused"
    )
    Verification.objects.filter(pk=attempt.pk).update(state="done", finished_at=timezone.now())
    [item] = api.get("/connections?state=disconnected").json()["data"]
    assert (item["reconnect"]["state"], item["reconnect"]["cause"]) == ("failed", "sign_in_refused")
    assert item["reconnect"]["code"].startswith("BC-")
    again = api.post(f"{address}/reconnect", body)
    assert (again.status_code, "could lock the user" in again.json()["detail"]) == (409, True)
    places = [caplog.text, response.content.decode(), *map(str, StoredResponse.objects.values_list())]
    places += [str(row) for row in AuditEvent.objects.values_list("lasting", "personal")]
    assert [place for place in places if PASSWORD in place] == []


def test_password_that_cannot_be_one_is_refused_without_repeating_it(
    api: ApiClient, connected: Connection, administrator: User
) -> None:
    disconnect(api, connected, administrator)

    body = {"actor_email": administrator.email, "password": f"{PASSWORD}\n"}
    response = api.post(f"/connections/{connected.pk}/reconnect", body)

    assert response.status_code == 422
    assert PASSWORD not in response.content.decode()


def test_key_that_only_reads_cannot_disconnect(connected: Connection, support: User, administrator: User) -> None:
    reader = ApiClient(create_token(support, Scope.READ_CONNECTIONS))

    response = reader.post(f"/connections/{connected.pk}/disconnect", {"actor_email": administrator.email})

    assert response.json()["code"] == "missing_scope"
