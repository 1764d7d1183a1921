"""What the page says about a test bill: what became of it, and of earlier ones. No Intacct is asked."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from wizard.models import SyncProfile, TestBill

from .forms import address, send, show

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"bill_state": "Draft"}, "We look every night"),
        ({"bill_state": "Posted"}, "The bill is not a draft any more"),
        ({"created_state": "Submitted", "bill_state": "Submitted"}, "Intacct did not keep the bill as a draft"),
        ({"created_state": "Submitted", "bill_state": "Posted"}, "The bill is not a draft any more"),
        ({"created_state": "Brouillon", "bill_state": "Brouillon"}, "The bill is as Intacct created it"),
        ({"created_state": "Brouillon", "bill_state": "Comptabilisé"}, "The bill is not a draft any more"),
        ({"created_state": "Brouillon", "bill_state": "Draft"}, "To delete the draft"),
        ({"created_state": "Draft", "bill_state": "Brouillon"}, "We do not know whether the bill is a draft"),
        ({"bill_deleted_at": timezone.now(), "bill_checked_at": timezone.now()}, "Nothing is left to do"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "Send another test bill"),
        (
            {"phase": "unsettled", "record_no": "", "cause": "bill_not_found"},
            "We do not know whether Intacct has the bill",
        ),
    ],
)
def test_page_says_what_became_of_the_bill(
    ada: Client, profile: SyncProfile, fields: dict[str, Any], words: str
) -> None:
    send(ada, profile)
    now = timezone.now()
    usual = {"state": "done", "phase": "stored", "sent_at": now, "record_no": "17", "bill_checked_at": now}
    TestBill.objects.update(**usual | fields)

    assert words in show(ada, profile)


def test_poll_reads_no_records(ada: Client, profile: SyncProfile) -> None:
    """A page that waits for someone to open the link may stay open for days."""
    send(ada, profile)
    with CaptureQueriesContext(database) as captured:
        page = ada.get(address(profile), headers={"X-Poll": "1"}).content.decode()

    assert TestBill.objects.get().number in page
    assert [query["sql"] for query in captured if "smartsync_listitem" in query["sql"]] == []


@pytest.mark.parametrize("fields", [{"expires_at": timezone.now()}, {"bill_deleted_at": timezone.now()}])
def test_page_waits_only_for_a_link_that_can_be_opened(
    ada: Client, success: User, profile: SyncProfile, fields: dict[str, Any]
) -> None:
    send(ada, profile)
    now = timezone.now()
    TestBill.objects.update(state="done", phase="stored", sent_at=now, record_no="17", bill_checked_at=now)
    cleo = Client()
    cleo.force_login(success)

    assert "Waiting for you" in show(ada, profile)
    assert "Waiting for the customer" in show(cleo, profile)

    TestBill.objects.update(**fields)

    assert "Waiting for you" not in show(ada, profile)


def test_bill_that_cannot_be_read_back_is_known_to_exist(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile)
    TestBill.objects.update(
        state="done", phase="unsettled", sent_at=timezone.now(), record_no="17", cause="intacct_unavailable"
    )
    page = show(ada, profile)

    assert "we could not read it back" in page
    assert "We do not know whether Intacct has the bill" not in page


def test_opened_link_proves_that_intacct_has_the_bill(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile)
    now = timezone.now()
    TestBill.objects.update(state="done", phase="unsettled", sent_at=now, opened_at=now, cause="bill_not_found")
    page = show(ada, profile)

    assert "The test passed" in page
    assert "Look for the bill again" in page
    assert "does not show the test bill" not in page
    assert "We do not know" not in page


def test_earlier_bills_that_are_still_in_intacct_are_listed(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile)
    first = TestBill.objects.get()
    TestBill.objects.update(state="done", phase="stored", sent_at=timezone.now(), record_no="17", bill_state="Draft")
    send(ada, profile, after=1)
    TestBill.objects.exclude(pk=first.pk).update(state="done", phase="refused", cause="bill_vendor_on_hold")
    page = show(ada, profile)

    assert "Earlier test bills" in page
    assert first.number in page
    assert "Check whether it was deleted" in page


def test_connection_says_that_the_bill_was_posted(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile)
    TestBill.objects.update(state="done", phase="stored", sent_at=timezone.now(), record_no="17", bill_state="Posted")
    page = ada.get(f"/connection/{profile.connection_id}/").content.decode()

    assert "The bill is not a draft any more" in page
    assert "The draft is still in Intacct" not in page


def test_bill_that_was_submitted_at_once_is_not_called_a_draft(ada: Client, profile: SyncProfile) -> None:
    send(ada, profile)
    submitted = {"created_state": "Submitted", "bill_state": "Submitted"}
    TestBill.objects.update(state="done", phase="stored", sent_at=timezone.now(), record_no="17", **submitted)
    page = show(ada, profile)

    for words in ("Created in Intacct as a draft", "We did not do this", "To delete the draft"):
        assert words not in page
    assert "Decline, reverse or delete it" in page
