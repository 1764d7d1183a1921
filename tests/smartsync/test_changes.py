"""The history of a record: what each reading changed about it."""

from typing import Any

import pytest
from django.utils import timezone

from smartsync.models import ItemChange
from wizard.models import SyncProfile

from .test_storing import keep, read, reading, record


def history(key: int) -> list[tuple[str, Any]]:
    return list(ItemChange.objects.filter(item__key=key).order_by("pk").values_list("what", "fields"))


def test_a_first_reading_is_no_change(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    read(profile, [record(1), record(2)])
    assert not ItemChange.objects.exists()


def test_a_changed_field_is_noted_with_what_it_was_and_became(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    again = read(profile, [record(1, "Grace", "inactive"), record(2)])
    assert history(1) == [("changed", {"NAME": ["Ada", "Grace"], "STATUS": ["active", "inactive"]})]
    assert (history(2), ItemChange.objects.get().list_run) == ([], again)


def test_a_field_that_came_or_went_is_noted(profile: SyncProfile) -> None:
    read(profile, [record(1)])
    wider = reading(profile)
    wider.fields = [*wider.fields, "TAXID"]
    keep(wider, [record(1) | {"TAXID": "7"}], is_last=True)
    read(profile, [record(1)])
    assert history(1) == [("changed", {"TAXID": [None, "7"]}), ("changed", {"TAXID": ["7", None]})]


def test_a_record_that_went_and_came_back_says_both(profile: SyncProfile) -> None:
    for records in ([record(1), record(2)], [record(1)], [record(1), record(2, "Grace")]):
        read(profile, records)
    assert history(2) == [("gone", {}), ("back", {"NAME": ["Ada", "Grace"]})]


def test_a_record_that_was_missed_and_found_again_in_the_same_run_has_no_history(profile: SyncProfile) -> None:
    read(profile, [record(1), record(2)])
    again = reading(profile)
    keep(again, [record(1)], is_last=True)
    again.reached = again.read = again.unchanged = 0
    keep(again, [record(1), record(2)], is_last=True)
    assert not ItemChange.objects.exists()


@pytest.mark.parametrize("kind", ["full", "partial"])
def test_changes_follow_in_the_order_they_came(profile: SyncProfile, kind: str) -> None:
    before = timezone.now()
    for name in ("Ada", "Grace", "Joan"):
        read(profile, [record(1, name)], kind=kind)
    assert [fields["NAME"] for _, fields in history(1)] == [["Ada", "Grace"], ["Grace", "Joan"]]
    assert all(change.at > before for change in ItemChange.objects.all())
