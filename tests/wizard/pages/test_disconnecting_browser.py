"""A customer disconnects, sees on every page what that means, and connects again on one screen."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import LegalEntity, User
from tests.support.inspection import inspect
from tests.support.stack import Practice, Worker
from tests.wizard.practice_connection import PASSWORD, PracticeConnection
from wizard.models import Connection, SyncProfile


@pytest.fixture
def connected(
    practice: Practice, answered: Connection, administrator: User, legal_entity: LegalEntity
) -> PracticeConnection:
    company = PracticeConnection(practice, answered, administrator)
    company.free_slots()
    company.verify()
    now = timezone.now()
    SyncProfile.objects.create(
        connection=answered, legal_entity=legal_entity, state="approved", decided_at=now, first_synced_at=now
    )
    Connection.objects.update(first_synced_at=now, level="top", stage="smart_sync")
    return company


def test_disconnected_customer_connects_again(
    connected: PracticeConnection, worker: Worker, support: User, new_page: Callable[..., Page]
) -> None:
    client, of_support = Client(), Client()
    client.force_login(connected.actor)
    of_support.force_login(support)
    page, other = new_page(client), new_page(of_support)
    own = f"/connection/{connected.connection.pk}/"
    profile = f"/smartsync/{SyncProfile.objects.get().pk}/"

    page.goto(own)
    page.get_by_role("link", name="Disconnect Sage Intacct").click()
    page.get_by_label("Company ID").fill("another")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("This is not the company ID of this connection").first).to_be_visible()
    assert inspect(page) == [], "disconnect"
    page.get_by_label("Company ID").fill(connected.id.lower())
    page.get_by_role("button", name="Disconnect").click()

    expect(page.get_by_role("heading", name="Disconnected")).to_be_visible()
    assert inspect(page) == [], "status"
    for address in (f"{own}remove-in-intacct/", profile, f"{own}credentials/"):
        page.goto(address)
        assert inspect(page) == [], address
    for address in (own, "/beanworks/board/?show=disconnected", f"/beanworks/connections/{connected.connection.pk}/"):
        other.goto(address)
        expect(other.get_by_text("Disconnected").first).to_be_visible()
    assert inspect(other) == [], "of Beanworks"

    page.goto(f"{own}user_role/")
    page.get_by_role("link", name="Reconnect").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Reconnect").click()
    page.get_by_role("link", name="Back to the connection").click()
    expect(page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
