"""The audit log's page and files: administrators see their own customer's events, Beanworks staff see all."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import OrgUnit, Role, User
from audit.models import AuditEvent
from audit.services import event_of, event_record
from operations.audit_log import subject_choices
from tests.support.users import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chained_at_once(db: None) -> None:
    """Link each event at once. Otherwise events are linked at the commit, which these tests never reach."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def events(administrator: User, stranger: User, support: User) -> None:
    for actor in (administrator, stranger):
        event_record(action="credentials.saved", actor=actor, customer_id=actor.customer_id, company=f"of {actor}")
    event_record(action="board.downloaded", actor=support)


def open_page(person: User, address: str = "/audit-log/") -> str:
    client = Client()
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200
    return response.getvalue().decode()


def test_administrator_sees_events_of_their_own_customer(administrator: User, events: None) -> None:
    page = open_page(administrator)
    assert "Saved the credentials for" in page
    assert "Ada Root" in page
    assert "Sam Seaside" not in page
    assert "Sue Support" not in page


def test_beanworks_staff_see_all_events(success: User, events: None) -> None:
    page = open_page(success)
    for name in ("Ada Root", "Hillside Foods", "Sam Seaside", "Seaside", "Sue Support"):
        assert name in page


def test_empty_log_suggests_removing_a_filter_only_if_there_is_one(administrator: User) -> None:
    assert "Try removing a filter" not in open_page(administrator)
    assert "Try removing a filter" in open_page(administrator, "/audit-log/?who=Zoe")


def test_details_without_a_value_are_not_shown(administrator: User) -> None:
    event_record(
        action="credentials.saved", actor=administrator, customer_id=administrator.customer_id, company="AC", entity=""
    )
    page = re.sub("</?bdi>", "", open_page(administrator))
    assert "<dt>company</dt>" in page
    assert "<dt>entity</dt>" not in page


def test_details_with_parts_are_shown_part_by_part(administrator: User) -> None:
    facts = {"rights": "View", "permission": "Vendors"}
    event_record(action="credentials.saved", actor=administrator, customer_id=administrator.customer_id, facts=facts)
    page = open_page(administrator)
    assert '<dt><bdi>permission</bdi></dt><dd dir="auto">Vendors</dd>' in page
    assert "&#x27;rights&#x27;" not in page


def test_sign_ins_are_shown_only_on_request_but_always_downloaded(administrator: User) -> None:
    event_record(action="user.signed_in", actor=administrator, customer_id=administrator.customer_id)

    assert "Signed in" not in open_page(administrator)
    assert "Signed in" in open_page(administrator, "/audit-log/?sign_ins=shown")
    assert "Signed in" in open_page(administrator, "/audit-log/csv/")


def test_events_are_grouped_by_day_and_show_their_outcome(administrator: User, events: None) -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(action="board.downloaded", customer_id=administrator.customer_id, outcome="failed") for _ in range(2)
    )
    page = open_page(administrator)

    assert len(re.findall('class="events__day"', page)) == 1
    assert '<span class="visually-hidden">Failed</span>' in page


def test_role_without_the_wizard_has_no_audit_log(root: OrgUnit, client: Client) -> None:
    client.force_login(create_user("Eli", Role.INVOICE_EXPORTER, home=root))
    assert client.get("/audit-log/").status_code == 403
    assert client.get("/audit-log/csv/").status_code == 403


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ("who=ada", {"Ada Root"}),
        ("customer=seas", {"Sam Seaside"}),
        ("about=board", {"Sue Support"}),
        ("outcome=failed", set()),
        ("first=2031-01-01", set()),
        ("last=2031-01-01", {"Ada Root", "Sam Seaside", "Sue Support"}),
        ("first=yesterday&outcome=odd&about=%27", {"Ada Root", "Sam Seaside", "Sue Support"}),
    ],
)
def test_filters_are_in_the_address(success: User, events: None, filters: str, shown: set[str]) -> None:
    page = open_page(success, f"/audit-log/?{filters}")
    assert {name for name in ("Ada Root", "Sam Seaside", "Sue Support") if f">{name}<" in page} == shown


def test_csv_file_contains_the_filtered_events(success: User, events: None) -> None:
    _head, row = csv.reader(io.StringIO(open_page(success, "/audit-log/csv/?who=seaside")))
    event = AuditEvent.objects.get(actor_name="Sam Seaside")
    assert (row[0], row[3], row[5], row[-1]) == (str(event.pk), "Sam Seaside", "credentials.saved", event.link.hash)


def test_the_csv_file_is_in_the_language_of_its_reader(success: User, events: None) -> None:
    success.language = "fr-ca"
    success.save()

    _head, row = csv.reader(io.StringIO(open_page(success, "/audit-log/csv/?who=seaside")))

    assert row[7] == "Réussite"


def test_name_that_looks_like_a_formula_is_exported_as_text(success: User, administrator: User) -> None:
    administrator.name = "=1+1"
    administrator.save()
    event_record(action="connection.started", actor=administrator)
    assert '"\'=1+1"' in open_page(success, "/audit-log/csv/")


def test_json_lines_contain_each_event_with_its_link(administrator: User, events: None) -> None:
    lines = [json.loads(line) for line in open_page(administrator, "/audit-log/jsonl/").splitlines()]
    assert [line["action"] for line in lines] == ["credentials.saved", "audit_log.downloaded"]
    assert lines[0]["metadata"] == {"company": "of Ada Root"}
    assert lines[0]["link"]["number"] == 1


def test_download_is_recorded_as_an_event(administrator: User, events: None) -> None:
    open_page(administrator, "/audit-log/csv/?who=ada")
    event = AuditEvent.objects.get(action="audit_log.downloaded")
    assert (event.actor_id, event.customer_id) == (administrator.pk, administrator.customer_id)
    assert event.metadata == {"format": "csv", "filters": {"who": "ada"}}


def test_page_needs_the_same_queries_for_any_number_of_events(
    success: User, events: None, client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(120):
        event_record(action="board.downloaded", actor=success, number=number)
    client.force_login(success)
    with django_assert_max_num_queries(8):
        client.get("/audit-log/")


def test_incident_is_described_in_words() -> None:
    event = event_of(action="incident.opened", actor=None, check="perm.vendors", cause="right_missing")
    of_old = event_of(action="incident.closed", actor=None, check="gone", cause="gone")

    assert event.sentence == "No longer works: Accounts Payable: Vendors (A permission is missing)"
    assert event.outcome == "failed"
    assert of_old.sentence == "Works again: gone"


def test_subjects_are_sorted_without_regard_to_accents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.audit_log.SUBJECTS", {"view": "Vues", "step": "Étapes", "email": "courriels"})

    assert [slug for slug, _label in subject_choices()] == ["", "email", "step", "view"]
