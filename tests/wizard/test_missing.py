"""The missing list: what must still be fixed or confirmed, in the same words everywhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from intacct.diagnosis import Who
from wizard.missing import Kind, MissingItem, missing_list, missing_lists, missing_text
from wizard.models import Connection, Finding, Incident, Verification
from wizard.services import confirm_check, handover_make

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved(connection: Connection) -> Connection:
    connection.company_id, connection.user_id = "JUNIPER-CO", "Beanworks"
    connection.credentials_saved_at = timezone.now()
    connection.save()
    return connection


def verify(connection: Connection, *findings: tuple[str, str, str], **facts: Any) -> None:
    """Save a complete verification with findings: check, outcome and cause. They belong to step 2."""
    verification = Verification.objects.create(connection=connection, state="done", finished_at=timezone.now())
    for position, (check, outcome, cause) in enumerate(findings):
        stage = "credentials" if check in ("gateway", "sign_in") else "user_role"
        Finding.objects.create(
            verification=verification,
            check_slug=check,
            stage=stage,
            position=position,
            outcome=outcome,
            cause=cause,
            facts=facts or {"module": "Company", "permission": check, "rights": "List, View", "user_id": "Beanworks"},
        )


THREE_RIGHTS = [(f"perm.{name}", "failed", "right_missing") for name in ("departments", "locations", "employees")]


def summary(items: list[MissingItem]) -> list[tuple[str, str]]:
    return [(item.kind.value, item.explanation.code) for item in items]


def test_new_connection_has_an_empty_list(connection: Connection) -> None:
    assert missing_list(connection) == []


def test_permissions_with_one_place_are_one_item(saved: Connection) -> None:
    verify(saved, *THREE_RIGHTS, ("perm.classes", "passed", ""))

    [item] = missing_list(saved)

    assert item.kind is Kind.FAILED
    assert item.headline == "3 permissions are missing"
    assert item.who is Who.INTACCT_ADMINISTRATOR
    assert item.place
    assert item.place.path == ("Company", "Admin", "Roles", "Beanworks API", "Subscriptions", "Permissions")
    assert item.values[0] == ("Company: perm.departments", "List, View")
    assert [slug for slug, _title in item.checks] == [slug for slug, _outcome, _cause in THREE_RIGHTS]
    assert item.url == f"/connection/{saved.pk}/user_role/"


def test_permissions_without_roles_are_set_on_the_user(saved: Connection) -> None:
    saved.permission_model = "user"
    verify(saved, *THREE_RIGHTS)

    [item] = missing_list(saved)

    assert item.place
    assert item.place.path == ("Company", "Admin", "Web Services users", "Beanworks", "Subscriptions", "Permissions")


def test_refused_sign_in_is_the_only_item(saved: Connection) -> None:
    verify(saved, *THREE_RIGHTS)
    verify(saved, ("gateway", "passed", ""), ("sign_in", "failed", "sign_in_refused"))

    assert summary(missing_list(saved)) == [("failed", "BC-204")]


def test_unreadable_password_is_the_only_item(saved: Connection) -> None:
    verify(saved, *THREE_RIGHTS)
    Incident.objects.create(connection=saved, check_slug="password", cause="password_unreadable", stage="credentials")

    assert [item.cause for item in missing_list(saved)] == ["password_unreadable"]


def test_failures_come_before_what_is_to_confirm(saved: Connection) -> None:
    verify(
        saved,
        ("user_type", "cannot_tell", "not_reported"),
        ("perm.bills", "cannot_tell", "no_answer_in_time"),
        ("perm.vendors", "failed", "right_missing"),
    )

    assert [item.kind for item in missing_list(saved)] == [Kind.FAILED, Kind.WAITING, Kind.TO_CONFIRM]


def test_confirmed_check_is_not_missing(saved: Connection, administrator: User) -> None:
    verify(saved, ("user_type", "cannot_tell", "not_reported"), ("user_kind", "cannot_tell", "user_kind_regular"))

    confirm_check(connection=saved, actor=administrator, check="user_type")

    assert [item.kind for item in missing_list(saved)] == [Kind.ADVICE]


def test_incident_dates_the_item_of_its_check(saved: Connection) -> None:
    verify(saved, ("perm.vendors", "failed", "right_missing"))
    since = timezone.now() - timedelta(days=3)
    Incident.objects.create(
        connection=saved, check_slug="perm.vendors", cause="right_missing", since=since, last_passed_at=since
    )

    [item] = missing_list(saved)

    assert (item.since, item.last_passed_at) == (since, since)


def test_incident_that_is_no_check_is_an_item(saved: Connection) -> None:
    Incident.objects.create(connection=saved, check_slug="monitoring", cause="monitoring_failed")

    [item] = missing_list(saved)

    assert item.who is Who.BEANWORKS
    assert not item.checks


def test_incident_of_the_first_sync_links_to_help(saved: Connection) -> None:
    Incident.objects.create(connection=saved, check_slug="x", cause="deletions_held", stage="smart_sync")

    assert missing_list(saved)[0].url.startswith("/help/bc-")


def test_lists_of_many_connections_take_as_many_queries_as_one(
    saved: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = []
    for number in range(3):
        other = Connection.objects.create(customer=saved.customer, credentials_saved_at=timezone.now())
        verify(other, *THREE_RIGHTS[: number + 1])
        others.append(other)
    verify(others[0], ("perm.departments", "passed", ""))

    with django_assert_num_queries(4):
        connections = [saved, *others]
        lists = missing_lists(connections, Incident.objects.open_of_each(connections))

    assert [sum(len(item.checks) for item in lists[other.pk]) for other in others] == [0, 2, 3]


def test_text_names_place_values_steps_and_link(saved: Connection) -> None:
    verify(saved, *THREE_RIGHTS)

    text = missing_text(missing_list(saved))

    assert text.startswith("3 permissions are missing (BC-302)\nAn Intacct administrator needs to fix this.\n")
    assert "Company → Admin → Roles → Beanworks API → Subscriptions → Permissions" in text
    assert "  Company: perm.locations: List, View\n" in text
    assert f"Step 2, Web Services user and role: {settings.SITE_URL}/connection/{saved.pk}/user_role/" in text


def test_text_does_not_repeat_the_link_of_the_button(saved: Connection) -> None:
    verify(saved, *THREE_RIGHTS)

    text = missing_text(missing_list(saved), f"/connection/{saved.pk}/user_role/")

    assert text.endswith("Step 2 · Web Services user and role")


def test_text_is_in_the_language_in_use(saved: Connection) -> None:
    verify(saved, ("sign_in", "failed", "sign_in_refused"), company_id="JUNIPER-CO", user_id="Beanworks")

    with translation.override("fr-ca"):
        text = missing_text(missing_list(saved))

    assert text.startswith("Intacct n’a pas")


def test_page_shows_a_link_only_to_another_step(saved: Connection) -> None:
    verify(saved, *THREE_RIGHTS)
    items = missing_list(saved)

    elsewhere = render_to_string("components/missing_list.html", {"items": items, "here": "credentials"})
    here = render_to_string("components/missing_list.html", {"items": items, "here": "user_role"})

    assert "Go to step 2" in elsewhere
    assert "Go to step 2" not in here
    assert here.count("Subscriptions") == 1


def test_problems_without_a_common_headline_stay_apart(saved: Connection) -> None:
    for name in ("vendors", "accounts"):
        facts = {"count": 12, "total": 20, "subject": name}
        Incident.objects.create(connection=saved, check_slug=f"held.{name}", cause="deletions_held", facts=facts)

    assert len({item.headline for item in missing_list(saved)}) == 2


def test_guests_get_no_text_to_send_to_an_intacct_administrator(
    client: Client, saved: Connection, administrator: User
) -> None:
    """They are the Intacct administrator."""
    verify(saved, ("perm.vendors", "failed", "permission_missing"))
    page = reverse("wizard:stage", args=[saved.pk, "user_role"])
    client.force_login(administrator)
    assert "Copy for your Intacct administrator" in client.get(page).content.decode()

    _handover, token = handover_make(
        connection=saved, actor=administrator, stages=["user_role"], name="Ida", email="i@x.ca", note=""
    )
    guest = Client()
    guest.get(reverse("handover:link", args=[token.reveal()]))
    guest.post(reverse("handover:begin"))
    shown = guest.get(page).content.decode()

    assert "permission" in shown
    assert "Copy for your Intacct administrator" not in shown
