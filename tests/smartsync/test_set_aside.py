"""A record that cannot be stored is set aside with its reason, and everything else is stored."""

import random
import string

import pytest
from django.db import connection

from accounts.models import User
from smartsync.engine.deletions import settle
from smartsync.engine.rows import rows_of
from smartsync.engine.store import page_store
from smartsync.models import ListItem, SetAsideRecord, SyncRun
from smartsync.services import list_retry, run_finish
from tests.smartsync.test_store import keep, read, reading, record, stored
from tests.support.users import signed_in_client
from wizard.models import Incident, SyncProfile

from .company import Company
from .test_services import create_claimed_run

LETTERS = "".join(random.Random(1).choices(string.ascii_letters, k=8_000))
DAMAGES = [
    ({"RECORDNO": str(2**63)}, "key_too_large"),
    ({"RECORDNO": "9" * 39}, "key_too_large"),
    ({"VENDORID": LETTERS}, "code_too_long"),
    ({"VENDORID": "é" * 50 + LETTERS}, "code_too_long"),
    ({"VENDORID": "V\0"}, "characters"),
    ({"NAME": "Ada\0"}, "characters"),
    ({"NAME": "Ada\ud800"}, "characters"),
    ({"STATUS": "\udfff"}, "characters"),
]


@pytest.mark.parametrize(("damage", "reason"), DAMAGES)
def test_only_the_record_that_cannot_be_stored_is_set_aside(
    profile: SyncProfile, damage: dict[str, str], reason: str
) -> None:
    list_run = read(profile, [record(1), record(3), record(2) | damage], size=10)

    assert stored(profile).keys() == {1, 3}
    assert (list_run.new, list_run.set_aside, list_run.read) == (2, 1, 3)
    assert SetAsideRecord.objects.get().reason == reason


@pytest.mark.parametrize("value", ["9" * 5000, "1E+99999", "NaN", "-0", "x" * 100_000, "=1+1", "\u202e"])
def test_odd_value_of_an_ordinary_field_is_stored_as_it_came(profile: SyncProfile, value: str) -> None:
    read(profile, [record(1, value)])
    assert stored(profile) == {1: (value, "active")}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES)
def test_record_that_was_stored_before_it_was_damaged_stays_as_it_was(
    profile: SyncProfile, damage: dict[str, str], reason: str
) -> None:
    read(profile, [record(1), record(2), record(3)])
    again = read(profile, [record(1), record(3, "Grace"), record(2) | damage], size=10)

    assert stored(profile) == {1: ("Ada", "active"), 2: ("Ada", "active"), 3: ("Grace", "active")}
    assert again.deactivated == 0


def test_record_without_its_key_is_recognized_by_its_code(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3), record(4)])
    again = reading(profile)
    page_store(again, rows_of(again, [record(1), record(4)], [record(2) | {"RECORDNO": ""}]), is_last=True)

    assert settle(again, is_complete=True) == 1
    assert stored(profile).keys() == {1, 2, 4}
    assert again.set_aside == 1


def test_page_of_bad_records_only_is_set_aside(profile: SyncProfile) -> None:
    list_run = reading(profile)
    keep(list_run, [record(2**63 + number) for number in range(5)], is_last=True)
    assert (list_run.set_aside, list_run.read, ListItem.objects.count()) == (5, 5, 0)


def test_same_record_is_set_aside_once_when_it_comes_repeatedly(profile: SyncProfile) -> None:
    list_run = reading(profile)
    for _ in range(2):
        page_store(list_run, rows_of(list_run, [], [{"VENDORID": "V2", "NAME": "Ada"}]), is_last=False)
    assert (list_run.set_aside, list_run.read) == (1, 1)


def test_record_that_the_database_refuses_for_an_unforeseen_reason_is_found(profile: SyncProfile) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE smartsync_listitem ADD CHECK (name <> 'Eve')")
    read(profile, [record(key) for key in range(1, 12)])

    again = read(profile, [record(key, "Eve" if key == 5 else "Bo") for key in range(1, 12) if key != 8], size=10)

    assert (again.changed, again.set_aside, again.deactivated) == (9, 1, 1)
    assert stored(profile) == {key: ("Ada" if key == 5 else "Bo", "active") for key in range(1, 12) if key != 8}
    assert SetAsideRecord.objects.get().reason == "refused"


def finish_run(profile: SyncProfile, *damaged: int) -> SyncRun:
    """Finish a full run of one list in which these records were set aside."""
    run = create_claimed_run(profile, ["complete"])
    records = [SetAsideRecord(list_run=run.lists.get(), number=n, fingerprint=bytes([n])) for n in damaged]
    SetAsideRecord.objects.bulk_create(records)
    run_finish(run=run)
    return run


def test_incident_is_opened_when_a_record_is_set_aside_again_and_closed_when_it_is_stored(
    profile: SyncProfile,
) -> None:
    finish_run(profile, 1)
    finish_run(profile, 2)
    assert not Incident.objects.exists()

    finish_run(profile, 2, 3)
    incident = Incident.objects.open().get()
    assert (incident.cause, incident.facts["records"]) == ("records_set_aside", 1)

    finish_run(profile)
    assert not Incident.objects.open().exists()


def test_run_page_names_each_record_with_its_reason(profile: SyncProfile, administrator: User) -> None:
    run = create_claimed_run(profile, ["complete"])
    list_run = run.lists.get()
    list_run.set_aside = list_run.read = list_run.counted_before = list_run.counted_after = 2
    list_run.new = list_run.changed = list_run.unchanged = 0
    list_run.save()
    for number, code in ((9, "<b>V9</b>"), (2**63, "\u202eV10")):
        SetAsideRecord.objects.create(
            list_run=list_run, number=number, code=code, reason="key_too_large", fingerprint=str(number).encode()
        )
    run_finish(run=run)

    page = signed_in_client(administrator).get(f"/smartsync/runs/{run.pk}/").content.decode()

    for words in ("2 records could not be stored", str(2**63), "&lt;b&gt;V9", "Its record number is too large."):
        assert words in page


def test_retried_list_starts_without_records_set_aside(profile: SyncProfile, administrator: User) -> None:
    run = create_claimed_run(profile, ["refused", "complete"])
    list_run = run.lists.get(state="refused")
    SetAsideRecord.objects.create(list_run=list_run, number="7", fingerprint=b"7")
    run_finish(run=run)

    list_retry(list_run=list_run, actor=administrator)

    assert not SetAsideRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "number"), [("large key", 1), ("no key", 2000), ("no key", 4499), ("long code", 2001)]
)
def test_list_completes_without_its_damaged_record(company: Company, kind: str, number: int) -> None:
    company.sync("full")
    company.control("damage", object="VENDOR", kind=kind, number=number)

    run = company.sync("full")

    vendors = run.lists.get(slug="vendors")
    assert (run.result, vendors.state, vendors.set_aside) == ("complete", "complete", 1)
    assert vendors.read == vendors.counted_after == 4500
    assert not ListItem.objects.exclude(deleted_at=None).exists()
