"""Tasks of the nightly job that removes what has expired."""

from celery import shared_task

from core.models import Pruning
from core.queue import publish
from core.retention import plan_pruning, prune
from core.work import work_on


@shared_task
def pruning_run(pk: int) -> None:
    """Work on a job for a while."""
    work_on(Pruning.objects.all(), pk, prune, end=Pruning.finish, notify=lambda pruning: None)


@shared_task
def sweep() -> None:
    """Create tonight's job when its hour has come, and send a message for every job that no worker has."""
    plan_pruning()
    publish(Pruning.task, *Pruning.objects.due().values_list("pk", flat=True))
