"""Internal notes about a connection, when to contact a customer, and until when a connection is snoozed."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.models.users import DEFAULT_ZONE
from audit.models import AuditEvent
from operations.board import BoardRow, board_connections, board_rows
from operations.models import FollowUp, Note
from tests.wizard.pages.reading import edit, main, words
from wizard.models import Connection


@pytest.fixture
def address(connection: Connection) -> str:
    return reverse("operations:connection", args=[connection.pk])


@pytest.fixture
def note(connection: Connection, success: User) -> Note:
    return Note.objects.create(connection=connection, author=success, text="Waits for Intacct training.")


def test_note_is_shown_with_its_author(browser_of_cleo: Client, browser_of_sue: Client, address: str) -> None:
    edit(browser_of_cleo, address, {"text": "Waits for\nIntacct training."}, "follow-up/")
    assert "Waits for Intacct training. Cleo Success" in words(browser_of_sue.get(address))


def test_note_alone_changes_no_day(browser_of_cleo: Client, connection: Connection, address: str) -> None:
    now = timezone.now()
    FollowUp.objects.create(connection=connection, snoozed_until=day(5), snoozed_at=now)

    edit(browser_of_cleo, address, {"text": "Called them", "snoozed_until": day(5)}, "follow-up/")
    edit(browser_of_cleo, address, {"text": " ", "snoozed_until": day(5)}, "follow-up/")

    assert Note.objects.get().text == "Called them"
    assert FollowUp.objects.get().snoozed_at == now
    assert not AuditEvent.objects.filter(action="follow_up.saved").exists()


def test_author_edits_and_deletes_a_note(browser_of_cleo: Client, note: Note, address: str) -> None:
    own = reverse("operations:note_edit", args=[note.pk])
    assert main(browser_of_cleo.get(address)).xpath(f'.//a[@href="{own}"]')

    edit(browser_of_cleo, own, {"text": "Training was on Monday."})
    page = words(browser_of_cleo.get(address))
    assert "Training was on Monday. Cleo Success" in page
    assert "edited" in page

    browser_of_cleo.post(reverse("operations:note_delete", args=[note.pk]))
    assert not Note.objects.exists()


def test_notes_of_others_cannot_be_changed(browser_of_sue: Client, note: Note, address: str) -> None:
    own = reverse("operations:note_edit", args=[note.pk])
    assert not main(browser_of_sue.get(address)).xpath(f'.//a[@href="{own}"]')
    assert browser_of_sue.post(own, {"text": "Changed"}).status_code == 404
    assert browser_of_sue.post(reverse("operations:note_delete", args=[note.pk])).status_code == 404
    assert Note.objects.get().text == note.text


def test_customers_see_neither_notes_nor_follow_ups_in_their_audit_log(
    browser_of_cleo: Client, signed_in: Callable[[User], Client], administrator: User, address: str
) -> None:
    edit(browser_of_cleo, address, {"text": "Slow payer", "contact_on": day(1)}, "follow-up/")

    assert {event.customer_id for event in AuditEvent.objects.filter(action__in=["note.added", "follow_up.saved"])} == {
        None
    }
    assert "internal note" not in words(signed_in(administrator).get(reverse("audit_log:index")))
    assert "Added an internal note about Hillside Foods" in words(browser_of_cleo.get(reverse("audit_log:index")))


def day(days: int) -> str:
    """Return the day that begins so many days after the current one of the users."""
    return (timezone.localdate(timezone=ZoneInfo(DEFAULT_ZONE)) + timedelta(days=days)).isoformat()


def row(connection: Connection, user: User) -> BoardRow:
    return board_rows([board_connections(user).get(pk=connection.pk)])[0]


def test_next_contact_and_snooze_are_saved_and_cleared(
    browser_of_cleo: Client, connection: Connection, success: User, address: str
) -> None:
    edit(browser_of_cleo, address, {"contact_on": day(1), "snoozed_until": day(2)}, "follow-up/")
    board_row = row(connection, success)
    assert (str(board_row.contact_on), str(board_row.snoozed_until)) == (day(1), day(2))
    assert day(2) in browser_of_cleo.get(address).content.decode()

    edit(browser_of_cleo, address, {"contact_on": "", "snoozed_until": ""}, "follow-up/")
    board_row = row(connection, success)
    assert (board_row.contact_on, board_row.snoozed_until) == (None, None)


def test_snooze_until_today_is_refused(browser_of_cleo: Client, address: str) -> None:
    page = edit(browser_of_cleo, address, {"snoozed_until": day(0)}, "follow-up/")
    assert "Choose a day after today." in words(page)
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize(
    ("until", "broke_after", "is_snoozed"), [(1, None, True), (0, None, False), (5, -1, True), (5, 1, False)]
)
def test_snooze_ends_on_its_day_and_when_the_connection_breaks(
    connection: Connection, success: User, until: int, broke_after: int | None, is_snoozed: bool
) -> None:
    now = timezone.now()
    if broke_after is not None:
        Connection.objects.update(broken_since=now + timedelta(hours=broke_after))
    FollowUp.objects.create(
        connection=connection, snoozed_until=timezone.localdate() + timedelta(days=until), snoozed_at=now
    )
    assert bool(row(connection, success).snoozed_until) == is_snoozed
