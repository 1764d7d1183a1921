"""Notifications: who gets them with which email, when they are read, and that no user sees those of another."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from beanworks_connect.navigation import notification_count
from mail.kinds import EMAIL_KINDS, NOTIFICATION_KINDS
from mail.models import Email, Notification, OptOut
from mail.notifications import MOST_COUNTED, notification_add
from tests.support.retention import prune_now
from tests.support.users import create_user
from tests.wizard.pages.reading import words
from wizard.models import Incident, SyncProfile
from wizard.services import (
    open_incident,
    profile_answer,
    profile_approve,
    profile_ask,
    profile_decline,
    update_incidents,
)

from .occasions import verification

pytestmark = pytest.mark.django_db
INDEX = reverse("notifications:index")


def kinds_of(user: User) -> list[str]:
    return list(user.notifications.order_by("pk").values_list("kind", flat=True))


def notify(user: User, link: str = "/connection/", key: str = "1") -> Notification:
    notification_add(user=user, kind="profile_approved", dedupe_key=key, text=f"Approved {key}", link=link)
    return user.notifications.latest("pk")


@pytest.fixture
def browser(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def test_email_notifies_its_reader_with_its_subject(claimed: SyncProfile, administrator: User, support: User) -> None:
    administrator.language = "fr-ca"
    administrator.save()

    profile_ask(profile=claimed, actor=support, question="Which books?")
    profile_answer(profile=claimed, actor=administrator, answer="The Canadian ones.")

    [asked] = administrator.notifications.all()
    email = Email.objects.get(kind="information_asked", user=administrator)
    assert (asked.kind, asked.text, asked.language, asked.customer) == (
        "information_asked", email.subject, "fr-ca", administrator.customer,
    )  # fmt: skip
    [answered] = support.notifications.all()
    assert (answered.kind, answered.link) == (
        "information_given", reverse("operations:request", args=[claimed.pk]),
    )  # fmt: skip
    assert answered.customer == administrator.customer


def test_user_who_turned_the_email_off_is_still_notified(
    claimed: SyncProfile, administrator: User, support: User
) -> None:
    OptOut.objects.create(user=administrator, kind="profile_approved")

    profile_approve(profile=claimed, actor=support)

    assert kinds_of(administrator) == ["profile_approved"]
    assert not Email.objects.filter(user=administrator, kind="profile_approved").exists()


def test_deactivated_user_is_not_notified(claimed: SyncProfile, administrator: User, support: User) -> None:
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    claimed = SyncProfile.objects.get()

    profile_decline(profile=claimed, actor=support, reason="The books are being closed.")

    assert not administrator.notifications.exists()


def test_occasion_notifies_once(administrator: User) -> None:
    notify(administrator)
    notify(administrator)

    assert administrator.notifications.count() == 1


def test_connection_that_works_again_is_reported_after_its_last_incident(
    claimed: SyncProfile, administrator: User
) -> None:
    connection = claimed.connection
    manager = create_user("Cleo Success", kind=User.Kind.CUSTOMER_SUCCESS)
    connection.customer.success_manager = manager
    connection.customer.save()
    SyncProfile.objects.update(state="approved", decided_at=timezone.now())
    update_incidents(verification=(failed := verification(connection, "failed"))[0], findings=failed[1])
    open_incident(connection=connection, slug="schedule.1", cause="schedule_paused")
    passed, findings = verification(connection, "passed")

    update_incidents(verification=passed, findings=findings)
    assert "incidents_closed" not in kinds_of(administrator)

    Incident.objects.filter(is_check=False).delete()
    Incident.objects.update(closed_at=None)
    update_incidents(verification=passed, findings=findings)
    assert "incidents_closed" in kinds_of(administrator)
    assert manager.notifications.get(kind="incidents_closed").text == (
        f"{connection.customer.name}: the connection to Sage Intacct works again"
    )


@pytest.mark.parametrize("language", ["en", "fr-ca"])
def test_every_kind_has_a_text_and_a_tone(language: str) -> None:
    with translation.override(language):
        for kind in NOTIFICATION_KINDS.values():
            assert kind.tone in ("good", "note", "warn", "bad")
            assert bool(kind.sentence) != (kind.slug in EMAIL_KINDS), kind
            assert not kind.sentence or "Hillside" in str(kind.sentence) % {"customer": "Hillside"}
    assert not any(EMAIL_KINDS[slug].secret for slug in NOTIFICATION_KINDS.keys() & EMAIL_KINDS.keys())


def test_opening_its_page_marks_a_notification_read(browser: Client, administrator: User) -> None:
    here, elsewhere = notify(administrator, reverse("mail:choices")), notify(administrator, "/elsewhere/", "2")
    page = browser.get(reverse("mail:choices"))

    here.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (here.read_at is not None, elsewhere.read_at) == (True, None)
    assert '<span class="visually-hidden">1 unread notification</span>' in page.content.decode()


@pytest.mark.parametrize("request_of", [
    lambda browser, path: browser.get(path, headers={"X-Poll": "1"}),
    lambda browser, path: browser.post(path, {"wanted": "no kind"}),
])  # fmt: skip
def test_poll_or_form_marks_nothing_read(
    browser: Client, administrator: User, request_of: Callable[[Client, str], object]
) -> None:
    notification = notify(administrator, reverse("mail:choices"))

    request_of(browser, reverse("mail:choices"))

    notification.refresh_from_db()
    assert notification.read_at is None


def test_one_notification_or_all_shown_can_be_marked_read(browser: Client, administrator: User) -> None:
    first, second = notify(administrator, key="1"), notify(administrator, key="2")
    other = notify(create_user("Olga Root", home=administrator.home_org_unit), key="3")
    browser.post(reverse("notifications:read", args=[first.pk]))
    assert list(administrator.notifications.unread()) == [second]

    late = notify(administrator, key="4")
    browser.post(reverse("notifications:read_until", args=[second.pk]))

    assert set(Notification.objects.unread()) == {other, late}
    assert browser.post(reverse("notifications:read", args=[other.pk])).status_code == 404


def test_list_shows_only_own_notifications_unread_first(browser: Client, administrator: User, support: User) -> None:
    notify(support, key="of support")
    read, unread = notify(administrator, key="read"), notify(administrator, key="unread")
    Notification.objects.filter(pk=read.pk).update(read_at=timezone.now())
    Notification.objects.filter(pk=unread.pk).update(created_at=timezone.now() - timedelta(days=3))

    page = words(browser.get(INDEX))

    assert page.index("Approved unread") < page.index("Approved read")
    assert "of support" not in page


def test_count_needs_one_query_and_has_an_end(
    administrator: User, rf: object, django_assert_num_queries: Callable[[int], object]
) -> None:
    request = rf.get("/smartsync/")  # type: ignore[attr-defined]
    request.user = administrator
    for number in range(MOST_COUNTED + 1):
        notify(administrator, key=str(number))

    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        count = notification_count(request)
    assert (count.number, count.is_more) == (MOST_COUNTED, True)


def test_old_notifications_are_removed(administrator: User) -> None:
    old, recent = notify(administrator, key="old"), notify(administrator, key="recent")
    Notification.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))

    prune_now("notifications")

    assert list(Notification.objects.all()) == [recent]
