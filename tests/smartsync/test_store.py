"""Storing pages as list items, compared with a plain dictionary that does the same slowly."""

import os
from collections.abc import Sequence
from socket import AF_UNIX, SO_SNDBUF, SOL_SOCKET, socket

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from smartsync.engine.deletions import settle
from smartsync.engine.rows import Rows, rows_of
from smartsync.engine.store import both_ends_store, page_store, upper_page_store
from smartsync.models import ListItem, ListRun, SyncRun
from tests.support.examples import examples
from wizard.models import SyncProfile

FIELDS = ["RECORDNO", "VENDORID", "NAME", "STATUS"]
Company = dict[int, tuple[str, str]]  # key: name, status


def record(key: int, name: str = "Ada", status: str = "active") -> dict[str, str]:
    return {"RECORDNO": str(key), "VENDORID": f"V{key}", "NAME": name, "STATUS": status}


def reading(profile: SyncProfile, kind: str = "full") -> ListRun:
    since = None if kind == "full" else timezone.now()
    run = SyncRun.objects.create(profile=profile, kind=kind, since=since, state="done", result="complete")
    return ListRun.objects.create(
        run=run, position=0, slug="vendors", object="VENDOR", fields=FIELDS, since=since, began_at=timezone.now()
    )


def keep(list_run: ListRun, records: Sequence[dict[str, str]], *, is_last: bool) -> None:
    page_store(list_run, rows_of(list_run, records), is_last=is_last)


def read(profile: SyncProfile, records: Sequence[dict[str, str]], *, kind: str = "full", size: int = 2) -> ListRun:
    """Store a whole list page by page, and complete it."""
    list_run = reading(profile, kind)
    pages = [records[start : start + size] for start in range(0, len(records), size)] or [[]]
    for number, page in enumerate(pages, start=1):
        keep(list_run, page, is_last=number == len(pages))
    if kind == "full":
        list_run.deactivated += settle(list_run, is_complete=True)
    return list_run


def counts(list_run: ListRun) -> tuple[int, int, int, int]:
    return list_run.new, list_run.changed, list_run.unchanged, list_run.deactivated


def stored(profile: SyncProfile) -> Company:
    items = ListItem.objects.present().filter(profile=profile).order_by("key")
    return {item.key: (item.name, item.fields["STATUS"]) for item in items}


def test_record_is_stored_with_code_name_and_every_field(profile: SyncProfile) -> None:
    read(profile, [record(7, "Zoë & Søn <“Ltd”>\t\\N", "inactive")])
    item = ListItem.objects.get()
    assert (item.key, item.code, item.name, item.active) == (7, "V7", "Zoë & Søn <“Ltd”>\t\\N", False)
    assert item.fields == record(7, "Zoë & Søn <“Ltd”>\t\\N", "inactive")


def test_records_of_a_long_list_are_indexed(profile: SyncProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartsync.engine.store.LONG", 2)
    read(profile, [record(1), record(2)])
    assert indexed(profile) == []

    # Intacct has one more. The records that are stored already are indexed too.
    longer = reading(profile)
    longer.counted_before = 3
    keep(longer, [record(1), record(2), record(3)], is_last=True)
    assert indexed(profile) == [1, 2, 3]
    assert counts(longer) == (1, 0, 2, 0)

    read(profile, [record(2, "Grace"), record(4)], kind="partial")
    assert indexed(profile) == [1, 2, 3, 4]


def indexed(profile: SyncProfile) -> list[int]:
    items = ListItem.objects.filter(profile=profile, is_indexed=True)
    return list(items.order_by("key").values_list("key", flat=True))


def test_key_written_as_a_decimal_number_is_that_number(profile: SyncProfile) -> None:
    read(profile, [record(7) | {"RECORDNO": "7.0"}, record(8)])
    assert list(ListItem.objects.order_by("key").values_list("key", flat=True)) == [7, 8]


def test_only_differences_are_written(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    before = dict(ListItem.objects.values_list("key", "changed_at"))
    again = read(profile, [record(1), record(2, "Grace"), record(3)])
    after = dict(ListItem.objects.values_list("key", "changed_at"))
    assert counts(again) == (0, 1, 2, 0)
    assert [key for key in before if before[key] != after[key]] == [2]


def test_local_socket_takes_a_page_at_once(profile: SyncProfile) -> None:
    read(profile, [record(1)])
    with socket(fileno=os.dup(connection.connection.fileno())) as shared, socket(AF_UNIX) as usual:
        larger = shared.getsockopt(SOL_SOCKET, SO_SNDBUF) > usual.getsockopt(SOL_SOCKET, SO_SNDBUF)
        assert larger == (shared.family == AF_UNIX)


def versions() -> list[tuple[int, str]]:
    """The transaction that last wrote each row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, xmin::text || ctid::text FROM smartsync_listitem ORDER BY key")
        rows: list[tuple[int, str]] = cursor.fetchall()
    return rows


def test_page_is_compared_if_only_a_missing_record_is_in_its_range(profile: SyncProfile) -> None:
    read(profile, [record(1), record(3), record(5)])
    again = read(profile, [record(1), record(2), record(4), record(5)])
    assert (counts(again), [*stored(profile)]) == ((2, 0, 2, 1), [1, 2, 4, 5])


def store_ends(list_run: ListRun, lower: Sequence[int], upper: Sequence[int]) -> bool:
    return both_ends_store(list_run, *(rows_of(list_run, [record(key) for key in keys]) for keys in (lower, upper)))


def test_new_records_of_both_ends_are_stored_at_once(profile: SyncProfile) -> None:
    list_run = reading(profile)
    assert store_ends(list_run, [1, 2], [8, 9])
    assert store_ends(list_run, [3], [5, 6])
    assert (list_run.low_key, list_run.high_key, list_run.max_key) == (3, 5, 9)
    assert (counts(list_run), list_run.read, [*stored(profile)]) == ((7, 0, 0, 0), 7, [1, 2, 3, 5, 6, 8, 9])


@pytest.mark.parametrize("known", [1, 5, 9, 12])
def test_ends_are_stored_separately_if_a_record_between_their_checkpoints_is_known(
    profile: SyncProfile, known: int
) -> None:
    read(profile, [record(known)])
    list_run = reading(profile)
    assert not store_ends(list_run, [1, 2], [8, 9])
    assert (list_run.read, [*stored(profile)]) == (0, [known])


@pytest.mark.parametrize(("lower", "upper"), [([1, 2], []), ([], [8]), ([], []), ([1, 2], [2, 3]), ([1, 5], [4, 6])])
def test_ends_without_records_or_with_the_same_ones_are_stored_separately(
    profile: SyncProfile, lower: Sequence[int], upper: Sequence[int]
) -> None:
    list_run = reading(profile)
    assert not store_ends(list_run, lower, upper)
    assert (list_run.read, stored(profile)) == (0, {})


def test_ends_of_a_list_run_that_is_not_stored_are_stored_separately(profile: SyncProfile) -> None:
    list_run = reading(profile, "partial")
    list_run.delete()
    assert list_run.pk is None
    assert not store_ends(list_run, [1, 2], [8, 9])


@pytest.mark.parametrize("bad", [{"NAME": "\0"}, {"NAME": "\ud800"}, {"RECORDNO": str(2**64)}, {"RECORDNO": ""}])
def test_ends_are_stored_separately_if_a_record_cannot_be_stored(profile: SyncProfile, bad: dict[str, str]) -> None:
    list_run = reading(profile)
    good, damaged = record(1), record(9) | bad
    unkeyed = [] if damaged["RECORDNO"] else [damaged]
    upper = rows_of(list_run, [record(8)] if unkeyed else [record(8), damaged], unkeyed)
    assert not both_ends_store(list_run, rows_of(list_run, [good]), upper)
    assert (list_run.read, stored(profile)) == (0, {})
    upper_page_store(list_run, upper)
    keep(list_run, [good], is_last=True)
    assert (list_run.read, list_run.set_aside, [*stored(profile)]) == (3, 1, [1, 8])


def test_row_of_an_unchanged_record_is_not_written(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    before = versions()
    read(profile, [record(1), record(2)])
    assert versions() == before


@pytest.mark.parametrize("statistics", ["none", "of an empty table", "made half way", "of all rows"])
def test_storing_a_page_reads_only_its_part_of_the_list(profile: SyncProfile, statistics: str) -> None:
    """Also with old statistics, since autovacuum may update those that PostgreSQL plans with at any time."""
    many, page = 20_000, 500
    list_run = reading(profile)
    rows = rows_of(list_run, [record(key) for key in range(1, many + 1)]).keyed
    if statistics == "of an empty table":
        analyze_from_outside()
    before, starts = rows_read(), range(0, many, 2_000)
    for start in starts:
        page_store(list_run, Rows(rows[start : start + 2_000]), is_last=False)
        if statistics == "made half way" and start == many // 2:
            analyze_from_outside()
    # The last record, which shows whether the list is indexed.
    assert rows_read() - before <= len(starts)
    if statistics == "of all rows":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE smartsync_listitem")

    before, again = rows_read(), reading(profile)
    keep(again, [record(key, "Eve") for key in range(1, page)], is_last=False)
    keep(again, [record(key) for key in range(page + 1, 2 * page)], is_last=False)

    # Each row is read to find it and to find missing records; changed rows are read once more to write them.
    assert rows_read() - before < 7 * page


def analyze_from_outside() -> None:
    """Analyze as autovacuum does. It sees no uncommitted row of this test, only the size of the table's file."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("ANALYZE smartsync_listitem")
    other.close()


def rows_read() -> int:
    """How many rows of list items this transaction's statements have read so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'smartsync_listitem'"
        )
        rows: int = cursor.fetchone()[0]
    return rows


def test_record_that_became_inactive_counts_as_changed_and_deactivated(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    assert counts(read(profile, [record(1), record(2, status="inactive")])) == (0, 1, 1, 1)
    assert not ListItem.objects.get(key=2).active


@pytest.mark.parametrize("vanished", [1, 2, 3, 4, 5])
def test_missing_record_is_deleted_at_any_position_of_the_list(profile: SyncProfile, vanished: int) -> None:
    read(profile, [record(key) for key in range(1, 6)])
    left = [record(key) for key in range(1, 6) if key != vanished]
    assert counts(read(profile, left)) == (0, 0, 4, 1)
    gone = ListItem.objects.get(key=vanished)
    assert (gone.active, gone.deleted_at is None) == (False, False)


def test_list_that_became_empty_deletes_all_records(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    assert read(profile, []).deactivated == 3
    assert stored(profile) == {}


def test_empty_first_page_from_the_top_stores_no_checkpoint_and_marks_no_record(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    list_run = reading(profile)

    upper_page_store(list_run, rows_of(list_run, []))
    assert (list_run.high_key, list_run.max_key) == (None, None)
    assert not ListItem.objects.filter(missing_since_run__isnull=False).exists()

    # The lower end still reads up to the end of the list, and finds what is missing there.
    keep(list_run, [record(1), record(2)], is_last=True)
    assert settle(list_run, is_complete=True) == 1
    assert stored(profile).keys() == {1, 2}


def test_missing_record_stays_until_the_list_is_complete(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    keep(reading(profile), [record(1), record(3)], is_last=True)
    assert stored(profile).keys() == {1, 2, 3}


def test_record_missing_in_the_first_pass_only_stays(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    again = reading(profile)
    keep(again, [record(1), record(3)], is_last=True)
    again.low_key = again.read = again.new = again.changed = again.unchanged = 0
    keep(again, [record(1), record(2), record(3)], is_last=True)
    assert settle(again, is_complete=True) == 0
    assert stored(profile).keys() == {1, 2, 3}


def test_second_pass_counts_what_the_first_pass_wrote(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    again = reading(profile)
    keep(again, [record(1, "Grace"), record(2), record(3)], is_last=True)
    again.low_key = again.read = again.new = again.changed = again.unchanged = 0
    keep(again, [record(1, "Grace"), record(2), record(3)], is_last=True)
    assert (again.new, again.changed, again.unchanged) == (1, 1, 1)


def test_deleted_record_that_comes_back_is_present(profile: SyncProfile) -> None:
    for records in ([record(1), record(2)], [record(1)], [record(1), record(2)]):
        last = read(profile, records)
    assert counts(last) == (0, 1, 1, 0)
    assert ListItem.objects.get(key=2).active


def test_partial_run_never_marks_a_record_as_deleted(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    assert counts(read(profile, [record(2, "Grace")], kind="partial")) == (0, 1, 0, 0)
    assert stored(profile).keys() == {1, 2, 3}


def test_partial_run_changes_only_records_that_it_received(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2), record(3)])
    before = versions()
    read(profile, [record(3, "Grace")], kind="partial")
    assert versions()[:2] == before[:2]
    assert versions()[2] != before[2]


def test_lists_and_profiles_do_not_mix(profile: SyncProfile, other_profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    read(other_profile, [record(2, "Grace")])
    assert stored(profile) == {1: ("Ada", "active"), 2: ("Ada", "active")}
    assert stored(other_profile) == {2: ("Grace", "active")}


companies = st.dictionaries(
    st.integers(1, 12), st.tuples(st.sampled_from(["Ada", "Grace"]), st.sampled_from(["active", "inactive"]))
)


@pytest.mark.slow
@examples(20)
@given(weeks=st.lists(st.tuples(companies, st.sampled_from(["full", "partial"])), min_size=1), size=st.integers(1, 5))
def test_items_follow_any_history_of_a_company(
    profile: SyncProfile, weeks: list[tuple[Company, str]], size: int
) -> None:
    """A full run leaves exactly the company's records. A partial run adds changes and deletes nothing."""
    ListItem.objects.all().delete()
    model: Company = {}
    for company, kind in weeks:
        sent = company if kind == "full" else {key: company[key] for key in company if company[key] != model.get(key)}
        known = {item.key for item in ListItem.objects.all()}
        list_run = read(profile, [record(key, *sent[key]) for key in sorted(sent)], kind=kind, size=size)
        expected = company if kind == "full" else model | sent
        assert stored(profile) == expected
        assert list_run.new == len(sent.keys() - known)
        assert list_run.read == len(sent)
        model = expected
