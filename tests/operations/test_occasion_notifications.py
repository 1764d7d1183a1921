"""Users of Beanworks are notified of requests that wait too long and of customers who stop."""

from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from accounts.models import User
from mail.models import Notification
from operations.occasions import report_occasions
from tests.support.users import create_user
from wizard.models import Connection, SyncProfile

pytestmark = pytest.mark.django_db


def test_support_is_notified_once_of_a_request_beyond_its_target(
    claimed: SyncProfile, support: User, other_support: User, administrator: User
) -> None:
    report_occasions(slow=False)
    assert not Notification.objects.exists()

    with travel(timezone.now() + timedelta(days=5), tick=False):
        report_occasions(slow=False)
        report_occasions(slow=False)

    notified = Notification.objects.filter(kind="request_waiting")
    assert {notification.user for notification in notified} == {support, other_support}
    assert notified.count() == 2
    assert "waits for longer than our target" in notified[0].text
    assert not administrator.notifications.exists()


def test_customer_success_manager_is_notified_of_a_customer_who_stopped(connection: Connection) -> None:
    manager = create_user("Cleo Success", kind=User.Kind.CUSTOMER_SUCCESS)
    connection.customer.success_manager = manager
    connection.customer.save()
    Connection.objects.update(must_act="customer", first_synced_at=None)

    with travel(timezone.now() + timedelta(days=20), tick=False):
        report_occasions(slow=True)
        report_occasions(slow=True)

    [notification] = manager.notifications.all()
    assert notification.text == f"{connection.customer.name} has stopped the set-up of Sage Intacct."
    assert notification.link == f"/beanworks/connections/{connection.pk}/"
