"""A night on which nothing changed stores almost nothing, and pages show the same as before."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from smartsync.models import ListRun, Schedule, SyncRun
from smartsync.models.list_runs import all_lists
from smartsync.services import run_cancel, run_start, schedules_dispatch
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Incident, Verification
from wizard.services import verification_request
from wizard.services.verifications import verification_work
from wizard.stages import STAGES

from .company import Company
from .test_verified_before import age, long_verified  # noqa: F401

pytestmark = pytest.mark.django_db

MOST_ROWS = 8
TIME = re.compile(r"\d+:\d\d|\bnow\b|\b(an?|\d+) (second|minute|hour)s? ago")


def rows_stored() -> dict[str, set[object]]:
    """The primary keys of every table's rows.

    PostgreSQL's own counters (pg_stat_xact_user_tables) lose and double counts in long transactions.
    """
    with connection.cursor() as cursor:
        # Triggers add rows when a transaction ends.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: {*model._base_manager.values_list("pk", flat=True)} for model in models}


@contextmanager
def count_rows() -> Iterator[dict[str, int]]:
    """Count the rows that are inserted inside, by table."""
    before = rows_stored()
    counts: dict[str, int] = {}
    yield counts

    for table, rows in rows_stored().items():
        if added := len(rows - before[table]):
            counts[table] = added


@pytest.fixture
def nightly(long_verified: Company) -> Company:  # noqa: F811
    """A company with a schedule, after a night on which its lists were read and its checks answered."""
    at = time(3, 0)
    schedule = Schedule(profile=long_verified.profile, days=[*range(7)], at=at, time_zone="America/Vancouver")
    schedule.next_at = timezone.now()
    schedule.save()
    Connection.objects.update(credentials_saved_at=timezone.now() - timedelta(days=1))
    long_verified.sync("partial")
    return long_verified


def sync_at_night(company: Company) -> SyncRun:
    """Start the scheduled run, which verifies the connection first, and do its work."""
    age(company)
    Schedule.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    schedules_dispatch()
    return company.work(SyncRun.objects.active().get())


def pages(client: Client, company: Company) -> list[str]:
    """What pages show of results, without times."""
    Schedule.objects.update(next_at=None)
    pk = company.profile.connection_id
    addresses = [
        *(reverse("wizard:stage", args=[pk, stage]) for stage in STAGES),
        reverse("wizard:connection", args=[pk]),
    ]
    return [TIME.sub("", words(client.get(address))) for address in addresses]


def lists_shown(client: Client, run: SyncRun) -> list[str]:
    """The lists of a run as its page and the API show them."""
    page = main(client.get(reverse("smartsync:run", args=[run.pk])))
    return [" ".join(row.text_content().split()) for row in page.iter("tr", "summary")]


def test_night_without_changes_stores_eight_rows(nightly: Company) -> None:
    with count_rows() as counts:
        run = sync_at_night(nightly)

    assert run.result == SyncRun.Result.COMPLETE
    assert sum(counts.values()) <= MOST_ROWS, counts


def test_results_look_the_same_after_such_a_night(nightly: Company, client: Client) -> None:
    before = pages(client, nightly)

    sync_at_night(nightly)

    assert Verification.objects.latest("pk").same_as
    assert pages(client, nightly) == before


def test_lists_without_changes_look_like_stored_ones(nightly: Company, client: Client) -> None:
    run = sync_at_night(nightly)
    shown = lists_shown(client, run)
    assert not run.lists.exists()

    # As every list was stored before.
    ListRun.objects.bulk_create(all_lists(run))
    SyncRun.objects.filter(pk=run.pk).update(unchanged_lists=[])

    assert lists_shown(client, run) == shown
    assert any("Vendors" in line for line in shown)


def test_changed_list_is_stored_and_the_others_are_not(nightly: Company) -> None:
    nightly.control("edits", object="VENDOR", actions=[["edit", 1]])

    run = sync_at_night(nightly)

    assert [(list_run.slug, list_run.changed) for list_run in run.lists.all()] == [("vendors", 1)]
    assert {list_run.slug for list_run in all_lists(run)} == {kind.slug for kind in nightly.kinds()}


def test_canceled_run_stores_the_lists_it_has_not_read(nightly: Company) -> None:
    run = run_start(profile=nightly.profile, kind="partial", actor=None)
    SyncRun.objects.filter(pk=run.pk).update(unchanged_lists=[{"position": 0, "slug": "departments", "title": "D"}])
    run_cancel(run=run, actor=None)

    nightly.work(run)

    states = {list_run.slug: list_run.state for list_run in all_lists(SyncRun.objects.get(pk=run.pk))}
    assert states.pop("departments") == "complete"
    assert set(states.values()) == {"canceled"}
    assert len(states) == len(nightly.kinds()) - 1


def test_list_that_failed_and_recovers_is_stored_once(nightly: Company) -> None:
    """Otherwise the newest stored row of the list would say for ever that it failed."""
    run = sync_at_night(nightly)
    vendors = next(list_run for list_run in all_lists(run) if list_run.slug == "vendors")
    vendors.state, vendors.cause = "failed", "no_connection"
    vendors.save()

    recovered, quiet = sync_at_night(nightly), sync_at_night(nightly)

    assert [list_run.slug for list_run in recovered.lists.all()] == ["vendors"]
    assert not quiet.lists.exists()


def test_list_is_read_since_the_last_success_that_did_not_store_it(nightly: Company) -> None:
    run = sync_at_night(nightly)

    began = ListRun.objects.newest_complete(nightly.profile)["vendors"].began_at

    assert began == run.started_at


def test_results_are_stored_again_when_one_differs(nightly: Company) -> None:
    sync_at_night(nightly)
    nightly.control("", custom_fields=[])

    sync_at_night(nightly)
    first = Verification.objects.latest("pk")
    sync_at_night(nightly)

    assert first.same_as is None
    assert first.findings.get(check_slug="custom_field").outcome == "failed"
    assert Verification.objects.latest("pk").same_as == first


def test_check_that_a_user_requests_stores_its_results(nightly: Company) -> None:
    """The user sees them come one after the other."""
    verification = verification_request(connection=nightly.profile.connection, actor=nightly.actor)
    claimed = Verification.objects.claim(verification.pk)
    assert claimed

    verification_work(claimed)

    assert Verification.objects.get(pk=verification.pk).findings.exists()


def test_incident_says_when_the_check_last_passed(nightly: Company) -> None:
    sync_at_night(nightly)
    passed = Verification.objects.latest("pk")
    nightly.control("", custom_fields=[])

    sync_at_night(nightly)

    assert passed.same_as
    assert Incident.objects.get().last_passed_at == passed.finished_at


def test_results_that_are_deleted_take_those_that_refer_to_them_with_them(nightly: Company) -> None:
    """A customer is deleted in batches, oldest rows first."""
    sync_at_night(nightly)
    newest = Verification.objects.latest("pk")

    Verification.objects.filter(repetitions=newest).delete()

    assert not Verification.objects.filter(pk=newest.pk).exists()
