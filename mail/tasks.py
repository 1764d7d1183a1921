from celery import shared_task

from core.queue import publish
from core.work import work_on
from mail.delivery import email_deliver, email_give_up, record_given_up_email
from mail.models import Email


@shared_task
def email_run(pk: int) -> None:
    work_on(Email.objects.all(), pk, email_deliver, end=email_give_up, notify=record_given_up_email)


@shared_task
def sweep() -> None:
    """Publish a message for every email that is due and not leased."""
    publish(Email.task, *Email.objects.due().values_list("pk", flat=True))
