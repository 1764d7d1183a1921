from celery import shared_task

from smartsync.engine import run_advance
from smartsync.models import SyncRun
from smartsync.queue import publish
from smartsync.services import schedules_dispatch


@shared_task
def sync_run(pk: int) -> None:
    if run := SyncRun.objects.select_related("profile__connection").claim(pk):
        run_advance(run)


@shared_task
def sweep() -> None:
    """Send a message for every run that nobody works on."""
    for pk in SyncRun.objects.due().values_list("pk", flat=True):
        publish(pk)


@shared_task
def dispatch() -> None:
    schedules_dispatch()
