"""The pages on which support sees and manages webhook endpoints and their deliveries."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from api.models import WebhookDelivery, WebhookEndpoint
from api.tasks import webhook_delivery_run
from audit.models import AuditEvent
from tests.api.webhooks.conftest import create_deliveries
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def sue(support: User) -> Client:
    browser = Client()
    browser.force_login(support)
    return browser


def post(browser: Client, name: str, pk: int) -> Any:
    return browser.post(reverse(f"webhooks:{name}", args=[pk]), follow=True)


def page(browser: Client, name: str, *args: int, query: str = "") -> str:
    text: str = browser.get(reverse(f"webhooks:{name}", args=args) + query).content.decode()
    return text


def test_secret_of_a_new_endpoint_is_shown_once(sue: Client, support: User, receiver: Receiver) -> None:
    data = {"url": receiver.url, "description": "Payables", "customer": "", "event_types": ["run.failed"]}
    shown_at = sue.post(reverse("webhooks:new"), data)["Location"]
    in_session = str(dict(sue.session))

    shown = sue.get(shown_at)

    secret, endpoint = shown.context["secret"], WebhookEndpoint.objects.get()
    assert secret in shown.content.decode()
    assert secret not in in_session + page(sue, "endpoint", endpoint.pk) + str(list(AuditEvent.objects.values()))
    assert sue.get(shown_at)["Location"] == reverse("webhooks:endpoint", args=[endpoint.pk])
    assert (endpoint.created_by, endpoint.event_types) == (support, ["run.failed"])


def test_endpoint_needs_a_public_url_and_an_event(sue: Client) -> None:
    form = sue.post(reverse("webhooks:new"), {"url": "https://10.0.0.1/", "description": "Payables"}).context["form"]
    assert set(form.errors) == {"url", "event_types"}


def test_list_says_which_endpoints_fail_or_are_disabled(
    sue: Client, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    assert "Enabled" in page(sue, "index")
    receiver.statuses = [500]
    webhook_delivery_run(create_deliveries(endpoint)[0].pk)
    assert "Failing" in page(sue, "index")
    post(sue, "disable", endpoint.pk)
    assert "Disabled" in page(sue, "index")


def test_log_shows_what_was_sent_and_answered(sue: Client, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [500], b"<b>no such table</b>"
    sent = post(sue, "test", endpoint.pk)
    delivery = WebhookDelivery.objects.get()
    assert sent.redirect_chain[-1][0] == reverse("webhooks:delivery", args=[delivery.pk])
    webhook_delivery_run(delivery.pk)

    shown = page(sue, "delivery", delivery.pk)
    assert "The response was not a success" in shown
    assert "&lt;b&gt;no such table&lt;/b&gt;" in shown
    assert "&quot;type&quot;: &quot;webhook.test&quot;" in shown
    assert "<h1>A user asked for a test event</h1>" in shown
    waiting = page(sue, "endpoint", endpoint.pk, query="?state=waiting")
    assert "A user asked for a test event</a>" in waiting
    assert "webhook.test" in waiting
    assert "No deliveries" in page(sue, "endpoint", endpoint.pk, query="?state=failed")

    post(sue, "send_again", delivery.pk)
    webhook_delivery_run(delivery.pk)
    assert "Delivered" in page(sue, "delivery", delivery.pk)


def test_replaced_secret_is_shown_with_the_end_of_the_old_one(sue: Client, endpoint: WebhookEndpoint) -> None:
    shown = post(sue, "rotate", endpoint.pk)
    assert shown.context["secret"].startswith("whsec_")
    assert "also signed with the previous secret" in shown.content.decode()


def test_disabled_endpoint_refuses_a_test_until_it_is_enabled(sue: Client, endpoint: WebhookEndpoint) -> None:
    [delivery] = create_deliveries(endpoint)
    assert "A user or an API key disabled it" in post(sue, "disable", endpoint.pk).content.decode()
    assert "This endpoint is disabled. Enable it first." in post(sue, "test", endpoint.pk).content.decode()
    assert "Enable it first." in post(sue, "send_again", delivery.pk).content.decode()
    assert "The endpoint is enabled." in post(sue, "enable", endpoint.pk).content.decode()


def test_endpoint_is_deleted_after_a_question(sue: Client, endpoint: WebhookEndpoint) -> None:
    assert "It gets no more events" in page(sue, "delete", endpoint.pk)
    post(sue, "delete", endpoint.pk)
    assert not WebhookEndpoint.objects.exists()


def change(browser: Client, endpoint: WebhookEndpoint, **changes: Any) -> Any:
    present = {name: getattr(endpoint, name) for name in ("url", "description", "event_types", "version")}
    return browser.post(reverse("webhooks:change", args=[endpoint.pk]), present | changes)


def test_endpoint_is_changed_and_the_change_recorded(sue: Client, support: User, endpoint: WebhookEndpoint) -> None:
    change(sue, endpoint, description="Payables 2", event_types=["run.failed"])

    endpoint.refresh_from_db()
    assert (endpoint.description, endpoint.event_types) == ("Payables 2", ["run.failed"])
    event = AuditEvent.objects.get(action="webhook.changed")
    assert (event.actor_id, event.metadata["changed"]) == (support.pk, ["description", "event_types"])


def test_form_without_a_change_records_nothing(sue: Client, endpoint: WebhookEndpoint) -> None:
    """A URL that is sent as it was must not end the pause of an endpoint that fails."""
    WebhookEndpoint.objects.update(failures=1, failing_since=endpoint.created_at, paused_until=endpoint.created_at)
    change(sue, endpoint)
    endpoint.refresh_from_db()
    assert endpoint.failures == 1
    assert not AuditEvent.objects.filter(action="webhook.changed").exists()


def test_change_does_not_undo_what_was_saved_since_the_page_was_loaded(sue: Client, endpoint: WebhookEndpoint) -> None:
    change(sue, endpoint, url="http://127.0.0.1/new", event_types=["run.failed"])

    refused = change(sue, endpoint, description="Payables 2")

    shown = refused.content.decode()
    assert "changed this page while you were editing" in shown
    assert "http://127.0.0.1/new" in shown
    saved = WebhookEndpoint.objects.get()
    assert (saved.url, saved.description) == ("http://127.0.0.1/new", "Payables")

    change(sue, saved, description="Payables 2")
    saved.refresh_from_db()
    assert (saved.url, saved.description) == ("http://127.0.0.1/new", "Payables 2")


def test_change_to_a_private_address_is_refused_beside_the_field(sue: Client, endpoint: WebhookEndpoint) -> None:
    form = change(sue, endpoint, url="https://10.0.0.1/", event_types=[]).context["form"]
    assert set(form.errors) == {"url", "event_types"}
    assert form["url"].value() == "https://10.0.0.1/"
