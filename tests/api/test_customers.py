"""Customers and their parts: created and changed by other services."""

from typing import Any

import pytest

from accounts.models import Customer, LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from tests.api.client import ApiClient
from tests.api.test_keys import problem

LAKESIDE = {"name": "Lakeside", "external_id": "C-9", "legal_entity": {"name": "Lakeside Inc."}}


def faults(response: Any) -> list[tuple[str, str]]:
    assert problem(response) == (422, "invalid_fields")
    return [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]


def test_customer_is_created_with_its_root_and_legal_entity(api: ApiClient) -> None:
    created = api.post("/customers", LAKESIDE).json()

    assert api.get("/customers?external_id=C-9").json()["data"] == [created]
    units = list(api.all(f"/customers/{created['id']}/org-units", limit=1))
    entities = list(api.all(f"/customers/{created['id']}/legal-entities"))
    assert [unit["name"] for unit in units] == ["Root Org Unit", "Lakeside Inc."]
    assert [entity["org_unit_id"] for entity in entities] == [units[1]["id"]]


def test_user_starts_with_language_and_time_zone_of_the_customer(api: ApiClient) -> None:
    entity = {"name": "Lakeside Inc.", "time_zone": "America/Toronto"}
    customer = api.post("/customers", LAKESIDE | {"language": "fr-ca", "legal_entity": entity}).json()
    users = f"/customers/{customer['id']}/users"

    created = api.post(users, {"email": "a@example.com", "name": "A"}).json()
    other = api.post(users, {"email": "b@example.com", "name": "B", "language": "en"}).json()

    assert customer["language"] == "fr-ca"
    assert (created["language"], created["time_zone"]) == ("fr-ca", "America/Toronto")
    assert other["language"] == "en"


def test_what_a_key_does_is_recorded_with_the_key_as_actor(api: ApiClient) -> None:
    created = api.post("/customers", LAKESIDE).json()

    event = AuditEvent.objects.get(action="customer.created")
    assert (event.actor_name, event.actor_id, event.customer_id) == ("Payables", None, created["id"])
    assert event.metadata["api_key"]


def test_external_id_and_name_belong_to_one_customer(api: ApiClient) -> None:
    api.post("/customers", LAKESIDE)

    same_id = api.post("/customers", LAKESIDE | {"name": "Other"})
    same_name = api.post("/customers", LAKESIDE | {"external_id": "C-10"})

    assert [problem(response) for response in (same_id, same_name)] == [(409, "refused")] * 2
    assert same_id.json()["detail"] == "The external ID C-9 is already used."
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "L"}, [("#/legal_entity", "missing")]),
        (LAKESIDE | {"title": "L"}, [("#/title", "extra_forbidden")]),
        (
            LAKESIDE | {"legal_entity": {"name": "L", "time_zone": "Mars"}},
            [("#/legal_entity/time_zone", "value_error")],
        ),
        (LAKESIDE | {"name": "a\u202eb"}, [("#/name", "value_error")]),
        (LAKESIDE | {"name": 5}, [("#/name", "string_type")]),
        ([], [("#", "model_attributes_type")]),
    ],
)
def test_invalid_field_is_named_by_its_pointer(api: ApiClient, body: Any, expected: list[tuple[str, str]]) -> None:
    assert faults(api.send("POST", "/customers", body)) == expected


@pytest.mark.parametrize("body", ["{", "", "\ud800", "[" * 5000, '{"name": NaN}'])
def test_body_that_is_no_json_is_refused(api: ApiClient, body: str) -> None:
    response = api.client.post(
        "/api/v1/customers",
        body.encode(errors="surrogatepass"),
        "application/json",
        headers={"Authorization": f"Bearer {api.token}", "Idempotency-Key": "1"},
    )

    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_change_needs_the_version_that_was_read(api: ApiClient, root: OrgUnit) -> None:
    path = f"/customers/{root.customer_id}"
    first = api.get(path)["ETag"]

    changed = api.patch(path, {"name": "Hillside"}, match=first)

    assert (changed.status_code, changed.json()["name"]) == (200, "Hillside")
    assert api.get(path)["ETag"] == changed["ETag"] != first
    assert problem(api.patch(path, {"name": "Uphill"}, match=first)) == (412, "changed")
    assert problem(api.send("PATCH", path, {"name": "Uphill"})) == (428, "if_match_missing")
    assert api.get(path).json()["name"] == "Hillside"


def test_every_part_can_be_changed(
    api: ApiClient, branch: OrgUnit, administrator: User, branch_administrator: User
) -> None:
    north = OrgUnit.objects.create(customer=branch.customer, parent=branch, name="Yukon")
    entity = LegalEntity.objects.create(customer=branch.customer, org_unit=branch, name="Canada Inc.")
    changes: dict[str, dict[str, Any]] = {
        f"/org-units/{north.pk}": {"name": "North", "external_id": "N", "parent_id": branch.parent_id},
        f"/legal-entities/{entity.pk}": {"time_zone": "America/Toronto", "is_closed": True},
        f"/users/{branch_administrator.pk}": {
            "roles": ["invoice_exporter"],
            "home_org_unit_id": branch.pk,
            "is_active": False,
        },
    }
    for path, change in changes.items():
        changed = api.patch(path, change).json()
        assert {name: changed[name] for name in change} == change
        assert api.get(path).json() == changed

    recorded = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(recorded)[-5:] == [
        "org_unit.changed",
        "legal_entity.changed",
        "legal_entity.closed",
        "user.roles_changed",
        "user.deactivated",
    ]


def test_rules_of_administration_hold_for_the_api(api: ApiClient, branch: OrgUnit, administrator: User) -> None:
    below = OrgUnit.objects.create(customer=branch.customer, parent=branch, name="Yukon")
    refused = {
        f"/org-units/{branch.pk}": {"parent_id": below.pk},
        f"/org-units/{branch.parent_id}": {"parent_id": branch.pk},
        f"/users/{administrator.pk}": {"home_org_unit_id": branch.pk},
    }
    last = [{"is_active": False}, {"roles": []}, {"roles": ["invoice_exporter"], "home_org_unit_id": branch.pk}]

    for path, change in [*refused.items(), *((f"/users/{administrator.pk}", change) for change in last)]:
        assert problem(api.patch(path, change)) == (409, "refused"), change

    new = {"email": "noa@example.com", "name": "N", "roles": ["system_administrator"], "home_org_unit_id": branch.pk}
    assert problem(api.post(f"/customers/{branch.customer_id}/users", new)) == (409, "refused")
    assert AuditEvent.objects.exclude(action__startswith="api_key").count() == 0


def test_reactivated_user_is_active(api: ApiClient, administrator: User, branch_administrator: User) -> None:
    path = f"/users/{branch_administrator.pk}"

    assert api.patch(path, {"is_active": False}).json()["is_active"] is False
    assert api.patch(path, {"is_active": True}).json()["is_active"] is True


def test_user_is_created_without_a_password(api: ApiClient, root: OrgUnit, support: User) -> None:
    body = {"email": "Noa@Example.com", "name": "Noa", "external_id": "U-1", "roles": ["system_administrator"] * 2}
    created = api.post(f"/customers/{root.customer_id}/users", body).json()

    user = User.objects.get(pk=created["id"])
    assert (created["email"], created["roles"], created["home_org_unit_id"]) == (
        "noa@example.com", ["system_administrator"], root.pk,
    )  # fmt: skip
    assert not user.has_usable_password()
    assert user.invited_by == support  # who made the key never decides a request of this user
    again = api.post(f"/customers/{root.customer_id}/users", {"email": "noa@example.com", "name": "N"})
    assert problem(again) == (409, "refused")


def test_org_unit_of_another_customer_is_refused(api: ApiClient, root: OrgUnit, administrator: User) -> None:
    other = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")

    response = api.patch(f"/users/{administrator.pk}", {"home_org_unit_id": other.pk, "name": "Changed"})

    assert faults(response) == [("#/home_org_unit_id", "not_found")]
    assert User.objects.get(pk=administrator.pk).name == administrator.name


@pytest.mark.parametrize("list_of", ["/customers", "/customers/{}/users"])
def test_external_id_that_cannot_be_stored_is_refused(api: ApiClient, root: OrgUnit, list_of: str) -> None:
    response = api.get(f"{list_of.format(root.customer_id)}?external_id=%00")

    assert problem(response) == (422, "invalid_fields")


def test_users_of_beanworks_are_not_in_the_api(api: ApiClient, support: User) -> None:
    assert problem(api.get(f"/users/{support.pk}")) == (404, "not_found")


def test_pages_hold_every_row_once_while_rows_are_added(api: ApiClient) -> None:
    before = [Customer.objects.create(name=f"Customer {number}").pk for number in range(5)]

    seen = []
    for item in api.all("/customers"):
        seen.append(item["id"])
        Customer.objects.create(name=f"Later {len(seen)}") if len(seen) < 5 else None

    assert seen[:5] == before
    assert len(seen) == len(set(seen)) == 9
