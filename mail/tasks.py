from celery import shared_task

from mail.delivery import mail_deliver
from mail.models import Mail
from mail.queue import publish


@shared_task
def mail_run(pk: int) -> None:
    if mail := Mail.objects.claim(pk):
        mail_deliver(mail)


@shared_task
def sweep() -> None:
    """Send a message for every mail that is due and that nobody works on."""
    for pk in Mail.objects.due().values_list("pk", flat=True):
        publish(pk)
