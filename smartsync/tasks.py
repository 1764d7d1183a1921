from celery import shared_task

from core.queue import waiting_messages
from core.work import work_on
from smartsync.models import SyncRun
from smartsync.services import (
    ended_lists_remove,
    missed_runs_notify,
    notify_run_given_up,
    run_give_up,
    runs_publish,
    schedules_dispatch,
)
from smartsync.services.work import run_advance


@shared_task
def sync_run(pk: int) -> None:
    """Work on a run for a while, unless another run of the company is being worked on.

    Both would wait for the same Intacct company, and keep a worker from runs of other customers.
    """
    work_on(SyncRun.objects.all(), pk, run_advance, end=run_give_up, notify=notify_run_given_up)


@shared_task
def sweep() -> None:
    """Send a message for every run without a lease.

    If the queue already has as many messages, send none: at night thousands of runs are due, and every sweep would
    add as many messages.
    """
    due = SyncRun.objects.due().order_by("pk").values_list("pk", flat=True)
    if waiting_messages(SyncRun.task) < len(due):
        runs_publish(due)


@shared_task
def dispatch() -> None:
    schedules_dispatch()
    missed_runs_notify()


@shared_task
def remove_ended_lists() -> None:
    ended_lists_remove()
