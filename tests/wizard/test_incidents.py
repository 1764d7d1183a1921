"""Incidents that are not checks: the code that detects them opens and closes them."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, User
from audit.models import AuditEvent
from mail.models import Email
from wizard.missing import missing_list
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification
from wizard.services import close_incident, open_incident, update_incidents

pytestmark = pytest.mark.django_db


@pytest.fixture
def connected(connection: Connection, legal_entity: LegalEntity) -> Connection:
    """A connection in use."""
    connection.company_id, connection.credentials_saved_at, connection.level = "JUNIPER-CO", timezone.now(), "top"
    connection.save()
    SyncProfile.objects.create(
        connection=connection, legal_entity=legal_entity, state="approved", decided_at=timezone.now()
    )
    return connection


def open_incident_of_schedule(connection: Connection, cause: str = "role_unassigned", **more: object) -> None:
    open_incident(
        connection=connection, slug="schedule.7", cause=cause, facts={"user_id": "Beanworks"}, stage="user_role"
    )


def addresses() -> list[str]:
    return sorted(Email.objects.filter(kind="incident_opened").values_list("address", flat=True))


def test_email_to_the_manager_says_who_fixes_it(connected: Connection, administrator: User, success: User) -> None:
    connected.customer.success_manager = success
    connected.customer.save()

    open_incident_of_schedule(connected, cause="sign_in_refused")

    texts = dict(Email.objects.filter(kind="incident_opened").values_list("address", "text"))
    assert texts.keys() == {administrator.email, success.email}
    assert "You can fix this." in texts[administrator.email]
    assert "The customer fixes this." in texts[success.email]
    assert "You can fix this" not in texts[success.email]
    assert f"/beanworks/connections/{connected.pk}/" in texts[success.email]


def test_opening_twice_makes_one_incident_and_one_email(connected: Connection, administrator: User) -> None:
    open_incident_of_schedule(connected)
    open_incident_of_schedule(connected, cause="user_type_wrong")

    incident = Incident.objects.get()
    assert (incident.check_slug, incident.cause, incident.last_passed_at) == ("schedule.7", "user_type_wrong", None)
    assert addresses() == [administrator.email]
    assert AuditEvent.objects.filter(action="incident.opened").count() == 1


def test_incident_that_is_reopened_is_emailed_again(connected: Connection, administrator: User) -> None:
    open_incident_of_schedule(connected)
    close_incident(connection=connected, slug="schedule.7")
    close_incident(connection=connected, slug="schedule.7")

    assert not Incident.objects.open().exists()
    assert AuditEvent.objects.filter(action="incident.closed").count() == 1

    open_incident_of_schedule(connected)

    assert addresses() == [administrator.email] * 2


def test_what_beanworks_must_fix_is_emailed_to_support(connected: Connection, support: User) -> None:
    open_incident_of_schedule(connected, cause="wrong_sender_password")

    assert addresses() == [support.email]


def test_connection_is_broken_since_its_oldest_open_incident(connected: Connection) -> None:
    open_incident_of_schedule(connected)
    open_incident(connection=connected, slug="deletions.9", cause="field_missing")
    first, second = Incident.objects.order_by("pk")

    connected.refresh_from_db()
    assert connected.broken_since == first.since
    assert (connected.last_cause, connected.must_act) == ("role_unassigned", "customer")

    close_incident(connection=connected, slug="schedule.7")
    connected.refresh_from_db()
    assert connected.broken_since == second.since

    close_incident(connection=connected, slug="deletions.9")
    connected.refresh_from_db()
    assert not connected.broken_since
    assert not connected.last_cause


def test_a_verification_leaves_incidents_of_other_slugs_open(connected: Connection) -> None:
    open_incident_of_schedule(connected)
    verification = Verification.objects.create(connection=connected, state="done")
    finding = Finding.objects.create(
        verification=verification, check_slug="sign_in", stage="credentials", position=0, outcome="passed"
    )

    update_incidents(verification=verification, findings=[finding])

    assert Incident.objects.open().get().check_slug == "schedule.7"
    connected.refresh_from_db()
    assert connected.broken_since


def test_the_incident_of_a_check_that_is_no_longer_asked_is_closed(connected: Connection) -> None:
    """For example, the check of a dimension that was deleted in Intacct."""
    Incident.objects.create(
        connection=connected,
        check_slug="dimension.GONE",
        cause="right_missing",
        is_check=True,
        last_passed_at=timezone.now(),
    )
    partial = Verification.objects.create(connection=connected, checks=["sign_in"], state="done")
    update_incidents(verification=partial, findings=[])
    assert Incident.objects.open().exists()

    complete = Verification.objects.create(connection=connected, state="done")
    update_incidents(verification=complete, findings=[])
    assert not Incident.objects.open().exists()


def test_incident_is_rolled_back_with_the_callers_transaction(connected: Connection) -> None:
    with transaction.atomic():
        open_incident_of_schedule(connected)
        transaction.set_rollback(True)

    assert not Incident.objects.exists()
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("stage", "cause", "facts"),
    [
        ("user_role", "role_unassigned", {"user_id": "Beanworks"}),
        ("", "role_unassigned", {}),
        ("no_such_stage", "no_such_cause", {"part": 5, "at": None, "raw": {"a": [1]}}),
        ("user_role", "", []),
    ],
)
def test_pages_show_unknown_incidents(
    connected: Connection, administrator: User, support: User, stage: str, cause: str, facts: object
) -> None:
    open_incident(connection=connected, slug="no.such.slug", cause=cause, facts=facts, stage=stage)  # type: ignore[arg-type]
    customer, beanworks = Client(), Client()
    customer.force_login(administrator)
    beanworks.force_login(support)

    page = customer.get(reverse("wizard:stage", args=[connected.pk, "smart_sync"]))
    assert page.status_code == 200
    assert "Failing since " in page.content.decode()
    for address in ("operations:connection", "operations:diagnostics"):
        assert beanworks.get(reverse(address, args=[connected.pk])).status_code == 200
    assert beanworks.get(reverse("operations:board")).status_code == 200


def test_an_incident_of_smartsync_leads_to_its_help_page(connected: Connection) -> None:
    """The step has no checks that explain what to do."""
    open_incident(connection=connected, slug="schedule.1", cause="schedule_failed", stage="smart_sync")

    assert [item.url for item in missing_list(connected)] == ["/help/bc-904/"]
