"""Support's queue and a request's page. Which users may open them is tested in tests/access."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from operations.business_hours import business_hours
from operations.queue_place import QueuePlace, place_in_queue
from operations.templatetags.operations import service_badge
from tests.wizard.pages.reading import main, words
from wizard.models import Confirmation, Finding, Question, SyncProfile

QUEUE = reverse("operations:queue")


def page_of(profile: SyncProfile) -> str:
    return reverse("operations:request", args=[profile.pk])


def act(client: Client, profile: SyncProfile, what: str, **data: str) -> str:
    """Press a button of the request's page and return the words of the next page."""
    return words(client.post(reverse(f"operations:{what}", args=[profile.pk]), data, follow=True))


def state(profile: SyncProfile) -> str:
    profile.refresh_from_db()
    return profile.state


def test_queue_shows_who_requests_what(browser_of_sue: Client, waiting: SyncProfile) -> None:
    page = words(browser_of_sue.get(QUEUE))
    assert "Hillside Foods Hillside Canada Inc. · Top level" in page
    assert "Ada Root In time · waited 0 min Unassigned" in page


def test_entity_without_a_name_is_not_shown_as_the_top_level(browser_of_sue: Client, waiting: SyncProfile) -> None:
    SyncProfile.objects.update(entity_id="200", entity_name="")

    for page in (QUEUE, page_of(waiting)):
        assert "Hillside Canada Inc. · 200" in words(browser_of_sue.get(page))


def test_an_empty_queue_says_so(browser_of_sue: Client) -> None:
    assert "No open requests" in words(browser_of_sue.get(QUEUE))


def test_requests_waiting_for_the_customer_are_listed_separately(browser_of_sue: Client, claimed: SyncProfile) -> None:
    SyncProfile.objects.update(state="asked")
    page = browser_of_sue.get(QUEUE)
    assert words(page).index("Waiting for the customer’s answer") < words(page).index("Hillside Foods")


def test_queue_needs_the_same_queries_at_any_length(
    browser_of_sue: Client, claimed: SyncProfile, support: User
) -> None:
    with CaptureQueriesContext(database) as few:
        browser_of_sue.get(QUEUE)
    SyncProfile.objects.bulk_create(
        SyncProfile(
            connection=claimed.connection,
            legal_entity=claimed.legal_entity,
            state="declined",
            decided_at=timezone.now(),
            decided_by=support,
        )
        for _ in range(30)
    )
    with CaptureQueriesContext(database) as many:
        browser_of_sue.get(QUEUE)
    # Only if a request was decided: the questions of the second table, and the times and questions of the chart.
    assert len(many) <= len(few) + 3


def test_all_facts_for_a_decision_are_on_one_page(browser_of_sue: Client, waiting: SyncProfile) -> None:
    page = words(browser_of_sue.get(page_of(waiting)))
    for fact in ("Hillside Canada Inc.", "hillside", "Top level", "Ada Root", "1 failed, 3 passed, "):
        assert fact in page
    assert "A permission for Vendors in Accounts Payable is missing" in page


def test_request_can_be_claimed_and_released(browser_of_sue: Client, waiting: SyncProfile) -> None:
    assert "Claimed by Sue Support" in act(browser_of_sue, waiting, "claim")
    assert "Claim the request first" in act(browser_of_sue, waiting, "release")


def test_request_can_be_approved(browser_of_sue: Client, claimed: SyncProfile) -> None:
    assert "Decided by Sue Support" in act(browser_of_sue, claimed, "approve")
    assert state(claimed) == "approved"


def test_request_can_be_declined_with_a_reason(browser_of_sue: Client, claimed: SyncProfile) -> None:
    page = act(browser_of_sue, claimed, "decline", **{"decline-reason": "Wrong place."})
    assert "Wrong place." in page
    assert state(claimed) == "declined"


@pytest.mark.parametrize("what", ["decline", "ask"])
def test_question_and_reason_are_required(browser_of_sue: Client, claimed: SyncProfile, what: str) -> None:
    assert "This field is required." in act(browser_of_sue, claimed, what)
    assert state(claimed) == "claimed"


def test_support_can_ask_for_information(browser_of_sue: Client, claimed: SyncProfile) -> None:
    page = act(browser_of_sue, claimed, "ask", **{"ask-question": "Which tax number?"})
    assert "Which tax number? Sue Support" in page
    assert state(claimed) == "asked"


def test_customers_answer_is_on_the_page(browser_of_sue: Client, claimed: SyncProfile, administrator: User) -> None:
    Question.objects.create(
        profile=claimed, text="Which?", answer="It is 123.", answered_by=administrator, closed_at=timezone.now()
    )
    assert "It is 123. Ada Root" in words(browser_of_sue.get(page_of(claimed)))


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("claim", {}),
        ("release", {}),
        ("approve", {}),
        ("decline", {"decline-reason": "No."}),
        ("ask", {"ask-question": "Which?"}),
    ],
)
def test_second_support_user_gets_a_reason_for_the_refusal(
    browser_of_sam: Client, claimed: SyncProfile, what: str, data: dict[str, str]
) -> None:
    page = act(browser_of_sam, claimed, what, **data)
    assert len(re.findall("Sue Support has (?:already )?claimed this request", page)) == 1
    assert state(claimed) == "claimed"


def test_requester_is_not_offered_to_decide(browser_of_sue: Client, waiting: SyncProfile, support: User) -> None:
    SyncProfile.objects.update(requested_by=support)
    page = browser_of_sue.get(page_of(waiting))
    assert "Another member of support must decide it." in words(page)
    assert not main(page).xpath(".//form")
    assert "Another member of support must decide it." in act(browser_of_sue, waiting, "claim")
    assert state(waiting) == "requested"


def test_inviter_of_the_requester_is_not_offered_to_decide(
    browser_of_sue: Client, browser_of_sam: Client, waiting: SyncProfile, support: User, administrator: User
) -> None:
    User.objects.filter(pk=administrator.pk).update(invited_by=support)

    page = browser_of_sue.get(page_of(waiting))
    refused = act(browser_of_sue, waiting, "claim")

    for shown in (words(page), refused):
        assert "You invited Ada Root, or the two of you share a mailbox." in shown
    assert not main(page).xpath(".//form")
    assert state(waiting) == "requested"
    act(browser_of_sam, waiting, "claim")
    assert state(waiting) == "claimed"


def test_decided_request_cannot_be_decided_again(browser_of_sue: Client, claimed: SyncProfile) -> None:
    act(browser_of_sue, claimed, "approve")
    assert "already been decided or withdrawn" in act(browser_of_sue, claimed, "decline", **{"decline-reason": "No."})
    assert state(claimed) == "approved"


def test_checks_that_no_customer_passes_are_folded(browser_of_sue: Client, waiting: SyncProfile) -> None:
    Finding.objects.filter(outcome="failed").update(outcome="cannot_tell", cause="right_unproved")
    Confirmation.objects.create(
        connection=waiting.connection,
        check_slug="perm.vendors",
        stage="user_role",
        company_id="hillside",
        user_id="Beanworks",
        confirmed_by="Ada Root",
    )

    page = browser_of_sue.get(page_of(waiting))

    assert " checks: 3 passed, " in words(page)
    assert "1 check that only a user can confirm (same for every customer) 1 confirmed by the customer" in words(page)
    assert main(page).xpath(".//details[not(@open)]//li[contains(., 'confirmed by Ada Root')]")


@pytest.mark.parametrize(
    ("hours", "shown"), [(4, "In time · waited 4 h 0 min"), (8, "Due soon · waited 8 h 0 min"), (9, "Overdue · waited")]
)
def test_badge_shows_whether_a_request_is_decided_in_time(waiting: SyncProfile, hours: int, shown: str) -> None:
    support_hours = business_hours()
    monday = datetime(2026, 3, 2, 9, tzinfo=support_hours.zone)
    waiting.requested_at, waiting.decided_at = monday, monday + timedelta(hours=hours + 16 * (hours > 8))

    assert f"<span>{shown}" in service_badge(waiting, support_hours)


@pytest.fixture
def newer(claimed: SyncProfile, root: OrgUnit) -> SyncProfile:
    """A later request of another legal entity, which no one has claimed."""
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="West")
    entity = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name="Hillside West Inc.")
    return SyncProfile.objects.create(connection=claimed.connection, legal_entity=entity, entity_id="200")


def test_requests_are_linked_in_the_order_of_the_queue(
    claimed: SyncProfile, newer: SyncProfile, support: User, other_support: User
) -> None:
    """Only those that wait for Beanworks are counted and linked, as beside the link to the queue."""
    assert place_in_queue(claimed, support) == QueuePlace(1, 2, None, newer.pk)
    assert place_in_queue(newer, support) == QueuePlace(2, 2, claimed.pk, None)

    SyncProfile.objects.filter(pk=newer.pk).update(state="withdrawn")
    assert place_in_queue(newer, support) == QueuePlace(0, 1, None, claimed.pk)
    assert place_in_queue(newer, other_support) == QueuePlace(0, 1, None, None)

    SyncProfile.objects.filter(pk=claimed.pk).update(state="asked")
    assert place_in_queue(claimed, support) == QueuePlace(0, 0, None, None)


@pytest.mark.parametrize(("what", "data"), [("approve", {}), ("ask", {"ask-question": "Which entity?"})])
def test_next_request_is_the_main_action_after_a_decision_or_a_question(
    what: str, data: dict[str, str], browser_of_sue: Client, claimed: SyncProfile, newer: SyncProfile
) -> None:
    act(browser_of_sue, claimed, what, **data)

    page = main(browser_of_sue.get(page_of(claimed)))

    [link] = page.xpath('.//a[contains(., "Next request")]')
    assert (link.get("class"), link.get("href")) == ("button", page_of(newer))
    undo = page.xpath('.//button[contains(., "Undo approval")]/@class')
    assert undo == ["button button--secondary"] * (what == "approve")


def test_ended_profile_shows_who_approved_and_who_revoked_it(
    browser_of_sue: Client, browser_of_sam: Client, claimed: SyncProfile
) -> None:
    act(browser_of_sue, claimed, "approve")
    page = act(browser_of_sam, claimed, "revoke", **{"revoke-reason": "The books closed."})

    row = words(browser_of_sue.get(QUEUE)).partition("Recently decided")[2]

    assert re.search(r"Decided by Sue Support .* Ended Sam Support .* The books closed.", page)
    assert re.search(r"Approved Revoked · .* · Sam Support .* Sue Support", row)


def test_an_unknown_request_is_not_found(browser_of_sue: Client) -> None:
    assert browser_of_sue.get(reverse("operations:request", args=[999])).status_code == 404
