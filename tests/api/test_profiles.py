"""Sync profiles by API: a named user acts, and no request is decided by one person."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from accounts.models import LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from intacct.catalogue import LIST
from smartsync.models import SyncRun
from tests.api.client import ApiClient, create_token
from tests.api.test_customers import faults
from tests.api.test_keys import problem
from wizard.models import Connection, Finding, SyncProfile


@pytest.fixture
def maker(new_user: Any) -> User:
    """Made the key, and neither requests nor decides."""
    user: User = new_user("Max Maker", kind=User.Kind.SUPPORT)
    return user


@pytest.fixture
def api(maker: User) -> ApiClient:
    return ApiClient(create_token(maker))


@pytest.fixture
def body(connection: Connection, branch: OrgUnit, administrator: User) -> dict[str, Any]:
    Finding.objects.update(outcome="passed")
    entity = LegalEntity.objects.create(customer=branch.customer, org_unit=branch, name="Canada Inc.")
    return {"connection_id": connection.pk, "legal_entity_id": entity.pk, "actor_email": administrator.email}


@pytest.fixture
def requested(api: ApiClient, body: dict[str, Any]) -> int:
    response = api.post("/sync-profiles", body)
    assert response.status_code == 201, response.content
    pk: int = response.json()["id"]
    return pk


def test_profile_is_requested_and_approved_for_named_users(
    api: ApiClient, requested: int, administrator: User, support: User
) -> None:
    approved = api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email}).json()

    assert (approved["state"], approved["requested_by"], approved["decided_by"]) == (
        "approved", administrator.email, support.email,
    )  # fmt: skip
    names = {event.action: event.actor_name for event in AuditEvent.objects.filter(action__startswith="profile.")}
    assert names == {
        "profile.requested": "Ada Root · Payables",
        "profile.claimed": "Sue Support · Payables",
        "profile.approved": "Sue Support · Payables",
    }
    again = api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email})
    assert problem(again) == (409, "refused")


def test_profile_is_declined_with_a_reason(api: ApiClient, requested: int, support: User) -> None:
    path = f"/sync-profiles/{requested}/decline"
    assert faults(api.post(path, {"actor_email": support.email, "reason": ""})) == [("#/reason", "string_too_short")]

    declined = api.post(path, {"actor_email": support.email, "reason": "The entity is closed."}).json()

    assert (declined["state"], declined["reason"]) == ("declined", "The entity is closed.")


@pytest.mark.parametrize("who", ["administrator", "success", "stranger"])
def test_only_support_decides(api: ApiClient, requested: int, administrator: User, success: User, who: str) -> None:
    email = {"administrator": administrator.email, "success": success.email, "stranger": "x@example.com"}[who]

    response = api.post(f"/sync-profiles/{requested}/approve", {"actor_email": email})

    assert faults(response) == [("#/actor_email", "not_allowed")]


def test_only_an_administrator_at_the_root_requests(
    api: ApiClient, body: dict[str, Any], branch_administrator: User, support: User
) -> None:
    for user in (branch_administrator, support):
        response = api.post("/sync-profiles", body | {"actor_email": user.email})
        assert faults(response) == [("#/actor_email", "not_allowed")]


def test_maker_of_the_key_cannot_decide_requests_of_users_they_added(
    api: ApiClient, requested: int, administrator: User, maker: User, support: User
) -> None:
    """With the key, they could add a user, request for that user, and approve in the name of a colleague."""
    administrator.invited_by = maker
    administrator.save()

    response = api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email})

    assert problem(response) == (409, "refused")
    assert SyncProfile.objects.get(pk=requested).state == "requested"


def test_claim_of_a_colleague_is_respected(
    api: ApiClient, requested: int, support: User, other_support: User, client: Client
) -> None:
    client.force_login(other_support)
    client.post(reverse("operations:claim", args=[requested]))

    response = api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email})

    assert problem(response) == (409, "refused")


@pytest.mark.usefixtures("transactional_db")
def test_approving_by_api_and_declining_by_page_at_once_decides_once(
    api: ApiClient, requested: int, support: User
) -> None:
    browser = Client()
    browser.force_login(support)
    browser.post(reverse("operations:claim", args=[requested]))
    barrier = Barrier(2)

    def by_api() -> int:
        barrier.wait()
        status: int = api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email}).status_code
        database.close()
        return status

    def by_page() -> None:
        barrier.wait()
        browser.post(reverse("operations:decline", args=[requested]), {"decline-reason": "Closed."})
        database.close()

    with ThreadPoolExecutor(2) as pool:
        status, _page = pool.submit(by_api), pool.submit(by_page)

    state = SyncProfile.objects.get(pk=requested).state
    decisions = AuditEvent.objects.filter(action__in=["profile.approved", "profile.declined"])
    assert (status.result(), state) in [(200, "approved"), (409, "declined")]
    assert [event.action for event in decisions] == [f"profile.{state}"]


def test_lists_in_use_are_chosen(api: ApiClient, requested: int) -> None:
    path = f"/sync-profiles/{requested}"
    tag = api.get(path).headers["ETag"]

    changed = api.patch(path, {"unused_lists": ["items", "vendors", "items"]}, match=tag)

    assert changed.json()["unused_lists"] == ["items", "vendors"]
    assert api.get(path).json() == changed.json()
    again = api.patch(path, {"unused_lists": []}, match=tag)
    assert problem(again) == (412, "changed")


@pytest.mark.parametrize("unused", [["people"], list(LIST)])
def test_unknown_list_and_no_list_are_refused(api: ApiClient, requested: int, unused: list[str]) -> None:
    answer = api.patch(f"/sync-profiles/{requested}", {"unused_lists": unused})

    assert problem(answer) == (409, "refused")


def test_run_shows_lists_that_were_not_in_use(api: ApiClient, requested: int) -> None:
    profile = SyncProfile.objects.get(pk=requested)
    run = SyncRun.objects.create(profile=profile, kind="full", unused_lists=["dimension-vehicle", "vendors"])

    lists = api.get(f"/runs/{run.pk}").json()["lists"]

    assert [(row["list"], row["title"], row["state"]) for row in lists] == [
        ("vendors", "Vendors", "off"), ("dimension-vehicle", "vehicle", "off"),
    ]  # fmt: skip


def test_run_is_started_and_canceled(api: ApiClient, requested: int, support: User) -> None:
    api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email})

    run = api.post("/runs", {"profile_id": requested, "kind": "full"}).json()
    second = api.post("/runs", {"profile_id": requested, "kind": "full"})
    canceled = api.post(f"/runs/{run['id']}/cancel").json()

    assert (run["state"], run["is_canceling"], canceled["is_canceling"]) == ("queued", False, True)
    assert problem(second) == (409, "refused")
    assert SyncRun.objects.count() == 1
    assert AuditEvent.objects.get(action="sync_run.started").actor_name == "Payables"


@pytest.fixture
def approved(api: ApiClient, requested: int, support: User) -> int:
    assert api.post(f"/sync-profiles/{requested}/approve", {"actor_email": support.email}).status_code == 200
    entities = [{"id": "100", "name": "Canada"}, {"id": "200", "name": "West"}]
    Connection.objects.update(company={"multi_entity": True, "entities": entities})
    return requested


def test_approval_is_undone_by_the_user_who_gave_it(api: ApiClient, approved: int, support: User, maker: User) -> None:
    other = api.post(f"/sync-profiles/{approved}/undo-approval", {"actor_email": maker.email})
    undone = api.post(f"/sync-profiles/{approved}/undo-approval", {"actor_email": support.email})

    assert problem(other) == (409, "refused")
    assert (undone.status_code, undone.json()["state"]) == (200, "claimed")


def test_profile_is_revoked_with_a_reason(api: ApiClient, approved: int, support: User) -> None:
    body = {"actor_email": support.email, "reason": "The contract has ended."}

    revoked = api.post(f"/sync-profiles/{approved}/revoke", body).json()

    assert (revoked["state"], revoked["reason"], revoked["is_synced"]) == ("revoked", body["reason"], False)
    assert revoked["ended_at"]
    assert revoked["lists_kept_until"]
    assert problem(api.post(f"/sync-profiles/{approved}/revoke", body)) == (409, "refused")


def test_profile_of_another_level_replaces_the_current_one(
    api: ApiClient, approved: int, body: dict[str, Any], support: User
) -> None:
    request = api.post("/sync-profiles", body | {"entity_id": "100", "replaces": approved}).json()
    waiting = api.get(f"/sync-profiles/{approved}").json()
    api.post(f"/sync-profiles/{request['id']}/approve", {"actor_email": support.email})
    replaced = api.get(f"/sync-profiles/{approved}").json()

    assert (request["state"], request["replaces"], waiting["state"]) == ("requested", approved, "approved")
    assert (replaced["state"], replaced["replaced_by"], replaced["is_synced"]) == ("replaced", request["id"], False)


def test_only_a_profile_of_the_legal_entity_can_be_replaced(
    api: ApiClient, approved: int, body: dict[str, Any]
) -> None:
    response = api.post("/sync-profiles", body | {"entity_id": "100", "replaces": approved + 1})
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["#/replaces"]
