from celery import shared_task

from api.models import WebhookDelivery, WebhookEndpoint, WebhookTrigger
from api.webhooks.delivery import BATCH, deliver
from api.webhooks.endpoints import disable_of_expired_keys
from api.webhooks.triggers import trigger_work
from core.queue import publish, publish_together
from core.work import leave_if_stopping, work_on


@shared_task
def webhook_trigger_run(pk: int) -> None:
    work_on(WebhookTrigger.objects.all(), pk, trigger_work, end=WebhookTrigger.finish, notify=lambda trigger: None)


@shared_task
def webhook_delivery_run(*pks: int) -> None:
    leave_if_stopping()
    deliver(pks)


@shared_task
def sweep() -> None:
    """Send a message for every trigger that is due, and for each endpoint to which something can be sent now."""
    publish(WebhookTrigger.task, *WebhookTrigger.objects.due().values_list("pk", flat=True))
    disable_of_expired_keys()
    WebhookDelivery.objects.requeue_abandoned()
    publish_together(WebhookDelivery.task, WebhookDelivery.objects.turns_at(WebhookEndpoint.objects.all()), BATCH)
