from celery import shared_task
from django.utils import timezone

from api.idempotency import forget_old
from api.models import Arrival, WebhookDelivery, WebhookTrigger
from api.webhooks.delivery import delivery_give_up, delivery_work
from api.webhooks.retention import forget_old_events
from api.webhooks.triggers import trigger_work
from core.queue import publish
from core.work import work_on


@shared_task
def webhook_trigger_run(pk: int) -> None:
    work_on(WebhookTrigger.objects.all(), pk, trigger_work, end=WebhookTrigger.finish, notify=lambda trigger: None)


@shared_task
def webhook_delivery_run(pk: int) -> None:
    work_on(WebhookDelivery.objects.all(), pk, delivery_work, end=delivery_give_up, notify=lambda delivery: None)


@shared_task
def sweep() -> None:
    """Send a message for every trigger that is due, and for each endpoint to which something can be sent now."""
    publish(WebhookTrigger.task, *WebhookTrigger.objects.due().values_list("pk", flat=True))
    publish(WebhookDelivery.task, *WebhookDelivery.objects.first_of_each_endpoint())


@shared_task
def prune() -> None:
    """Delete what is no longer needed: stored responses, sign-in links that no longer work, the log of webhooks."""
    forget_old()
    forget_old_events()
    Arrival.objects.filter(expires_at__lt=timezone.now()).delete()
