"""The board. Which users may open it is tested in tests/access."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from accounts.models.users import DEFAULT_ZONE
from audit.models import AuditEvent
from audit.services import event_record
from operations.board import TILES, BoardRow, Show, board_connections, board_rows, count_parts
from operations.contacts import contacts_of
from operations.models import FollowUp
from operations.templatetags.operations import ago
from tests.operations.conftest import BOARD, Make
from tests.support.users import create_user
from tests.wizard.pages.reading import main, words
from wizard.missing import Problems
from wizard.models import Connection, Finding, Handover, Incident, SyncProfile, Verification

CSV = reverse("operations:board_csv")


def shown(client: Client, query: str = "") -> list[str]:
    """Return the customers on the board, from top to bottom."""
    rows = main(client.get(f"{BOARD}?{query}")).xpath('.//table[caption="Connections"]/tbody/tr/th/a')
    return [row.text_content() for row in rows]


def test_own_customers_come_first_then_those_who_wait_longest(browser_of_cleo: Client, three: None) -> None:
    assert shown(browser_of_cleo) == ["Orchard", "Harbour", "Meadow"]


def test_connections_that_wait_for_no_one_come_last(browser_of_sue: Client, make: Make) -> None:
    make("Done long ago", days=300, stage="smart_sync", must_act="no_one", first_synced_at=timezone.now())
    make("Waits", days=1)
    assert shown(browser_of_sue) == ["Waits", "Done long ago"]


def headings(client: Client, query: str = "") -> list[str]:
    groups = main(client.get(f"{BOARD}?{query}")).xpath('.//th[@scope="rowgroup"]')
    return [group.text_content() for group in groups]


def test_own_customers_have_a_heading(browser_of_cleo: Client, three: None) -> None:
    assert headings(browser_of_cleo) == ["Your customers", "Other customers"]
    assert headings(browser_of_cleo, "whose=mine") == []


def test_board_without_own_customers_has_no_headings(browser_of_sue: Client, three: None) -> None:
    assert headings(browser_of_sue) == []


def test_support_users_have_no_own_customers(browser_of_sue: Client, three: None) -> None:
    assert shown(browser_of_sue) == ["Harbour", "Orchard", "Meadow"]


def test_row_shows_the_next_action_and_for_how_long_it_waits(browser_of_cleo: Client, three: None) -> None:
    page = words(browser_of_cleo.get(BOARD))
    assert "Orchard ORCH Sage: Continue with step 5 Step 5 · ERP credentials 9 days" in page
    assert "Harbour HARB · No manager Beanworks: Continue with step 6 Step 6 · API Sync Profile 30 days" in page


def test_incomplete_sync_is_something_to_look_at(browser_of_cleo: Client, make: Make) -> None:
    make("Gaps", stage="smart_sync", must_act="no_one", first_synced_at=timezone.now(), has_gaps=True)
    page = words(browser_of_cleo.get(BOARD))
    assert "See why the last sync is incomplete" in page
    assert "Nothing to do" not in page


def test_broken_live_connection_is_shown_as_live_and_broken(browser_of_cleo: Client, make: Make) -> None:
    now = timezone.now()
    fields = {"stage": "credentials", "must_act": "customer", "broken_since": now, "first_synced_at": now}
    connection = make("Meadow", **fields)
    Incident.objects.create(connection=connection, check_slug="sign_in", stage="credentials", cause="sign_in_refused")

    page = words(browser_of_cleo.get(BOARD))

    assert "Customer: Intacct did not accept the sign-in of user in company Live since" in page
    assert "Step 5" not in page.partition("Sync health")[2]
    assert shown(browser_of_cleo, "show=broken") == shown(browser_of_cleo, "show=live") == ["Meadow"]


def test_every_cause_is_listed(browser_of_cleo: Client, make: Make) -> None:
    now = timezone.now()
    connection = make("Harbour", stage="user_role", company_id="H", credentials_saved_at=now - timedelta(hours=1))
    verification = Verification.objects.create(connection=connection, state="done", finished_at=now)
    facts = {"permission": "Vendors", "module": "Accounts Payable", "rights": "List"}
    causes = {"perm.vendors": "right_missing", "role": "role_unassigned"}
    for position, (slug, cause) in enumerate(causes.items()):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="user_role", position=position, outcome="failed",
            cause=cause, facts=facts,
        )  # fmt: skip

    page = words(browser_of_cleo.get(BOARD))

    assert "Vendors" in page
    assert "does not have the role Beanworks API" in page


@pytest.mark.parametrize(
    ("state", "must_act", "action"),
    [
        ("requested", "beanworks", "Beanworks: Decide the request for Inc., which no one has claimed"),
        ("claimed", "beanworks", "Beanworks: Decide the request for Inc., claimed by Sue Support"),
        ("asked", "customer", "Customer: Answer our question about Inc."),
        ("declined", "customer", "Customer: Fix why we declined Inc., then send the request again"),
    ],
)
def test_next_action_of_a_request_says_who_has_it(
    browser_of_cleo: Client, make: Make, support: User, *, state: str, must_act: str, action: str
) -> None:
    connection = make("Harbour", stage="sync_profile", must_act=must_act)
    unit = OrgUnit.objects.create(customer=connection.customer, name="Root")
    entity = LegalEntity.objects.create(customer=connection.customer, org_unit=unit, name="Inc.")
    now = timezone.now()
    facts: dict[str, Any] = {} if state == "requested" else {"claimed_by": support, "claimed_at": now}
    facts["decided_at"] = now if state == "declined" else None
    SyncProfile.objects.create(connection=connection, legal_entity=entity, state=state, **facts)

    assert action in words(browser_of_cleo.get(BOARD))


@pytest.mark.parametrize("must_act", ["beanworks", "customer"])
def test_request_of_a_live_connection_waits_since_it_was_requested(make: Make, success: User, must_act: str) -> None:
    connection = make("Harbour", days=33, stage="smart_sync", must_act=must_act, first_synced_at=timezone.now())
    unit = OrgUnit.objects.create(customer=connection.customer, name="Root")
    entity = LegalEntity.objects.create(customer=connection.customer, org_unit=unit, name="Inc.")
    profile = SyncProfile.objects.create(connection=connection, legal_entity=entity)

    assert board_connections(success).get().waiting_since == profile.requested_at  # type: ignore[attr-defined]


def test_last_activity_is_the_last_act_of_a_user_or_guest(browser_of_cleo: Client, make: Make, support: User) -> None:
    connection = make("Harbour")
    event_record(action="connection.started", actor=support, customer_id=connection.customer_id)
    assert board_rows([connection])[0].active_at is None

    home = OrgUnit.objects.create(customer=connection.customer, name="Root")
    signed_in_at = timezone.now()
    maya = create_user("Maya", Role.SYSTEM_ADMINISTRATOR, home=home, last_login=signed_in_at)
    assert board_rows([connection])[0].active_at == signed_in_at

    event = event_record(action="connection.started", actor=maya, customer_id=connection.customer_id)
    assert board_rows([connection])[0].active_at == event.occurred_at
    assert [contact.last_seen_at for contact in contacts_of(connection.customer)] == [event.occurred_at]

    seen_at = event.occurred_at + timedelta(hours=1)
    Handover.objects.create(connection=connection, created_by=maya, expires_at=seen_at, last_seen_at=seen_at)
    assert board_rows([connection])[0].active_at == seen_at


@pytest.mark.parametrize(
    ("hours", "words"), [(8, ">today<"), (10, ">1 day ago<"), (32, ">1 day ago<"), (34, ">2 days ago<")]
)
@timezone.override(DEFAULT_ZONE)
def test_last_activity_of_the_evening_before_is_not_of_today(hours: int, words: str) -> None:
    """It was called so for 24 hours."""
    nine_in_vancouver = datetime(2026, 3, 3, 17, tzinfo=UTC)

    with travel(nine_in_vancouver, tick=False):
        assert words in ago(timezone.now() - timedelta(hours=hours))


@pytest.mark.parametrize(("active_days", "is_idle"), [(9, True), (2, False), (None, False)])
def test_customer_is_idle_who_did_nothing_since_they_must_act(active_days: int | None, is_idle: bool) -> None:
    now = timezone.now()
    connection = Connection()
    connection.waiting_since = now - timedelta(days=9)  # type: ignore[attr-defined]
    active_at = None if active_days is None else now - timedelta(days=active_days)

    assert BoardRow(connection, Problems(connection, [], []), None, active_at).is_idle is is_idle


@pytest.mark.parametrize("show", ["", *Show.values])
@timezone.override(DEFAULT_ZONE)  # in which the visitor's days begin
def test_each_count_equals_the_rows_it_leads_to(browser_of_cleo: Client, three: None, make: Make, show: str) -> None:
    today = timezone.localdate()
    follow_ups: list[dict[str, Any]] = [
        {"contact_on": today}, {"contact_on": today + timedelta(days=1)}, {},
        {"snoozed_until": today + timedelta(days=5), "snoozed_at": timezone.now()},
    ]  # fmt: skip
    for number, days in enumerate(follow_ups):
        FollowUp.objects.create(connection=make(f"Later {number}", days=20, must_act="customer"), **days)

    make("Disconnected", disconnected_at=timezone.now())

    counts = count_parts(board_connections(User.objects.get(kind="customer_success")))

    assert counts[show] == len(shown(browser_of_cleo, f"show={show}")) > 0
    tile = main(browser_of_cleo.get(BOARD)).xpath(f'.//a[@class="tile"][@href="?show={show}"]/b')
    assert [count.text_content() for count in tile] == [str(counts[show])] * (show in TILES)


def test_snoozed_connection_is_not_stuck_but_can_be_found(browser_of_cleo: Client, make: Make) -> None:
    until = timezone.localdate() + timedelta(days=5)
    FollowUp.objects.create(connection=make("Harbour", days=20), snoozed_until=until, snoozed_at=timezone.now())
    assert shown(browser_of_cleo, "show=stuck") == []
    assert shown(browser_of_cleo) == shown(browser_of_cleo, "show=snoozed") == ["Harbour"]


def test_tiles_keep_the_filters_and_chips_remove_them(browser_of_cleo: Client, three: None) -> None:
    page = main(browser_of_cleo.get(f"{BOARD}?whose=mine&must_act=sage&page=2"))
    assert "?whose=mine&must_act=sage&show=broken" in page.xpath('.//a[@class="tile"]/@href')
    chips = page.xpath('.//ul[@aria-label="Filters in use"]//a')
    assert [chip.get("href") for chip in chips] == ["?must_act=sage", "?whose=mine"]
    assert chips[1].text_content().startswith("Waiting for: Sage")


@pytest.mark.parametrize(
    ("query", "customers"),
    [
        ("search=orch", ["Orchard"]),
        ("search=HARB", ["Harbour"]),
        ("whose=mine", ["Orchard"]),
        ("stage=sync_profile", ["Harbour"]),
        ("must_act=customer", ["Meadow"]),
        ("health=broken", ["Meadow"]),
        ("health=none&must_act=sage", ["Orchard"]),
        ("stage=sync_profile&search=orch", []),
        ("show=stuck", ["Orchard", "Harbour"]),
        ("show=live", ["Meadow"]),
        ("show=onboarding&search=orch", ["Orchard"]),
        ("show=nonsense", ["Orchard", "Harbour", "Meadow"]),
        ("stage=nonsense&sort=%27&health=1", ["Orchard", "Harbour", "Meadow"]),
        ("sort=customer", ["Orchard", "Harbour", "Meadow"]),
        ("sort=must_act", ["Orchard", "Harbour", "Meadow"]),
        ("sort=health", ["Orchard", "Meadow", "Harbour"]),
        ("sort=stage", ["Orchard", "Harbour", "Meadow"]),
    ],
)
def test_filters_and_order_are_in_the_address(
    browser_of_cleo: Client, three: None, query: str, customers: list[str]
) -> None:
    assert shown(browser_of_cleo, query) == customers


def test_form_and_links_contain_the_filters(browser_of_cleo: Client, three: None) -> None:
    page = main(browser_of_cleo.get(f"{BOARD}?search=orch&must_act=sage"))
    assert page.xpath('.//input[@name="search"]')[0].get("value") == "orch"
    assert page.xpath('.//select[@name="must_act"]/option[@selected]')[0].get("value") == "sage"
    assert page.xpath(f'.//a[@href="{CSV}?search=orch&must_act=sage"]')


def test_board_without_a_match_says_so(browser_of_cleo: Client, three: None) -> None:
    assert "No matching connections" in words(browser_of_cleo.get(f"{BOARD}?search=unknown"))


def test_customers_without_a_connection_are_listed(browser_of_cleo: Client, three: None) -> None:
    Customer.objects.create(name="Newcomer")
    assert "Newcomer" in words(browser_of_cleo.get(BOARD))
    assert "Newcomer" not in words(browser_of_cleo.get(f"{BOARD}?must_act=customer"))


def test_only_the_first_of_many_customers_without_a_connection_are_listed(browser_of_cleo: Client, make: Make) -> None:
    make("Orchard")
    Customer.objects.bulk_create([Customer(name=f"Newcomer {number:02}") for number in range(30)])
    page = words(browser_of_cleo.get(BOARD))
    assert "Newcomer 19 Showing the first 20 of" in page
    assert f"of {Customer.objects.filter(connections=None).count()}." in page


@pytest.mark.parametrize(
    ("results", "health"),
    [
        (["complete"], "in_step"),
        (["incomplete", "complete"], "in_step"),
        (["complete", "failed"], "troubled"),
        (["complete", "canceled"], "in_step"),
        ([], "in_step"),
    ],
)
def test_health_is_that_of_the_last_finished_sync(
    browser_of_cleo: Client, make: Make, synced: Callable[..., SyncProfile], results: list[str], health: str
) -> None:
    synced(make("Orchard"), *results)
    assert shown(browser_of_cleo, f"health={health}") == ["Orchard"]


def test_health_is_that_of_the_worst_profile(
    browser_of_cleo: Client, make: Make, synced: Callable[..., SyncProfile]
) -> None:
    orchard = make("Orchard")
    synced(orchard, "incomplete", place="100")
    synced(orchard, "complete", place="200")
    assert shown(browser_of_cleo, "health=troubled") == ["Orchard"]


def test_customers_are_sorted_by_name(browser_of_cleo: Client, make: Make) -> None:
    for name in ("Zebra & co", "Élan & co", "apple & co", "Item 10 & co", "Item 9 & co"):
        make(name)

    names = shown(browser_of_cleo, "sort=customer&search=co")

    assert names == ["apple & co", "Élan & co", "Item 9 & co", "Item 10 & co", "Zebra & co"]


def test_pages_keep_the_filters(browser_of_cleo: Client, make: Make) -> None:
    for number in range(60):
        make(f"Customer {number:02}")
    page = browser_of_cleo.get(f"{BOARD}?sort=customer&search=customer")
    assert "1 to 25 of 60" in words(page)
    assert main(page).xpath('.//a[@rel="next"]/@href') == ["?sort=customer&search=customer&page=2"]
    assert shown(browser_of_cleo, "sort=customer&search=customer&page=2") == [f"Customer {n}" for n in range(25, 50)]


def test_pages_of_one_stage_are_counted_separately(browser_of_cleo: Client, make: Make) -> None:
    for number in range(60):
        make(f"Customer {number:02}", stage="credentials" if number % 2 else "sender_id")
    assert "1 to 25 of 30" in words(browser_of_cleo.get(f"{BOARD}?stage=credentials"))
    assert "26 to 30 of 30" in words(browser_of_cleo.get(f"{BOARD}?stage=credentials&page=9"))


def test_file_contains_all_pages_of_the_filtered_board(
    browser_of_cleo: Client, three: None, make: Make, success: User
) -> None:
    make("=1+1", stage="sync_profile")
    answer = browser_of_cleo.get(f"{CSV}?stage=sync_profile")
    head, *rows = csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig")))
    assert head[0] == "Customer"
    assert [row[0] for row in rows] == ["Harbour", "'=1+1"]
    assert rows[0][3:9] == ["No", "6", "API Sync Profile", "Beanworks", "Continue with step 6", "30"]
    event = AuditEvent.objects.get(action="board.downloaded")
    assert (event.actor_id, event.metadata) == (success.pk, {"filters": {"stage": "sync_profile"}})


def test_board_needs_the_same_queries_for_any_number_of_connections(
    browser_of_cleo: Client, make: Make, synced: Callable[..., SyncProfile], success: User
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            number = Customer.objects.count()
            connection = make(f"Customer {number}", manager=success if number % 2 else None, last_cause="right_missing")
            synced(connection, "complete", "failed")

    add(3)
    with CaptureQueriesContext(database) as few:
        browser_of_cleo.get(BOARD)
    add(57)
    with CaptureQueriesContext(database) as many:
        browser_of_cleo.get(BOARD)
    assert len(many) == len(few)
