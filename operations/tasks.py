from celery import shared_task

from core.queue import publish
from core.work import work_on
from operations.deletion import deletion_give_up, deletion_work
from operations.export import export_give_up, export_work, forget_old_exports
from operations.models import CustomerDeletion, CustomerExport


@shared_task
def export_run(pk: int) -> None:
    work_on(CustomerExport.objects.all(), pk, export_work, end=export_give_up, notify=lambda export: None)


@shared_task
def deletion_run(pk: int) -> None:
    work_on(CustomerDeletion.objects.all(), pk, deletion_work, end=deletion_give_up, notify=lambda deletion: None)


@shared_task
def sweep() -> None:
    """Send a message for every export and every deletion that is due, and delete the files of expired exports."""
    publish(CustomerExport.task, *CustomerExport.objects.due().values_list("pk", flat=True))
    publish(CustomerDeletion.task, *CustomerDeletion.objects.due().values_list("pk", flat=True))
    forget_old_exports()
