"""The numbers beside the links of the main navigation."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Role, User
from beanworks_connect.navigation import navigation_counts
from mail.models import Email
from tests.support.users import create_user
from wizard.models import SyncProfile

pytestmark = pytest.mark.django_db


def numbers(user: User) -> dict[str, int]:
    return {name: count.number for name, count in navigation_counts(user).items()}


def test_support_sees_open_requests_and_undelivered_emails(support: User, claimed: SyncProfile) -> None:
    Email.objects.create(address="a@example.com", state="done", failure_reason="bounced")
    assert numbers(support) == {"queue": 1, "emails": 1}

    SyncProfile.objects.update(state="asked")
    assert numbers(support) == {"queue": 0, "emails": 1}


def test_administrator_sees_connections_and_legal_entities_that_need_them(
    administrator: User, waiting: SyncProfile
) -> None:
    assert numbers(administrator) == {"connection": 1, "smartsync": 0}

    SyncProfile.objects.update(state="approved", decided_at="2026-01-01T00:00Z", has_gaps=True)
    assert numbers(administrator) == {"connection": 1, "smartsync": 1}


def test_user_counts_only_what_they_may_open(stranger: User, success: User, waiting: SyncProfile) -> None:
    exporter = create_user("Eli", Role.INVOICE_EXPORTER, home=stranger.home_org_unit)

    assert numbers(stranger) == {"connection": 0, "smartsync": 0}
    assert numbers(exporter) == {"smartsync": 0}
    assert numbers(success) == {}


def test_counts_need_one_query_each(support: User, django_assert_num_queries: Callable[[int], object]) -> None:
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        navigation_counts(support)


def test_screen_readers_hear_what_a_number_counts(
    signed_in: Callable[[User], Client], support: User, claimed: SyncProfile
) -> None:
    page = signed_in(support).get("/beanworks/board/").content.decode()

    assert '<span class="visually-hidden">1 open request</span>' in page
    assert '<span class="count" id="count-emails"></span>' in page
