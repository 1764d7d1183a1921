"""From a red status page to a green one: one screen, and everything else stays."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import LegalEntity, User
from tests.support.stack import Practice, Worker
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import Connection, Incident, SyncProfile

NEW = "a-new-password-8b1d"


@pytest.fixture
def broken(
    practice: Practice,
    answered: Connection,
    administrator: User,
    legal_entity: LegalEntity,
    monkeypatch: pytest.MonkeyPatch,
) -> PracticeConnection:
    """A live connection whose password was changed in Intacct."""
    monkeypatch.setattr("intacct.transport.DELAYS", (0.0,))
    company = PracticeConnection(practice, answered, administrator)
    company.free_slots()
    company.verify()
    now = timezone.now()
    SyncProfile.objects.create(
        connection=answered, legal_entity=legal_entity, state="approved", decided_at=now, first_synced_at=now
    )
    Connection.objects.update(first_synced_at=now, level="top", stage="smart_sync")
    company.control("set-up", password=NEW)
    company.verify_again()
    return company


@pytest.mark.parametrize("javascript", [True, False])
def test_new_password_turns_the_connection_green(
    javascript: bool,
    broken: PracticeConnection,
    worker: Worker,
    new_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    assert Incident.objects.open().exists()
    client = Client()
    client.force_login(broken.actor)
    page = new_page(client, java_script_enabled=javascript)

    page.goto("/connection/")
    expect(page.get_by_role("heading", name="Syncs are paused: we cannot sign in to Intacct")).to_be_visible()
    page.get_by_role("link", name="Reconnect").click()
    expect(page.get_by_role("heading", name="Reconnect")).to_be_visible()
    expect(page.get_by_role("navigation", name="Steps")).to_have_count(0)
    if javascript:
        axe(page)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Save and check again").click()
    page.get_by_role("link", name="Back to the connection").click()

    expect(page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
    assert not Incident.objects.open().exists()
