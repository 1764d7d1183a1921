from celery import shared_task

from core.queue import publish
from core.work import work_on
from operations.channels.delivery import channel_message_deliver, channel_message_give_up
from operations.channels.services import record_failure
from operations.deletion import deletion_give_up, deletion_work
from operations.digest import digests_send
from operations.export import export_give_up, export_work, forget_old_exports, notify_export
from operations.models import ChannelMessage, CustomerDeletion, CustomerExport
from operations.occasions import report_occasions
from operations.support.escalation import escalate_requests


@shared_task
def export_run(pk: int) -> None:
    work_on(CustomerExport.objects.all(), pk, export_work, end=export_give_up, notify=notify_export)


@shared_task
def deletion_run(pk: int) -> None:
    work_on(CustomerDeletion.objects.all(), pk, deletion_work, end=deletion_give_up, notify=lambda deletion: None)


@shared_task
def channel_message_run(pk: int) -> None:
    messages = ChannelMessage.objects.select_related("channel", "customer")
    work_on(messages, pk, channel_message_deliver, end=channel_message_give_up, notify=record_failure)


@shared_task
def report() -> None:
    """Report to channels and to users what there is now, and escalate requests."""
    report_occasions(slow=False)
    escalate_requests()


@shared_task
def report_hourly() -> None:
    report_occasions(slow=True)
    digests_send()


@shared_task
def sweep() -> None:
    """Send a message for every row of work that is due, and delete the files of expired exports."""
    publish(ChannelMessage.task, *ChannelMessage.objects.due().values_list("pk", flat=True))
    publish(CustomerExport.task, *CustomerExport.objects.due().values_list("pk", flat=True))
    publish(CustomerDeletion.task, *CustomerDeletion.objects.due().values_list("pk", flat=True))
    forget_old_exports()
