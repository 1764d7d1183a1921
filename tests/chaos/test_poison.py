"""One customer's rows have values that no code writes. Work, emails and pages of other customers go on.

Tables and columns are taken from the models, so new ones are covered. Values that the database refuses are left out,
since they cannot occur. A page is opened only if it reads the tables of the poisoned app.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from core.queue import queue_length
from mail.tasks import email_run
from mail.tasks import sweep as sweep_mail
from smartsync.models import SyncRun
from smartsync.services import schedules_dispatch
from smartsync.tasks import sweep as sweep_runs
from tests.access.test_table import arguments
from tests.chaos.records import Company, make_company
from tests.support.retention import prune_now
from tests.support.stack import drop_messages
from wizard.models import Connection, Verification
from wizard.services import monitoring_dispatch
from wizard.tasks import sweep as sweep_verifications

pytestmark = pytest.mark.django_db
OURS = ("accounts", "api", "audit", "mail", "operations", "smartsync", "wizard")
Field: TypeAlias = "models.Field[Any, Any]"
AppsRead: TypeAlias = dict[tuple[str, str], set[str]]  # by user and page


def is_zone(field: Field) -> bool:
    return "zone" in field.name


def is_text(field: Field) -> bool:
    return isinstance(field, models.CharField | models.TextField) and not field.choices and not field.unique


POISONS: dict[str, tuple[Callable[[Field], bool], tuple[str, ...]]] = {
    "before Christ": (lambda field: isinstance(field, models.DateTimeField), ("'0044-03-15 BC'",)),
    "infinite": (lambda field: isinstance(field, models.DateTimeField), ("'infinity'", "'294000-01-01'")),
    "unknown zone": (is_zone, ("'US/Pacific-New'", "'../etc'")),
    "unknown choice": (lambda field: bool(field.choices), ("'unheard'", "''")),
    "JSON of another shape": (lambda field: isinstance(field, models.JSONField), ("'[1]'", "'\"x\"'", "'null'")),
    "number in JSON": (lambda field: isinstance(field, models.JSONField), ("repeat('9', 5000)::jsonb",)),
    "nested JSON": (
        lambda field: isinstance(field, models.JSONField),
        ("(repeat('[', 5000) || repeat(']', 5000))::jsonb",),
    ),
    "control characters": (is_text, ("repeat(chr(1), 20)", "chr(8238) || chr(10)")),
    "oversized": (lambda field: isinstance(field, models.TextField), ("repeat('x', 1000000)",)),
    "deleted parent": (lambda field: isinstance(field, models.ForeignKey), (str(2**40),)),
    "largest number": (
        lambda field: isinstance(field, models.IntegerField) and not field.primary_key,
        ("9223372036854775807", "2147483647", "32767"),
    ),
}
CASES = [
    pytest.param(app, kind, id=f"{kind} in {app}")
    for app in OURS
    for kind, (fits, _) in POISONS.items()
    if any(fits(field) for model in apps.get_app_config(app).get_models() for field in model._meta.concrete_fields)
]
SHARED_PAGES = {
    "support": (
        *("operations:board", "operations:board_csv", "operations:queue", "operations:emails", "accounts:users"),
        *("smartsync:home", "smartsync:history", "smartsync:history_csv"),
        *("audit_log:index", "audit_log:csv", "audit_log:jsonl", "outbox:emails"),
    ),
    "administrator": ("home", "smartsync:home", "smartsync:history", "accounts:users", "audit_log:index"),
}


def poison(app: str, kind: str) -> None:
    """Write the value into every column of the app's tables that accepts it, without any of our checks."""
    fits, values = POISONS[kind]
    with connection.cursor() as cursor:
        # Without triggers: neither those that protect the audit log, nor those that check foreign keys.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica")
        for model in apps.get_app_config(app).get_models():
            for field in filter(fits, model._meta.concrete_fields):
                any(_execute(f'UPDATE "{model._meta.db_table}" SET "{field.column}" = {value}') for value in values)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _execute(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError:
        return False
    return True


@pytest.fixture(scope="module")
def apps_read(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> AppsRead:
    """Which apps' tables each page reads if nothing is poisoned.

    With poison it reads the same, until it comes to a poisoned table.
    """
    apps_read: AppsRead = {}
    with django_db_blocker.unblock(), transaction.atomic():
        make_company("poisoned")
        healthy = make_company("healthy")
        assert_work_goes_on(healthy)
        for user, page, client in shared_pages(healthy):
            with CaptureQueriesContext(connection) as queries:
                assert_page_answers(client, page, healthy)
            apps_read[user, page] = {app for app in OURS if is_read(app, queries)}
        transaction.set_rollback(True)
    return apps_read


def is_read(app: str, queries: CaptureQueriesContext) -> bool:
    tables = [f'"{model._meta.db_table}"' for model in apps.get_app_config(app).get_models()]
    return any(table in query["sql"] for query in queries.captured_queries for table in tables)


@pytest.mark.parametrize(("app", "kind"), CASES)
def test_poisoned_rows_stop_no_other_customer(apps_read: AppsRead, app: str, kind: str) -> None:
    make_company("poisoned")
    poison(app, kind)
    healthy = make_company("healthy")

    assert_work_goes_on(healthy)
    for user, page, client in shared_pages(healthy):
        if app in apps_read[user, page]:
            assert_page_answers(client, page, healthy)


def assert_work_goes_on(healthy: Company) -> None:
    drop_messages()
    schedules_dispatch()
    assert SyncRun.objects.filter(schedule=healthy.schedule).exists()

    monitoring_dispatch()
    next_check_at = Connection.objects.get(pk=healthy.run.profile.connection_id).next_check_at
    assert next_check_at
    assert next_check_at > timezone.now()

    prune_now("runs")
    # Messages are sent on commit, and a test's own transaction never commits.
    with TestCase.captureOnCommitCallbacks(execute=True):
        for sweep in (sweep_verifications, sweep_runs, sweep_mail):
            sweep()
    assert all(map(queue_length, ("checks", "syncs", "mail")))
    assert Verification.objects.claim_next(healthy.verification.pk)
    assert SyncRun.objects.claim_next(healthy.run.pk)

    email_run(healthy.email.pk)
    healthy.email.refresh_from_db()
    assert healthy.email.sent_at


def shared_pages(healthy: Company) -> Iterator[tuple[str, str, Client]]:
    support = User.objects.create(email="sue@example.com", name="Sue", kind=User.Kind.SUPPORT)
    for name, user in (("support", support), ("administrator", healthy.administrator)):
        client = Client()
        client.force_login(user)
        yield from ((name, page, client) for page in SHARED_PAGES[name])


def assert_page_answers(client: Client, page: str, healthy: Company) -> None:
    response = client.get(reverse(page, kwargs=arguments(page, {"customer_pk": healthy.customer.pk})))
    response.getvalue()
    assert response.status_code in (200, 302), page
