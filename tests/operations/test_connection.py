"""One connection as Beanworks staff see it, and the customer's own pages as Beanworks staff see them."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import OrgUnit, Role, User
from audit.models import AuditEvent
from audit.services import event_record
from operations.models import Note
from smartsync.models import ListRun, Schedule, SyncRun
from tests.support.users import create_user
from tests.wizard.pages.reading import edit, main, words
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


def test_page_needs_the_same_queries_for_any_history(
    browser_of_cleo: Client, connection: Connection, administrator: User, success: User, address: str
) -> None:
    def happen(times: int) -> None:
        for number in range(times):
            event_record(action="connection.started", actor=administrator, customer_id=connection.customer_id)
            Note.objects.create(connection=connection, author=success, text=f"Note {number}")

    happen(1)
    with CaptureQueriesContext(database) as few:
        browser_of_cleo.get(address)
    happen(70)
    with CaptureQueriesContext(database) as many:
        browser_of_cleo.get(address)
    assert len(many) == len(few)


def test_system_administrators_are_listed_with_when_they_were_last_seen(
    browser_of_cleo: Client, connection: Connection, administrator: User, root: OrgUnit, address: str
) -> None:
    User.objects.filter(pk=administrator.pk).update(language="fr-ca", last_login=timezone.now() - timedelta(days=9))
    event_record(action="connection.started", actor=administrator, customer_id=root.customer_id)
    create_user("Eli", Role.INVOICE_EXPORTER, home=root)
    create_user("Ina Inactive", Role.SYSTEM_ADMINISTRATOR, home=root, is_active=False)
    branch = OrgUnit.objects.create(customer=root.customer, parent=root, name="Branch")
    create_user("Ben Branch", Role.SYSTEM_ADMINISTRATOR, home=branch)

    section = main(browser_of_cleo.get(address)).xpath('.//section[h2="Contact"]')[0]
    first, second = (contact.text_content() for contact in section.xpath("./ul/li"))

    assert section.xpath("./ul/li/strong/bdi/text()") == ["Ada Root", "Ben Branch"]
    assert administrator.email in first
    assert "French" in first
    assert "Last seen" in first
    assert "Never signed in" in second
    assert "Cannot change the connection" in second


def test_progress_shows_each_step_with_its_state(browser_of_cleo: Client, connection: Connection, address: str) -> None:
    steps = main(browser_of_cleo.get(address)).xpath('.//ol[@class="progress-steps"]/li')
    assert len(steps) == len(STAGES)
    assert "Needs attention" in steps[1].text_content()


def test_every_cause_is_shown_with_its_step_and_start(
    browser_of_cleo: Client, connection: Connection, address: str
) -> None:
    since = timezone.now()
    Incident.objects.create(
        connection=connection,
        check_slug="schedule",
        stage="smart_sync",
        cause="monitoring_failed",
        last_passed_at=since - timedelta(days=1),
        since=since,
    )
    Connection.objects.update(broken_since=since)
    section = main(browser_of_cleo.get(address)).xpath('.//section[@id="missing"]')[0]
    page = " ".join(section.text_content().split())
    assert "Vendors" in page
    assert "The customer’s Intacct administrator fixes this" in page
    assert "Beanworks fixes this Last passed on" in page
    assert section.xpath(f'.//a[@href="{reverse("wizard:stage", args=[connection.pk, "user_role"])}"]')


def test_customer_is_assigned_to_another_manager(
    browser_of_sue: Client, connection: Connection, success: User, address: str
) -> None:
    page = edit(browser_of_sue, address, {"manager": success.pk}, "assign/", follow=True)
    connection.customer.refresh_from_db()
    assert connection.customer.success_manager == success
    assert "Assigned the customer to Cleo Success" in words(page)
    assert AuditEvent.objects.get(action="customer.assigned").customer_id == connection.customer_id


def test_only_customer_success_users_can_be_assigned(
    browser_of_sue: Client, connection: Connection, administrator: User, address: str
) -> None:
    page = edit(browser_of_sue, address, {"manager": administrator.pk}, "assign/")
    assert "Select a valid choice" in words(page)
    connection.customer.refresh_from_db()
    assert connection.customer.success_manager is None


def test_customer_can_be_without_a_manager(
    browser_of_sue: Client, connection: Connection, success: User, address: str
) -> None:
    connection.customer.success_manager = success
    connection.customer.save()
    edit(browser_of_sue, address, {"manager": ""}, "assign/")
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
        forms = main(answer).xpath('.//form[@method="post"] | .//*[@hx-post] | .//*[@formmethod="post"]')
        # Everyone chooses which menu of Intacct they read.
        assert [form for form in forms if form.get("action") != reverse("accounts:menu")] == [], page
        assert browser_of_cleo.post(page).status_code in (403, 405), page


def test_an_unknown_connection_is_not_found(browser_of_cleo: Client) -> None:
    assert browser_of_cleo.get(reverse("operations:connection", args=[999])).status_code == 404
