import logging

from celery import shared_task

from core.broker import publish as send
from leases import LeaseLost
from wizard.ladder import verification_work
from wizard.models import Verification
from wizard.services import watch_dispatch

log = logging.getLogger(__name__)


@shared_task
def verification_run(pk: int) -> None:
    verification = Verification.objects.claim(pk)
    if verification is None:
        return
    try:
        verification_work(verification)
    except LeaseLost:
        log.info("Another worker has taken over verification %s", pk)


@shared_task
def sweep() -> None:
    """Send a message for every verification that nobody works on."""
    for pk in Verification.objects.due().values_list("pk", flat=True):
        publish(pk)


@shared_task
def watch() -> None:
    """Begin the daily verifications that are due."""
    watch_dispatch()


def publish(pk: int) -> None:
    send("wizard.tasks.verification_run", pk)
