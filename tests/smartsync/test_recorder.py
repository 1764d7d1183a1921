"""When a list is complete, is read once more, or ends with a cause: with a database, without Intacct."""

import pytest

from intacct.errors import ErrorText, FieldUnknown, NoAnswerInTime
from smartsync.engine.list_state import Task
from smartsync.engine.reading import ListReading, resume
from smartsync.engine.rows import rows_of
from smartsync.models import ListItem, ListRun
from wizard.models import SyncProfile

from .test_store import read, reading, record


def read_two_records(profile: SyncProfile, *, counted_before: int) -> ListReading:
    list_reading = resume(reading(profile), None)
    rows = rows_of(list_reading.list_run, [record(1), record(2)])
    list_reading.recorder.store_low(rows, total=counted_before, is_last=True)
    return list_reading


def test_list_is_complete_if_both_counts_equal_the_records_read(profile: SyncProfile) -> None:
    list_reading = read_two_records(profile, counted_before=2)
    list_reading.recorder.settle(2)
    assert ListRun.objects.get().state == ListRun.State.COMPLETE


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2)])
def test_list_whose_counts_differ_is_read_from_its_start_once_more(
    profile: SyncProfile, before: int, after: int
) -> None:
    list_reading = read_two_records(profile, counted_before=before)
    list_reading.state.task = None

    list_reading.recorder.settle(after)

    list_run = ListRun.objects.get()
    assert (list_run.state, list_run.pass_number, list_run.low_key, list_run.read) == ("reading", 2, 0, 0)
    assert list_reading.state.task is Task.PAGE


def test_list_whose_counts_differ_twice_is_incomplete(profile: SyncProfile) -> None:
    list_reading = read_two_records(profile, counted_before=2)
    list_reading.list_run.pass_number = 2

    list_reading.recorder.settle(3)

    list_run = ListRun.objects.get()
    assert (list_run.state, list_run.cause) == ("incomplete", "counts_differ")
    assert list_run.facts == {"read": 2, "counted": 3}


def refuse(name: str) -> FieldUnknown:
    words = f"The following fields cannot be queried : [VENDOR: [{name}] ]"
    return FieldUnknown(layer="result", errors=[ErrorText("XL03000006", description2=words)])


def test_list_is_read_from_its_start_without_a_refused_field(profile: SyncProfile) -> None:
    list_reading = read_two_records(profile, counted_before=2)

    list_reading.recorder.leave_out(["NAME"], refuse("NAME"))

    list_run = ListRun.objects.get()
    assert (list_run.fields, list_run.low_key) == (["RECORDNO", "VENDORID", "STATUS"], 0)
    assert [warning["names"] for warning in list_run.warnings] == [["NAME"]]


def test_list_ends_if_a_field_it_needs_is_refused(profile: SyncProfile) -> None:
    list_reading = read_two_records(profile, counted_before=2)

    list_reading.recorder.leave_out(["VENDORID"], refuse("VENDORID"))

    list_run = ListRun.objects.get()
    assert (list_run.state, list_run.facts["fields"]) == ("refused", "VENDORID")


def test_list_without_a_reply_has_failed(profile: SyncProfile) -> None:
    read_two_records(profile, counted_before=2).recorder.end_with(NoAnswerInTime())
    assert ListRun.objects.get().state == ListRun.State.FAILED


@pytest.mark.parametrize("known", [None, 1, 9])
def test_pages_of_a_transaction_are_stored_as_one_for_each_end(profile: SyncProfile, known: int | None) -> None:
    read(profile, [record(known)] if known else [])
    recorder = resume(reading(profile), None).recorder
    list_run = recorder.list_run

    recorder.store_high(rows_of(list_run, [record(8), record(9)]), is_last=False)
    recorder.store_low(rows_of(list_run, [record(1), record(2)]), total=7, is_last=False)
    recorder.store_high(rows_of(list_run, [record(6), record(7)]), is_last=False)
    recorder.store_low(rows_of(list_run, [record(3)]), total=None, is_last=True)
    recorder.save()
    assert ListItem.objects.count() == bool(known)
    recorder.flush()

    list_run.refresh_from_db()
    assert (list_run.low_key, list_run.high_key, list_run.max_key, list_run.read) == (3, 6, 9, 7)
    assert (list_run.new, list_run.unchanged) == ((6, 1) if known else (7, 0))
    # If all are new, one revision for both ends. The page with the known record is compared by itself.
    upper, lower = {None: (1, 1), 1: (2, 3), 9: (2, 3)}[known]
    revisions = {key: lower if key < 4 else upper for key in (1, 2, 3, 6, 7, 8, 9)}
    if known:
        revisions[known] = 1
    assert dict(ListItem.objects.values_list("key", "revision")) == revisions


@pytest.mark.parametrize("lower_is_last", [True, False])
def test_only_records_between_the_pages_of_both_ends_are_missing(profile: SyncProfile, lower_is_last: bool) -> None:
    read(profile, [record(key) for key in range(1, 10)])
    recorder = resume(reading(profile), None).recorder
    list_run = recorder.list_run

    recorder.store_high(rows_of(list_run, [record(8), record(9)]), is_last=False)
    recorder.store_low(rows_of(list_run, [record(1)]), total=6, is_last=False)
    recorder.store_low(rows_of(list_run, [record(2), record(3)]), total=None, is_last=lower_is_last)
    if not lower_is_last:
        recorder.store_high(rows_of(list_run, [record(7)]), is_last=True)
    recorder.save()
    recorder.flush()

    missing = ListItem.objects.filter(missing_since_run=list_run.pk).values_list("key", flat=True)
    assert sorted(missing) == ([4, 5, 6, 7] if lower_is_last else [4, 5, 6])
    assert (list_run.unchanged, list_run.changed) == (5 if lower_is_last else 6, 0)
