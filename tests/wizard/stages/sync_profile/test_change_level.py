"""Another level for a legal entity in use: what happens to its lists is said before the request."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.support.inspection import inspect
from tests.wizard.pages.reading import words
from tests.wizard.stages.sync_profile.conftest import stage
from wizard.models import Connection, SyncProfile
from wizard.services import profile_revoke

ENTITIES = [{"id": "100", "name": "Hillside Canada"}, {"id": "200", "name": "Hillside West"}]


@pytest.fixture
def approved(waiting: SyncProfile) -> SyncProfile:
    SyncProfile.objects.update(state="approved", decided_at=timezone.now())
    Connection.objects.update(company={"multi_entity": True, "entities": ENTITIES})
    waiting.refresh_from_db()
    return waiting


def address(profile: SyncProfile) -> str:
    return reverse("wizard:change_level", args=[profile.connection_id, profile.pk])


def test_request_waits_beside_the_profile_that_it_replaces(browser_of_ada: Client, approved: SyncProfile) -> None:
    sent = browser_of_ada.post(address(approved), {"level": "entity:100", "note": "Since May."}, follow=True)

    request = SyncProfile.objects.latest("pk")
    assert (request.replaces, request.entity_name, request.note) == (approved, "Hillside Canada", "Since May.")
    assert "Until Beanworks approves it, the current profile keeps syncing." in words(sent)
    assert "Change the level" not in words(sent)


def test_level_in_use_cannot_be_chosen(browser_of_ada: Client, approved: SyncProfile) -> None:
    page = browser_of_ada.post(address(approved), {"level": "top"})
    assert "The profile already uses this level" in words(page)
    assert SyncProfile.objects.count() == 1


def test_company_without_entities_offers_no_change(browser_of_ada: Client, approved: SyncProfile) -> None:
    assert "Change the level" in words(browser_of_ada.get(stage(approved.connection)))
    Connection.objects.update(company={"multi_entity": False})
    assert "Change the level" not in words(browser_of_ada.get(stage(approved.connection)))


def test_revoked_profile_shows_the_reason_and_can_be_requested_again(
    browser_of_ada: Client, approved: SyncProfile, support: User
) -> None:
    profile_revoke(profile=approved, actor=support, reason="The contract has ended.")
    text = words(browser_of_ada.get(stage(approved.connection)))
    assert "Beanworks revoked this profile for this reason: The contract has ended." in text
    assert "Send the request again" in text


def test_page_is_accessible_on_every_device(
    approved: SyncProfile, administrator: User, new_page: Callable[..., Page]
) -> None:
    client = Client()
    client.force_login(administrator)
    page = new_page(client)

    page.goto(address(approved))
    assert inspect(page) == []
    page.get_by_label("New level").select_option("entity:200")
    page.get_by_role("button", name="Send request").click()

    expect(page.get_by_text("Your request was sent")).to_be_visible()
