"""Connections as data: the same missing list as on the pages, with a constant number of queries."""

from typing import Any, get_args

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Customer, LegalEntity, OrgUnit, User
from api.profiles import ProfileState
from api.runs import ListState, RunKind, RunResult, RunState
from core.leases import State
from smartsync.models import ListRun, SyncRun
from tests.api.client import ApiClient
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification

QUERIES = 12


def test_connection_says_what_is_missing(api: ApiClient, connection: Connection) -> None:
    item = api.get(f"/connections/{connection.pk}").json()
    [requirement] = item["requirements"]

    assert (item["state"], item["step"], item["waiting_for"]) == ("in_setup", "pre_checks", "customer")
    assert requirement["kind"] == "failed"
    assert (requirement["who"], requirement["step"]) == ("intacct_administrator", "user_role")
    assert "Vendors" in requirement["what"]
    assert requirement["code"].startswith("BC-")
    assert requirement["url"].endswith(f"/connection/{connection.pk}/user_role/")
    assert requirement["intacct_path"]
    assert requirement["since"].endswith("Z")


def test_broken_connection_names_its_incident(api: ApiClient, connection: Connection) -> None:
    Incident.objects.create(connection=connection, check_slug="right:vendors", stage="user_role", cause="right_missing")
    Connection.objects.update(broken_since=timezone.now(), first_synced_at=timezone.now())

    [item] = api.get("/connections?state=broken").json()["data"]

    assert item["state"] == "broken"
    assert [incident["cause"] for incident in item["incidents"]] == ["right_missing"]
    assert api.get("/connections?state=connected").json()["data"] == []


def fill(root: OrgUnit, support: User) -> None:
    """Create a customer with one row for every list of the API."""
    number = Customer.objects.count()
    customer = Customer.objects.create(name=f"Customer {number}")
    unit = OrgUnit.objects.create(customer=customer, name="Root")
    entity = LegalEntity.objects.create(customer=customer, org_unit=unit, name="Entity")
    connection = Connection.objects.create(customer=customer, company_id=f"company{number}", level="top")
    verification = Verification.objects.create(connection=connection, state="done", finished_at=timezone.now())
    Finding.objects.create(
        verification=verification,
        check_slug="sign_in",
        stage="credentials",
        position=1,
        outcome="failed",
        cause="unknown",
    )
    Incident.objects.create(connection=connection, check_slug="x", cause="unknown")
    profile = SyncProfile.objects.create(
        connection=connection, legal_entity=entity, state="approved", decided_at=timezone.now(), decided_by=support
    )
    run = SyncRun.objects.create(profile=profile, kind="full", state="done", result="complete")
    ListRun.objects.create(run=run, position=1, slug="vendors", object="VENDOR", title="Vendors", fields=["VENDORID"])


@pytest.mark.parametrize("path", ["/connections", "/customers", "/sync-profiles", "/runs"])
def test_number_of_queries_does_not_depend_on_the_number_of_rows(
    api: ApiClient, root: OrgUnit, support: User, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for rows in (1, 5):
        for _ in range(rows):
            fill(root, support)
        api.get(path)
        with django_assert_max_num_queries(QUERIES) as queries:
            assert len(api.get(path).json()["data"]) >= rows
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_lists_name_fields_with_role_and_type(api: ApiClient, root: OrgUnit, support: User) -> None:
    fill(root, support)

    [vendors] = [item for item in api.get("/lists").json()["data"] if item["list"] == "vendors"]
    profile = SyncProfile.objects.get()
    [of_profile] = api.get(f"/sync-profiles/{profile.pk}/lists").json()["data"]

    roles = {field["name"]: (field["role"], field["type"]) for field in vendors["fields"]}
    assert roles["RECORDNO"] == ("key", "integer")
    assert roles["WHENMODIFIED"] == ("modified", "date-time")
    assert roles["ONHOLD"] == ("value", "boolean")
    assert (vendors["in_use"], of_profile["in_use"]) == (True, True)
    SyncProfile.objects.update(unused_lists=["vendors"])
    [of_profile] = api.get(f"/sync-profiles/{profile.pk}/lists").json()["data"]
    assert of_profile["in_use"] is False
    assert of_profile["fields"] == [{"name": "VENDORID", "role": "code", "type": "text", "refers_to": None}]


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        (ProfileState, SyncProfile.State),
        (RunKind, SyncRun.Kind),
        (RunState, State),
        (ListState, ListRun.State),
        (RunResult, ["", *SyncRun.Result]),
    ],
)
def test_words_of_the_api_are_those_of_the_product(words: Any, choices: Any) -> None:
    assert list(get_args(words)) == list(choices)


def test_disconnected_connection_says_until_when_its_lists_can_be_read(api: ApiClient, connection: Connection) -> None:
    Connection.objects.update(disconnected_at=timezone.now())

    [item] = api.get("/connections?state=disconnected").json()["data"]

    assert (item["state"], item["requirements"]) == ("disconnected", [])
    assert item["lists_kept_until"] > item["disconnected_at"]
    assert api.get("/connections?state=in_setup").json()["data"] == []
