from celery import shared_task

from core.queue import publish
from core.work import work_on
from mail.delivery import mail_deliver, mail_give_up, notify_mail_given_up
from mail.models import Mail


@shared_task
def mail_run(pk: int) -> None:
    work_on(Mail.objects.all(), pk, mail_deliver, end=mail_give_up, notify=notify_mail_given_up)


@shared_task
def sweep() -> None:
    """Publish a message for every email that is due and not leased."""
    publish(Mail.task, *Mail.objects.due().values_list("pk", flat=True))
