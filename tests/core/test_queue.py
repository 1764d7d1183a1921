"""Messages are sent on commit, and every kind of work has a task and a queue."""

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from core.leases import LeasedRow
from core.queue import LATER, publish, waiting_messages
from mail.models import Email
from smartsync.models import SyncRun
from tests.support.stack import drop_messages
from wizard.models import TestBill, Verification


@pytest.mark.django_db(transaction=True)
def test_message_is_sent_on_commit() -> None:
    drop_messages()

    with transaction.atomic():
        publish(Email.task, 1, 2)
        assert waiting_messages(Email.task) == 0

    assert waiting_messages(Email.task) == 2


@pytest.mark.django_db(transaction=True)
def test_rolled_back_transaction_sends_no_message() -> None:
    drop_messages()

    with transaction.atomic():
        publish(Email.task, 1)
        transaction.set_rollback(True)

    assert waiting_messages(Email.task) == 0


@pytest.mark.django_db(transaction=True)
def test_worker_gets_messages_of_work_that_no_user_waits_for_last() -> None:
    drop_messages()
    publish(Email.task, 1, priority=LATER)
    publish(Email.task, 2)
    assert waiting_messages(Email.task) == 2

    with current_app.connection_for_read() as connection:
        messages = [connection.default_channel.basic_get("mail", no_ack=True) for _number in range(2)]
    assert [message.decode()[0] for message in messages] == [[2], [1]]


@pytest.mark.parametrize("kind", [Email, SyncRun, TestBill, Verification])
def test_every_kind_of_work_has_a_registered_task_and_a_queue(kind: type[LeasedRow]) -> None:
    current_app.loader.import_default_modules()

    assert kind.task in current_app.tasks
    assert kind.task in settings.CELERY_TASK_ROUTES
