"""What is done with endpoints, by users on pages and by API keys. Every change is in the audit log."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from api.event_types import TEST
from api.keys import lock_usable
from api.models import ApiKey, WebhookDelivery, WebhookEndpoint
from api.webhooks.baselines import request_baselines
from api.webhooks.reports import event_with
from api.webhooks.secrets import secret_create
from audit.models import AuditEvent
from audit.services import event_record
from core.errors import Refused
from core.leases import State
from core.queue import publish
from core.tokens import LinkToken
from mail.services import email_send

Reason = WebhookEndpoint.DisabledReason
WORKING: dict[str, Any] = {"failures": 0, "failing_since": None, "paused_until": None}
NEVER_TRIED: dict[str, Any] = {"attempts": 0, "failures": 0, "started_at": None, "due_at": None}


@transaction.atomic
def endpoint_create(
    *,
    actor: User | None,
    key: ApiKey | None = None,
    url: str,
    description: str,
    event_types: Sequence[str],
    customer: Customer | None,
) -> tuple[WebhookEndpoint, LinkToken]:
    """Create an endpoint that a user owns, or an API key. Returns it and its secret. Raises Refused."""
    if key:
        lock_usable(key)  # or a key that is revoked now would leave the endpoint enabled
    endpoint = WebhookEndpoint.objects.create(
        url=url, description=description, event_types=list(event_types), customer=customer, created_by=actor, key=key
    )
    secret = secret_create(endpoint)
    request_baselines(endpoint, _record("webhook.created", endpoint, actor, event_types=endpoint.event_types))
    return endpoint, secret


@transaction.atomic
def endpoint_change(*, endpoint: WebhookEndpoint, actor: User | None, **changes: Any) -> None:
    """Change the URL, the description or the types of events. To another URL, what was waiting is sent at once."""
    endpoint.version = _lock(endpoint).version + 1
    for name, value in changes.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=["version", *changes])
    if "url" in changes:
        _begin_again(endpoint)
    _record("webhook.changed", endpoint, actor, changed=sorted(changes))


@transaction.atomic
def endpoint_delete(*, endpoint: WebhookEndpoint, actor: User | None) -> None:
    """Delete the endpoint with its secrets and its log."""
    # Before its deliveries, as workers do.
    if WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).exists():
        _record("webhook.deleted", endpoint, actor)
        endpoint.delete()


@transaction.atomic
def endpoint_enable(*, endpoint: WebhookEndpoint, actor: User | None) -> None:
    """Let the endpoint get events again, first those that were still waiting. Enabling it twice changes nothing.

    Raises Refused.
    """
    locked = _lock(endpoint)
    if locked.is_enabled:
        return
    _leave_ended_key(locked, actor)
    WebhookEndpoint.objects.filter(pk=locked.pk).update(disabled_at=None, disabled_reason="")
    request_baselines(locked, _record("webhook.enabled", locked, actor))
    _begin_again(locked)


def _leave_ended_key(endpoint: WebhookEndpoint, actor: User | None) -> None:
    """Give a locked endpoint whose key has ended to the user who enables it. No other key can. Raises Refused."""
    if endpoint.key is None or endpoint.key.is_usable:
        return
    if actor is None:
        raise Refused(_("The API key that created this endpoint has ended. Create another one, or ask support."))
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(created_by=actor, key=None)


def _begin_again(endpoint: WebhookEndpoint) -> None:
    """Let a locked endpoint count as working, and send what waits for it."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**WORKING)
    WebhookDelivery.objects.filter(endpoint=endpoint, state=State.QUEUED).update(**NEVER_TRIED)
    publish(WebhookDelivery.task, *WebhookDelivery.objects.turns_at(WebhookEndpoint.objects.filter(pk=endpoint.pk)))


@transaction.atomic
def endpoint_disable(*, endpoint: WebhookEndpoint, actor: User | None) -> None:
    """Send nothing to the endpoint until it is enabled. Events of that time are not sent later."""
    disable(_lock(endpoint), Reason.BY_OWNER, actor)


def disable(endpoint: WebhookEndpoint, reason: Reason, actor: User | None = None) -> None:
    """Disable an endpoint that is locked, unless it is disabled. Email its owner unless they or their key did it."""
    if not endpoint.is_enabled:
        return
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_at=timezone.now(), disabled_reason=reason)
    event = _record("webhook.disabled", endpoint, actor, reason=reason)
    if reason != Reason.BY_OWNER and endpoint.owner:
        email_send(
            kind="webhook_disabled",
            to=endpoint.owner,
            dedupe_key=f"webhook_disabled:{event.pk}",
            context={"endpoint": endpoint, "reason": reason.label},
            link=reverse("webhooks:endpoint", args=[endpoint.pk]),
            customer=endpoint.customer,
        )


def disable_of_expired_keys() -> None:
    """Disable the endpoints of keys that have expired: they hear what their key could read, for as long as it could."""
    expired = WebhookEndpoint.objects.enabled().filter(key__expires_at__lte=timezone.now()).order_by("pk")
    for pk in expired.values_list("pk", flat=True):
        with transaction.atomic():
            endpoint = expired.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
            if endpoint:  # neither deleted nor disabled since
                disable(endpoint, Reason.KEY_EXPIRED)


@transaction.atomic
def secret_rotate(*, endpoint: WebhookEndpoint, actor: User | None) -> LinkToken:
    """Create a new secret. The present one signs too for one more day."""
    locked = _lock(endpoint)
    secret = secret_create(locked)
    _record("webhook.secret_rotated", locked, actor)
    return secret


@transaction.atomic
def endpoint_test(*, endpoint: WebhookEndpoint, actor: User | None) -> WebhookDelivery:
    """Send an event that reports nothing, to try the receiver. Raises Refused if the endpoint is disabled."""
    locked = _lock_enabled(endpoint)
    event = event_with(TEST, timezone.now(), {"endpoint_id": locked.pk}, locked.customer_id)
    event.save()
    delivery = WebhookDelivery.objects.create(endpoint=locked, event=event)
    _record("webhook.tested", locked, actor)
    publish(WebhookDelivery.task, delivery.pk)
    return delivery


@transaction.atomic
def delivery_send_again(*, delivery: WebhookDelivery, actor: User | None) -> None:
    """Deliver an event again, or now if it waits. Raises Refused if it is being sent, or its endpoint is disabled."""
    locked = _lock_enabled(delivery.endpoint)
    resting = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=State.RUNNING)
    if not resting.update(state=State.QUEUED, delivered_at=None, finished_at=None, **NEVER_TRIED):
        raise Refused(_("This event is being sent."))
    _record("webhook.sent_again", locked, actor, event=delivery.event.name)
    publish(WebhookDelivery.task, delivery.pk)


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    # Before its deliveries, as workers do. NO KEY: deliveries can still be added.
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)


def _lock_enabled(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """Lock an endpoint and end its pause: a user who asks for a request may have put its receiver right."""
    locked = _lock(endpoint)
    if not locked.is_enabled:
        raise Refused(_("This endpoint is disabled. Enable it first."))
    WebhookEndpoint.objects.filter(pk=locked.pk, failures__gt=0).update(paused_until=timezone.now())
    return locked


def _record(action: str, endpoint: WebhookEndpoint, actor: User | None, **metadata: Any) -> AuditEvent:
    """Record what was done. Of the URL only the host: the rest may hold a secret of its owner."""
    return event_record(
        action=action,
        actor=actor,
        target=endpoint,
        customer_id=endpoint.customer_id,
        host=endpoint.host,
        **metadata,
    )
