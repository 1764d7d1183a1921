"""The history of a record: what each list run changed in it."""

from typing import Any

import pytest
from django.utils import timezone

from smartsync.models import ItemChange
from tests.smartsync.test_store import keep, read, reading, record
from wizard.models import SyncProfile


def history(key: int) -> list[tuple[str, Any]]:
    return list(ItemChange.objects.filter(item__key=key).order_by("pk").values_list("kind", "fields"))


def test_first_read_of_a_record_is_no_change(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    read(profile, [record(1), record(2)])
    assert not ItemChange.objects.exists()


def test_changed_field_is_saved_with_its_old_and_new_value(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    again = read(profile, [record(1, "Grace", "inactive"), record(2)])
    assert history(1) == [("changed", {"NAME": ["Ada", "Grace"], "STATUS": ["active", "inactive"]})]
    assert (history(2), ItemChange.objects.get().list_run) == ([], again)


def test_added_or_removed_field_is_saved_as_a_change(profile: SyncProfile) -> None:
    read(profile, [record(1)])
    wider = reading(profile)
    wider.fields = [*wider.fields, "TAXID"]
    keep(wider, [record(1) | {"TAXID": "7"}], is_last=True)
    read(profile, [record(1)])
    assert history(1) == [("changed", {"TAXID": [None, "7"]}), ("changed", {"TAXID": ["7", None]})]


def test_record_that_was_deleted_and_came_back_has_both_changes(profile: SyncProfile) -> None:
    for records in ([record(1), record(2)], [record(1)], [record(1), record(2, "Grace")]):
        read(profile, records)
    assert history(2) == [("gone", {}), ("back", {"NAME": ["Ada", "Grace"]})]


def test_record_that_was_missing_in_the_first_pass_only_has_no_history(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    again = reading(profile)
    keep(again, [record(1)], is_last=True)
    again.low_key = again.read = again.unchanged = 0
    keep(again, [record(1), record(2)], is_last=True)
    assert not ItemChange.objects.exists()


@pytest.mark.parametrize("kind", ["full", "partial"])
def test_changes_are_in_the_order_in_which_they_came(profile: SyncProfile, kind: str) -> None:
    before = timezone.now()
    for name in ("Ada", "Grace", "Joan"):
        read(profile, [record(1, name)], kind=kind)
    assert [fields["NAME"] for _, fields in history(1)] == [["Ada", "Grace"], ["Grace", "Joan"]]
    assert all(change.at > before for change in ItemChange.objects.all())
