"""One connection as Beanworks staff see it, and the customer's own pages as Beanworks staff see them."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from audit.services import event_record
from smartsync.models import ListRun, Schedule, SyncRun
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Incident, SyncProfile
from wizard.stages import STAGES


@pytest.fixture
def address(connection: Connection) -> str:
    return reverse("operations:connection", args=[connection.pk])


@pytest.fixture
def in_use(waiting: SyncProfile, support: User) -> SyncProfile:
    now = timezone.now()
    waiting.state, waiting.decided_by, waiting.decided_at = "approved", support, now
    waiting.save()
    run = SyncRun.objects.create(profile=waiting, kind="full", state="done", result="complete", finished_at=now)
    counted = {"state": "complete", "counted_before": 0, "counted_after": 0}
    ListRun.objects.create(run=run, position=0, slug="vendors", object="VENDOR", title="Vendors", **counted)
    Schedule.objects.create(profile=waiting, days=[1], at="06:00", time_zone="America/Vancouver")
    return waiting


def test_events_are_shown_as_sentences_newest_first(
    browser_of_cleo: Client, connection: Connection, administrator: User, support: User, address: str
) -> None:
    own = connection.customer_id
    event_record(action="connection.started", actor=administrator, customer_id=own)
    event_record(
        action="profile.declined", actor=support, customer_id=own, legal_entity="Hillside Inc.", reason="No seal."
    )
    event_record(action="connection.started", actor=administrator, customer_id=own + 1)
    entries = main(browser_of_cleo.get(address)).xpath('.//ol[@class="timeline"]/li')
    assert entries[0].text_content().startswith("Declined the request for Hillside Inc.: No seal.")
    assert entries[0].get("class") == "tone-bad"
    names = [entry.xpath('.//span[@class="by"]')[0].text_content().strip() for entry in entries]
    assert names == ["Sue Support", "Ada Root"]


def test_long_history_is_paginated_and_needs_the_same_queries(
    browser_of_cleo: Client, connection: Connection, administrator: User, address: str
) -> None:
    def happen(times: int) -> None:
        for _ in range(times):
            event_record(action="connection.started", actor=administrator, customer_id=connection.customer_id)

    happen(1)
    with CaptureQueriesContext(database) as few:
        browser_of_cleo.get(address)
    happen(70)
    with CaptureQueriesContext(database) as many:
        page = browser_of_cleo.get(address)
    assert len(many) == len(few)
    assert "1 to 50 of 71" in words(page)


def test_incident_is_shown_with_its_start(browser_of_cleo: Client, connection: Connection, address: str) -> None:
    since = timezone.now()
    Incident.objects.create(
        connection=connection,
        check_slug="right:vendors",
        stage="user_role",
        cause="right_missing",
        facts={"permission": "Vendors", "module": "Accounts Payable"},
        last_passed_at=since - timedelta(days=1),
        since=since,
    )
    page = browser_of_cleo.get(address)
    assert "A permission for Vendors in Accounts Payable is missing" in words(page)
    assert "Last passed on" in words(page)
    assert main(page).xpath(f'.//a[@href="{reverse("wizard:stage", args=[connection.pk, "user_role"])}"]')


def test_customer_is_assigned_to_another_manager(
    browser_of_sue: Client, connection: Connection, success: User, address: str
) -> None:
    page = browser_of_sue.post(f"{address}assign/", {"manager": success.pk}, follow=True)
    connection.customer.refresh_from_db()
    assert connection.customer.success_manager == success
    assert "Assigned the customer to Cleo Success" in words(page)
    assert AuditEvent.objects.get(action="customer.assigned").customer_id == connection.customer_id


def test_only_customer_success_users_can_be_assigned(
    browser_of_sue: Client, connection: Connection, administrator: User, address: str
) -> None:
    page = browser_of_sue.post(f"{address}assign/", {"manager": administrator.pk}, follow=True)
    assert "The list has changed" in page.content.decode()
    connection.customer.refresh_from_db()
    assert connection.customer.success_manager is None


def test_customer_can_be_without_a_manager(
    browser_of_sue: Client, connection: Connection, success: User, address: str
) -> None:
    connection.customer.success_manager = success
    connection.customer.save()
    browser_of_sue.post(f"{address}assign/", {"manager": ""})
    connection.customer.refresh_from_db()
    assert connection.customer.success_manager is None


def test_connection_page_links_to_the_customers_own_page(
    browser_of_cleo: Client, connection: Connection, address: str
) -> None:
    own = reverse("wizard:stage", args=[connection.pk, connection.stage])
    assert main(browser_of_cleo.get(address)).xpath(f'.//a[@href="{own}"]')
    assert browser_of_cleo.get(own).status_code == 200


def test_customers_own_pages_contain_no_forms_for_staff(browser_of_cleo: Client, in_use: SyncProfile) -> None:
    run, stages = in_use.runs.get(), [*STAGES]
    pages = [
        *(reverse("wizard:stage", args=[in_use.connection_id, slug]) for slug in stages),
        reverse("smartsync:profile", args=[in_use.pk]),
        reverse("smartsync:run", args=[run.pk]),
        reverse("smartsync:list", args=[in_use.pk, "vendors"]),
    ]
    for page in pages:
        answer = browser_of_cleo.get(page)
        assert answer.status_code == 200, page
        assert main(answer).xpath('.//form[@method="post"] | .//*[@hx-post] | .//*[@formmethod="post"]') == [], page
        assert browser_of_cleo.post(page).status_code in (403, 405), page


def test_an_unknown_connection_is_not_found(browser_of_cleo: Client) -> None:
    assert browser_of_cleo.get(reverse("operations:connection", args=[999])).status_code == 404
