from celery import shared_task

from core.queue import publish
from core.work import work_on
from wizard.models import TestBill, Verification
from wizard.services import monitoring_dispatch, reminders_send
from wizard.services.test_bill_work import give_up_test_bill, record_end, work_on_test_bill
from wizard.services.verifications import notify_verification_given_up, verification_give_up, verification_work


@shared_task
def verification_run(pk: int) -> None:
    work_on(
        Verification.objects.all(),
        pk,
        verification_work,
        end=verification_give_up,
        notify=notify_verification_given_up,
    )


@shared_task
def test_bill_run(pk: int) -> None:
    work_on(TestBill.objects.all(), pk, work_on_test_bill, end=give_up_test_bill, notify=record_end)


@shared_task
def sweep() -> None:
    """Send a message for every verification and every test bill that is due and that no worker has."""
    publish(Verification.task, *Verification.objects.due().values_list("pk", flat=True))
    publish(TestBill.task, *TestBill.objects.due().values_list("pk", flat=True))


@shared_task
def monitor() -> None:
    """Start the daily verifications that are due."""
    monitoring_dispatch()


@shared_task
def remind() -> None:
    """Remind of links that are about to expire, and of set-ups that have stopped."""
    reminders_send()
