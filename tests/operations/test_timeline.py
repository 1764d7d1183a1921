"""The history of a customer: by day, with checks and repeated actions merged."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import User
from audit.services import event_record
from operations.timeline import timeline_of
from tests.wizard.pages.reading import main
from wizard.models import Connection

NOON = datetime(2026, 3, 4, 20, tzinfo=UTC)


def happen(action: str, connection: Connection, actor: User | None, days: int = 0, **metadata: object) -> None:
    with travel(NOON + timedelta(days=days), tick=False):
        event_record(action=action, actor=actor, customer_id=connection.customer_id, **metadata)


def sentences(connection: Connection, shown: int = 10) -> list[str]:
    return [str(entry.sentence) for day in timeline_of(connection.customer_id, shown).days for entry in day.entries]


def test_events_are_grouped_by_day_newest_first(
    browser_of_cleo: Client, connection: Connection, administrator: User, support: User
) -> None:
    happen("connection.started", connection, administrator, days=0)
    happen("profile.declined", connection, support, days=1, legal_entity="Hillside Inc.", reason="No seal.")
    event_record(action="connection.started", actor=administrator, customer_id=connection.customer_id + 1)

    section = main(browser_of_cleo.get(reverse("operations:connection", args=[connection.pk]))).xpath(
        './/section[@id="timeline"]'
    )[0]

    assert [day.text_content() for day in section.xpath(".//h3")] == ["March 5, 2026", "March 4, 2026"]
    entries = section.xpath(".//ol/li")
    assert "Declined the request for Hillside Inc.: No seal." in entries[0].text_content()
    assert entries[0].get("class") == "tone-bad"
    assert [entry.xpath('.//span[@class="by"]')[0].text_content() for entry in entries] == ["Sue Support", "Ada Root"]


def test_checks_in_a_row_are_one_entry_with_the_last_result(connection: Connection, administrator: User) -> None:
    result: dict[str, Any] = {
        "passed": 30,
        "cause": "role_unassigned",
        "facts": {"user_id": "Beanworks"},
        "outcome": "failed",
    }
    for failed in (3, 1):
        happen("verification.requested", connection, administrator)
        happen("verification.finished", connection, None, **result, failed=failed)

    [day] = timeline_of(connection.customer_id).days
    [entry] = day.entries

    assert entry.sentence == (
        "Verification finished: 1 check failed: "
        "The user Beanworks does not have the role Beanworks API (last of 2 checks)"
    )
    assert (entry.names, entry.times, entry.tone) == ("Ada Root", 1, "bad")


def test_start_of_a_sync_is_shown_only_if_a_user_started_it(connection: Connection, administrator: User) -> None:
    happen("sync_run.started", connection, None)
    happen("sync_run.finished", connection, None, result="complete")
    happen("sync_run.started", connection, administrator)

    [day] = timeline_of(connection.customer_id).days
    assert [entry.sentence for entry in day.entries] == ["Started a sync", "A sync finished: Complete"]


def test_one_action_repeated_by_one_user_is_one_entry(
    connection: Connection, administrator: User, support: User
) -> None:
    for actor in (administrator, administrator, support):
        happen("connection.started", connection, actor)

    [day] = timeline_of(connection.customer_id).days
    assert [(entry.names, entry.times) for entry in day.entries] == [("Sue Support", 1), ("Ada Root", 2)]


def test_same_action_on_another_day_is_another_entry(connection: Connection, administrator: User) -> None:
    for days in (0, 1):
        happen("connection.started", connection, administrator, days=days)
    assert len(timeline_of(connection.customer_id).days) == 2


def test_ten_entries_are_shown_first_and_more_on_request(connection: Connection, administrator: User) -> None:
    for number in range(25):
        happen("profile.requested", connection, administrator, legal_entity=f"Entity {number}")

    assert (len(sentences(connection)), timeline_of(connection.customer_id).more) == (10, 20)
    assert len(sentences(connection, 20)) == 20
    assert (len(sentences(connection, 30)), timeline_of(connection.customer_id, 30).more) == (25, 0)


@pytest.mark.parametrize("entries", ["", "-1", "99999999999999999999", "x"])
def test_any_number_of_entries_in_the_address_is_accepted(
    browser_of_cleo: Client, connection: Connection, entries: str
) -> None:
    address = reverse("operations:connection", args=[connection.pk])
    assert browser_of_cleo.get(address, {"entries": entries}).status_code == 200
