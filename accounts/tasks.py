from celery import shared_task

from accounts.imports.services import import_give_up, import_work
from accounts.models import Import
from core.queue import publish
from core.work import work_on


@shared_task
def import_run(pk: int) -> None:
    work_on(Import.objects.all(), pk, import_work, end=import_give_up, notify=lambda run: None)


@shared_task
def sweep() -> None:
    """Publish a message for every import that is due and not leased."""
    publish(Import.task, *Import.objects.due().values_list("pk", flat=True))
