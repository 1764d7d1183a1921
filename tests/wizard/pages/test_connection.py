"""The page of a connection after its first sync."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, SyncProfile, Verification
from wizard.services import connection_disconnect, open_incident

from .conftest import PASSED_SIGN_IN


@pytest.fixture
def live(waiting: SyncProfile) -> Connection:
    """A connection whose only legal entity has synced."""
    SyncProfile.objects.update(state="approved", decided_at=timezone.now(), first_synced_at=timezone.now())
    Connection.objects.update(first_synced_at=timezone.now(), stage="smart_sync")
    waiting.connection.refresh_from_db()
    return waiting.connection


def address(connection: Connection) -> str:
    return f"/connection/{connection.pk}/"


def test_live_connection_opens_at_its_page(browser_of_ada: Client, live: Connection) -> None:
    assert browser_of_ada.get("/connection/").headers["Location"] == address(live)


def test_page_of_a_connection_in_set_up_leads_to_its_step(browser_of_ada: Client, verified: Connection) -> None:
    Connection.objects.update(stage="credentials")
    assert browser_of_ada.get(address(verified)).headers["Location"] == f"{address(verified)}credentials/"


def test_working_connection_says_what_runs_and_who_can_change_it(browser_of_ada: Client, live: Connection) -> None:
    page = browser_of_ada.get(address(live))
    text = words(page)
    assert "Connected Last checked:" in text
    for words_ in ("Hillside Canada Inc.", "Top level", "No sync yet", "Next sync: not scheduled", "Ada Root"):
        assert words_ in text
    assert "Reconnect" not in text
    assert main(page).xpath("boolean(.//details[not(@open)]//a[contains(@href, '/sender_id/')])")
    assert main(page).xpath("boolean(.//a[@href='/connection/?all'])")


def test_legal_entity_can_be_added_only_while_one_has_no_profile(
    browser_of_ada: Client, live: Connection, root: OrgUnit
) -> None:
    assert "Add a legal entity" not in words(browser_of_ada.get(address(live)))

    LegalEntity.objects.create(customer=live.customer, org_unit=root, name="Hillside West")

    assert "Add a legal entity" in words(browser_of_ada.get(address(live)))


def test_refused_sign_in_turns_the_page_red_and_offers_to_reconnect(
    browser_of_ada: Client, live: Connection, make_verification: object
) -> None:
    passed = tuple(slug for slug in PASSED_SIGN_IN if slug != "sign_in")
    make_verification({"sign_in": "sign_in_refused"}, passed)  # type: ignore[operator]
    page = browser_of_ada.get(address(live))
    assert "Syncs are paused: we cannot sign in to Intacct" in words(page)
    assert main(page).xpath("string(.//a[@class='button'])") == "Reconnect"
    assert main(page).xpath("string(.//a[@class='button']/@href)") == f"{address(live)}credentials/"


def test_check_that_did_not_reach_intacct_can_be_repeated_and_asks_for_no_credentials(
    browser_of_ada: Client, live: Connection, make_verification: Callable[..., Verification]
) -> None:
    make_verification({"gateway": "no_connection"}, ())
    page = browser_of_ada.get(address(live))
    assert "The last check could not sign in to Intacct" in words(page)
    assert "Reconnect" not in words(page)
    assert main(page).xpath("string(.//button[@class='button'])") == "Check again"


def test_reconnect_starts_with_the_form(
    browser_of_ada: Client, live: Connection, make_verification: Callable[..., Verification]
) -> None:
    passed = tuple(slug for slug in PASSED_SIGN_IN if slug != "sign_in")
    make_verification({"sign_in": "sign_in_refused"}, passed)
    page = main(browser_of_ada.get(f"{address(live)}credentials/"))
    assert page.xpath("count(.//form[@id='credentials'])") == 1
    assert page.xpath("string(.//form[@id='credentials']/following::h2)") == "1 problem to fix"


def test_removed_permission_is_listed_with_a_button_to_check_again(
    browser_of_ada: Client, live: Connection, make_verification: object
) -> None:
    make_verification({"perm.vendors": "right_missing"})  # type: ignore[operator]
    page = browser_of_ada.get(address(live))
    assert "Connected, but something needs fixing" in words(page)
    assert main(page).xpath("string(.//button[@class='button'])") == "Check again"


def test_check_again_stays_on_the_page_and_shows_its_progress(
    browser_of_ada: Client, live: Connection, make_verification: Callable[..., Verification]
) -> None:
    make_verification({"perm.vendors": "right_missing"})
    [form] = main(browser_of_ada.get(address(live))).xpath(".//form[contains(@action, '/check/')]")

    page = browser_of_ada.post(form.get("action"), {"stage": form.xpath("string(.//input[@name='stage']/@value)")})

    assert page.headers["Location"] == address(live)
    page = browser_of_ada.get(address(live))
    assert "Checking with Intacct" in words(page)
    assert main(page).xpath("string(.//*[@id='poll']/@hx-get)") == f"{address(live)}?shown=connected"
    assert not main(page).xpath(".//form[contains(@action, '/check/')]")


def test_check_to_confirm_by_eye_can_be_confirmed_here(
    browser_of_ada: Client, live: Connection, make_verification: Callable[..., Verification]
) -> None:
    unknown = {"check_slug": "custom_field_type", "stage": "custom_field", "outcome": "cannot_tell"}
    make_verification().findings.create(position=9, cause="field_type_unknown", **unknown)

    page = browser_of_ada.get(address(live))
    assert "1 check to confirm by eye" in words(page)
    assert "Open problems" not in words(page)

    form = main(page).xpath(".//form[contains(@action, '/confirm/')]")[0]
    typed = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
    page = browser_of_ada.post(form.get("action"), typed, follow=True)
    assert page.request["PATH_INFO"] == address(live)
    assert "to confirm by eye" not in words(page)


def test_incident_without_a_check_is_an_open_problem(browser_of_ada: Client, live: Connection) -> None:
    open_incident(connection=live, slug="monitoring", cause="monitoring_failed")
    assert "Open problems" in words(browser_of_ada.get(address(live)))


def test_support_sees_the_page_and_changes_nothing(
    support: User, signed_in: object, live: Connection, make_verification: object
) -> None:
    make_verification({"perm.vendors": "right_missing"})  # type: ignore[operator]
    page = main(signed_in(support).get(address(live)))  # type: ignore[operator]
    assert page.xpath("count(.//form)") == 0


def test_open_page_is_loaded_again_when_the_connection_is_disconnected(
    browser_of_ada: Client, live: Connection, administrator: User
) -> None:
    poll = {"HX-Request": "true", "X-Poll": "1"}
    shown = f"{address(live)}?shown=connected"
    assert browser_of_ada.get(shown, headers=poll).status_code == 200

    connection_disconnect(connection=live, actor=administrator)

    assert browser_of_ada.get(shown, headers=poll).headers["HX-Redirect"] == address(live)
    page = words(browser_of_ada.get(address(live)))
    assert "Disconnected Ada Root disconnected Sage Intacct" in page
    assert "Not kept in sync" in page
    for step in ("user_role/", "handover/", "test-bill/"):
        assert browser_of_ada.get(f"{address(live)}{step}").headers["Location"] == address(live)
    refused = browser_of_ada.post(f"{address(live)}check/", follow=True)
    assert "nothing is sent to Intacct" in words(refused)
