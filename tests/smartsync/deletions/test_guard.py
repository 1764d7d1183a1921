"""The deletion guard: if many records are missing, they are held until an administrator has confirmed."""

import pytest
from django.db import IntegrityError
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from accounts.models import OrgUnit, User
from audit.models import AuditEvent
from mail.models import Email
from smartsync.models import Hold, ItemChange, ListItem, ListRun
from smartsync.services import guard_change, hold_confirm, hold_reject, run_cancel, run_finish
from tests.smartsync.company import Company
from tests.smartsync.deletions.lists import ALL, active, decisions, full, gone, held, partial, records
from tests.smartsync.test_services import create_claimed_run
from tests.smartsync.test_store import keep, read, record
from wizard.explanations import explain
from wizard.models import Incident, SyncProfile


@pytest.mark.parametrize(
    ("total", "missing", "is_held"), [(20, 2, False), (20, 4, False), (20, 5, True), (5, 2, False), (4, 3, True)]
)
@pytest.mark.parametrize("how", ["missing", "inactive"])
def test_records_above_both_limits_are_held(
    profile: SyncProfile, how: str, total: int, missing: int, is_held: bool
) -> None:
    every, affected = range(1, total + 1), range(1, missing + 1)
    full(profile, every)

    list_run = full(profile, range(missing + 1, total + 1)) if how == "missing" else full(profile, every, affected)

    assert (list_run.deactivated, list_run.held) == ((0, missing) if is_held else (missing, 0))
    assert len(active()) == (total if is_held else total - missing)
    assert len(held()) == list_run.held
    assert Incident.objects.open().filter(cause="deletions_held").count() == is_held


def test_missing_and_inactive_records_count_together(profile: SyncProfile) -> None:
    full(profile, ALL)
    full(profile, range(3, 11), inactive=[3])

    hold = Hold.objects.get()
    assert (hold.missing, hold.inactive, hold.total) == (2, 1, 10)
    assert active() == set(ALL)


def test_other_changes_of_a_held_record_are_stored(profile: SyncProfile) -> None:
    full(profile, ALL)
    read(profile, [record(key, "Eve", "inactive") for key in ALL], size=10)
    assert set(ListItem.objects.values_list("name", "active")) == {("Eve", True)}


def test_confirming_marks_exactly_what_is_held_and_still_missing(profile: SyncProfile, administrator: User) -> None:
    full(profile, ALL)
    full(profile, range(5, 11), inactive=[5, 6])
    partial(profile, [1, 5])

    hold = Hold.objects.get()
    hold_confirm(hold=hold, actor=administrator)
    hold_confirm(hold=hold, actor=administrator)

    assert (gone(), active(), held()) == ({2, 3, 4}, {1, 5, 7, 8, 9, 10}, set())
    assert ItemChange.objects.filter(kind="gone").count() == 3
    event = AuditEvent.objects.get(action="list.deletions_confirmed")
    assert (event.actor_id, event.metadata["marked"]) == (administrator.pk, 4)
    assert not Incident.objects.open().exists()


def test_rejecting_keeps_the_records_and_the_next_full_run_asks_again(
    profile: SyncProfile, administrator: User
) -> None:
    full(profile, ALL)
    full(profile, range(5, 11), inactive=[5])
    hold_reject(hold=Hold.objects.get(), actor=administrator)
    hold_confirm(hold=Hold.objects.get(), actor=administrator)
    partial(profile, [5], inactive=[5])
    assert (active(), held(), decisions()) == (set(ALL), set(), ["rejected"])

    full(profile, range(5, 11), inactive=[5])

    assert (active(), held(), decisions()) == (set(ALL), {1, 2, 3, 4, 5}, ["rejected", ""])


def test_next_full_run_marks_rejected_records_once_they_are_few(profile: SyncProfile, administrator: User) -> None:
    full(profile, ALL)
    full(profile, range(5, 11))
    hold_reject(hold=Hold.objects.get(), actor=administrator)
    full(profile, range(2, 11))
    assert (gone(), decisions()) == ({1}, ["rejected"])


def test_next_full_run_updates_the_hold(profile: SyncProfile) -> None:
    full(profile, ALL)
    full(profile, range(4, 11))
    full(profile, [3, *range(6, 11)])

    hold = Hold.objects.get()
    assert (hold.missing, held(), gone()) == (4, {1, 2, 4, 5}, set())
    assert Incident.objects.open().get().facts["count"] == 4


def test_full_run_that_finds_the_records_again_closes_the_incident(profile: SyncProfile) -> None:
    full(profile, ALL)
    full(profile, range(5, 11))
    full(profile, range(2, 11))

    assert (decisions(), gone(), held()) == (["returned"], {1}, set())
    assert not Incident.objects.open().exists()


def test_partial_run_that_brings_all_held_records_closes_the_incident(profile: SyncProfile) -> None:
    full(profile, ALL)
    full(profile, range(4, 11))
    partial(profile, [1, 2])
    assert decisions() == [""]

    partial(profile, [3])

    assert decisions() == ["returned"]
    assert not Incident.objects.open().exists()


def test_interrupted_run_neither_holds_nor_deletes(profile: SyncProfile, administrator: User) -> None:
    full(profile, ALL)
    run = create_claimed_run(profile, ["reading"])
    list_run = run.lists.get()
    ListRun.objects.filter(pk=list_run.pk).update(fields=list(record(1)))
    list_run.refresh_from_db()
    keep(list_run, records(range(3, 11), inactive=[9, 10]), is_last=False)
    list_run.save()
    run_cancel(run=run, actor=administrator)

    run_finish(run=run)

    list_run.refresh_from_db()
    assert (list_run.state, list_run.deactivated, gone(), decisions()) == ("canceled", 2, set(), [])
    assert active() == set(range(1, 9))


@pytest.mark.parametrize(("percent", "is_held"), [(1, True), (29, True), (30, False), (100, False)])
def test_profile_can_have_its_own_share(profile: SyncProfile, administrator: User, percent: int, is_held: bool) -> None:
    guard_change(profile=profile, percent=percent, actor=administrator)
    full(profile, ALL)
    full(profile, range(4, 11))
    assert Hold.objects.exists() is is_held


@pytest.mark.parametrize("percent", [0, 101])
def test_database_refuses_an_invalid_share(profile: SyncProfile, percent: int) -> None:
    with pytest.raises(IntegrityError, match="deletion_guard_is_a_share"):
        SyncProfile.objects.update(deletion_guard_percent=percent)


def test_run_that_holds_two_lists_sends_each_administrator_one_email(profile: SyncProfile, administrator: User) -> None:
    run = create_claimed_run(profile, ["complete", "complete"])
    run.lists.update(held=12_345)
    for slug in run.lists.values_list("slug", flat=True):
        Hold.objects.create(
            profile=profile, list=slug, missing=12_345, inactive=0, total=20_000, found_at=timezone.now()
        )

    run_finish(run=run)

    assert Incident.objects.open().filter(cause="deletions_held").count() == 2
    email = Email.objects.get(kind="incident_opened", user=administrator)
    assert email.text.count("12,345 of 20,000 records in") == 2


@pytest.mark.parametrize(("language", "count"), [("en", "12,345"), ("fr-ca", "12\xa0345")])
def test_counts_in_an_explanation_are_formatted_in_the_users_language(language: str, count: str) -> None:
    incident = Incident(cause="deletions_held", facts={"count": 12_345, "total": 0})
    with translation.override(language):
        headline = explain(incident).headline

    assert count in headline
    assert "0" in headline.replace(count, "")


@pytest.mark.django_db(transaction=True)
def test_records_that_a_restriction_hides_are_held_and_not_deleted(
    company: Company, settings: Settings, root: OrgUnit
) -> None:
    settings.DELETION_GUARD_RECORDS = 50
    company.sync("full")
    company.control("", users={"Beanworks": {"visible_percent": {"VENDOR": 10}}})

    run = company.sync("full")

    vendors = run.lists.get(slug="vendors")
    assert (run.result, vendors.state, vendors.deactivated) == ("complete", "complete", 0)
    assert vendors.held == Hold.objects.get().missing > 4000
    assert gone() == set()

    company.control("", users={"Beanworks": {"visible_percent": {"VENDOR": 100}}})
    company.sync("full")

    assert (decisions(), company.differences()) == (["returned"], {})
