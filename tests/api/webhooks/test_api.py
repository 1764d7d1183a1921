"""Webhook endpoints by API."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Customer, User
from api.event_types import EventType
from api.keys import key_revoke
from api.models import ApiKey, WebhookDelivery, WebhookEndpoint
from api.scopes import Scope
from api.tasks import sweep, webhook_delivery_run
from api.webhooks.endpoints import endpoint_enable
from audit.models import AuditEvent
from mail.models import Email
from tests.api.client import ApiClient, create_token
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/beanworks"


def create(api: ApiClient, **fields: Any) -> Any:
    response = api.post("/webhook-endpoints", {"url": URL, **fields})
    assert response.status_code == 201, response.content
    return response.json()


def test_secret_is_returned_once(api: ApiClient) -> None:
    created = create(api)
    secret = created.pop("secret")

    assert secret.startswith("whsec_")
    read = api.get(f"/webhook-endpoints/{created['id']}")
    assert read.json() == created
    assert secret not in api.get("/webhook-endpoints").content.decode()
    assert secret not in str(list(AuditEvent.objects.values()))


def test_endpoint_gets_all_types_unless_it_chooses(api: ApiClient) -> None:
    assert create(api)["event_types"] == EventType.values
    assert create(api, event_types=["run.failed", "run.failed"])["event_types"] == ["run.failed"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "example.com", "https://", "https://ada:secret@example.com/", "https://example.com/#part",
        "https://example.com\\@10.0.0.1/", "https://10.0.0.1/", "https://[::1%25eth0]/", "https://169.254.169.254/latest",
        "https://exa mple.com/", "https://éxample.com/", "https://example.com:99999/", "https://.example.com/",
        "https://[::ffff:10.0.0.1]/", "https://example.com/a\nb", "http://8.8.8.8/", "https://[8.8.8.8]/",
        "https://[::::]/", "https://127.1/", "https://2130706433/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
        "https://127.0.0.1./", "https://a..example.com/", "https://0/",
    ],
)  # fmt: skip
def test_invalid_url_is_refused(api: ApiClient, url: str) -> None:
    response = api.post("/webhook-endpoints", {"url": url})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "#/url")


def test_unencrypted_url_is_refused_outside_practice_mode(api: ApiClient, settings: Any) -> None:
    assert api.post("/webhook-endpoints", {"url": "http://127.0.0.1:8000/"}).status_code == 201
    settings.PRACTICE = False
    assert api.post("/webhook-endpoints", {"url": "http://hooks.example.com/"}).status_code == 422


def test_key_of_one_customer_sees_only_endpoints_of_that_customer(
    api: ApiClient, support: User, customer: Customer
) -> None:
    create(api)
    own = ApiClient(create_token(support, customer=customer))

    endpoint = create(own)

    assert endpoint["customer_id"] == customer.pk
    assert [item["id"] for item in own.get("/webhook-endpoints").json()["data"]] == [endpoint["id"]]
    assert len(api.get("/webhook-endpoints").json()["data"]) == 2


def test_endpoint_is_changed_and_disabled(api: ApiClient) -> None:
    path = f"/webhook-endpoints/{create(api)['id']}"
    changed = api.patch(path, {"event_types": ["run.failed"], "is_enabled": False}).json()
    assert (changed["event_types"], changed["disabled_reason"]) == (["run.failed"], "by_owner")
    assert api.post(f"{path}/test").json()["code"] == "refused"
    assert api.patch(path, {"is_enabled": True}).json()["disabled_at"] is None
    actions = AuditEvent.objects.filter(action__startswith="webhook.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["webhook.created", "webhook.changed", "webhook.disabled", "webhook.enabled"]


def test_change_needs_the_version_that_was_read(api: ApiClient) -> None:
    path = f"/webhook-endpoints/{create(api)['id']}"
    version = api.get(path)["ETag"]
    assert api.patch(path, {"description": "Payables"}, match=version).status_code == 200
    assert api.patch(path, {"description": "Spend"}, match=version).status_code == 412


def test_endpoint_is_deleted_with_its_log(api: ApiClient) -> None:
    path = f"/webhook-endpoints/{create(api)['id']}"
    api.post(f"{path}/test")
    assert api.send("DELETE", path).status_code == 204
    assert api.get(path).status_code == 404
    assert not WebhookDelivery.objects.exists()


def test_deliveries_show_what_was_sent_and_answered(api: ApiClient, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer = [500], b"no such table"
    created = create(api, url=receiver.url)
    path = f"/webhook-endpoints/{created['id']}"
    sent = api.post(f"{path}/test").json()
    webhook_delivery_run(sent["id"])

    [item] = api.get(f"{path}/deliveries?state=waiting").json()["data"]
    assert (item["status"], item["response"], item["attempts"]) == (500, "no such table", 1)
    assert item["next_attempt_at"]
    assert api.get(f"{path}/deliveries?state=failed").json()["data"] == []

    assert api.post(f"/webhook-deliveries/{item['id']}/send-again").json()["state"] == "waiting"
    webhook_delivery_run(item["id"])
    read = api.get(f"/webhook-deliveries/{item['id']}").json()
    assert (read["state"], read["status"], read["failure_reason"]) == ("delivered", 204, "")
    receiver.taken[1].verify(created["secret"])
    assert read["body"] == receiver.taken[1].body


def test_secret_is_replaced_with_an_overlap(api: ApiClient, receiver: Receiver) -> None:
    created = create(api, url=receiver.url)
    path = f"/webhook-endpoints/{created['id']}"
    rotated = api.post(f"{path}/rotate-secret").json()
    webhook_delivery_run(api.post(f"{path}/test").json()["id"])
    for secret in (created["secret"], rotated["secret"]):
        receiver.taken[0].verify(secret)


def test_endpoints_of_a_revoked_key_are_disabled(support: User) -> None:
    create(ApiClient(create_token(support, Scope.MANAGE_WEBHOOKS)))
    key_revoke(key=ApiKey.objects.get(), actor=support)
    assert WebhookEndpoint.objects.get().disabled_reason == "key_revoked"


def test_endpoints_of_an_expired_key_are_disabled_until_a_user_takes_them_over(support: User) -> None:
    create(ApiClient(create_token(support, Scope.MANAGE_WEBHOOKS)))
    sweep()
    assert WebhookEndpoint.objects.get().is_enabled

    ApiKey.objects.update(expires_at=timezone.now())
    sweep()

    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.disabled_reason == "key_expired"
    assert [email.address for email in Email.objects.filter(kind="webhook_disabled")] == [support.email]

    answer = ApiClient(create_token(support)).patch(f"/webhook-endpoints/{endpoint.pk}", {"is_enabled": True})
    assert answer.status_code == 409
    endpoint_enable(endpoint=endpoint, actor=support)
    sweep()
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.created_by, endpoint.key) == (True, support, None)
