"""Records by the API: a copy that follows the cursor is equal to what is stored."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django.fixtures import Settings

from api import waiting
from api.cursors import cursor_of
from audit.models import AuditEvent
from smartsync.models import ListItem, RecordStream
from tests.api.client import ApiClient
from tests.api.mirror import Mirror
from tests.smartsync.test_store import read, record
from tests.support.processes import ROOT
from tests.support.retention import prune_now
from wizard.models import SyncProfile

GUIDE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def stored(**filters: object) -> dict[int, dict[str, str]]:
    return {item.key: item.fields for item in ListItem.objects.present().filter(**filters)}


def test_first_call_gives_all_that_exists_and_then_only_changes_come(
    api: ApiClient, profile: SyncProfile, path: str
) -> None:
    read(profile, [record(1), record(2), record(3), record(4), record(5)])
    read(profile, [record(1), record(2), record(3), record(5)])
    mirror = Mirror(api, path)
    assert mirror.follow() == ["added 1", "added 2", "added 3", "added 5"]
    assert mirror.follow() == []

    read(profile, [record(1), record(2, "Grace"), record(5), record(6)])
    assert mirror.follow() == ["changed 2", "added 6", "deleted 3"]
    assert mirror.records == stored()


def test_changes_between_two_pages_are_not_missed(api: ApiClient, profile: SyncProfile, path: str) -> None:
    read(profile, [record(key) for key in range(1, 8)])
    changes = iter(
        [
            [record(key, "Eve" if key == 1 else "Ada") for key in range(1, 8)],
            [record(key) for key in range(2, 9)],
            [record(key) for key in range(1, 9) if key != 8],
        ]
    )
    mirror = Mirror(api, path)
    mirror.follow(between=lambda: read(profile, rows) if (rows := next(changes, None)) else None)
    assert next(changes, None) is None
    assert mirror.records == stored()


def test_records_from_before_there_were_revisions_come_too(api: ApiClient, profile: SyncProfile, path: str) -> None:
    read(profile, [record(1), record(2), record(3)])
    ListItem.objects.update(revision=0)
    RecordStream.objects.all().delete()
    mirror = Mirror(api, path)
    mirror.follow()
    read(profile, [record(1, "Eve"), record(3)])
    assert mirror.follow() == ["changed 1", "deleted 2"]
    assert mirror.records == stored()


def test_record_has_what_the_list_has_of_it(api: ApiClient, profile: SyncProfile, path: str) -> None:
    read(profile, [record(7, "Zoë “Ltd”")])
    item = Mirror(api, path).page()["data"][0]
    assert item.pop("first_seen_at").endswith("Z")
    assert item.pop("changed_at").endswith("Z")
    assert item == {
        "change": "added",
        "list": "vendors",
        "key": 7,
        "code": "V7",
        "name": "Zoë “Ltd”",
        "active": True,
        "revision": 1,
        "deleted_at": None,
        "fields": record(7, "Zoë “Ltd”"),
    }


def test_filters_choose_lists_fields_and_active_records(api: ApiClient, profile: SyncProfile, path: str) -> None:
    read(profile, [record(1), record(2, status="inactive"), record(3)])
    ListItem.objects.filter(key=3).update(list="items")
    assert Mirror(api, path, "&list=vendors&fields=NAME,NOTHING").follow() == ["added 1", "added 2"]
    assert Mirror(api, path, "&fields=NAME,NOTHING").page()["data"][0]["fields"] == {"NAME": "Ada"}
    assert Mirror(api, path, "&fields=NOTHING").page()["data"][0]["fields"] == {}
    assert Mirror(api, path, "&active=false").follow() == ["added 2"]


def test_copy_of_active_records_loses_those_that_become_inactive(
    api: ApiClient, profile: SyncProfile, path: str
) -> None:
    read(profile, [record(1), record(2), record(3, status="inactive")])
    mirror = Mirror(api, path, "&active=true")
    assert mirror.follow() == ["added 1", "added 2"]
    read(profile, [record(1, status="inactive"), record(2), record(3)])
    mirror.follow()
    assert mirror.records == stored(active=True)


@pytest.mark.parametrize(
    "query", ["limits=2", "limit=0", "limit=1001", "wait=31", "list=%00", "fields=%20", "active=maybe", "limit=2&x="]
)
def test_unknown_parameters_and_values_are_refused(api: ApiClient, path: str, query: str) -> None:
    response = api.get(f"{path}?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_fields")
    assert response.json()["errors"][0]["parameter"] in query


def test_cursor_of_another_profile_or_filter_is_refused(api: ApiClient, profile: SyncProfile, path: str) -> None:
    cursor = Mirror(api, path).page()["next_cursor"]
    forged = [
        cursor_of(content)
        for content in (
            1,
            [],
            [profile.pk, None, None, 1, 2, 3],
            ["", profile.pk, None, None, 1, 2],
            ["", profile.pk, None, None, -1, 0, 0],
        )
    ]
    for query in [
        f"cursor={cursor}&list=vendors",
        f"cursor={cursor}&active=true",
        *(f"cursor={text}" for text in forged),
    ]:
        response = api.get(f"{path}?{query}")
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor"), query


def delete_long_ago(key: int) -> None:
    ListItem.objects.filter(key=key).update(deleted_at=timezone.now() - timedelta(days=91))


def test_cursor_from_before_a_forgotten_deletion_must_start_again(
    api: ApiClient, profile: SyncProfile, path: str
) -> None:
    read(profile, [record(1), record(2), record(3)])
    late, early = Mirror(api, path), Mirror(api, path)
    late.follow()
    early.cursor = early.page()["next_cursor"]  # in the middle of its first pages
    read(profile, [record(1), record(3)])
    prompt = Mirror(api, path)
    prompt.follow()
    delete_long_ago(2)
    prune_now("deleted-records")

    for mirror in (late, early):
        response = api.get(f"{path}?cursor={mirror.cursor}")
        assert (response.status_code, response.json()["code"]) == (410, "cursor_too_old")
    read(profile, [record(1), record(2), record(3)])
    assert prompt.follow() == ["added 2"]
    assert prompt.records == stored()


def test_deleted_records_stay_for_their_time(api: ApiClient, profile: SyncProfile, settings: Settings) -> None:
    read(profile, [record(1), record(2)])
    read(profile, [record(1)])
    prune_now("deleted-records")
    assert ListItem.objects.count() == 2

    delete_long_ago(2)
    settings.DELETED_RECORDS_DAYS = 92
    prune_now("deleted-records")
    assert ListItem.objects.count() == 2

    settings.DELETED_RECORDS_DAYS = 90
    prune_now("deleted-records")
    prune_now("deleted-records")
    assert ListItem.objects.count() == 1
    event = AuditEvent.objects.get(action="list.records_removed")
    assert (event.customer_id, event.metadata["records"]) == (profile.connection.customer_id, 1)


def test_cursor_from_before_a_backup_was_restored_must_start_again(
    api: ApiClient, profile: SyncProfile, path: str
) -> None:
    read(profile, [record(1), record(2), record(3)])
    mirror = Mirror(api, path)
    mirror.follow()
    RecordStream.objects.update(revision=1)
    assert api.get(f"{path}?cursor={mirror.cursor}").status_code == 410


def test_no_cursor_works_after_the_generation_was_changed(
    api: ApiClient, profile: SyncProfile, path: str, settings: Settings
) -> None:
    """After a restore, syncs write the revisions that a reader has seen, with other records."""
    read(profile, [record(1)])
    mirror = Mirror(api, path)
    mirror.follow()
    settings.RECORDS_GENERATION = "2026-03-28"

    response = api.get(f"{path}?cursor={mirror.cursor}")

    assert (response.status_code, response.json()["code"]) == (410, "cursor_too_old")
    mirror.cursor = ""
    mirror.follow()
    assert mirror.follow() == []


class Session:
    """As much of `requests.Session` as the guide uses, with two records on each page."""

    def __init__(self, api: ApiClient) -> None:
        self.api = api

    def get(self, url: str, params: dict[str, str | None]) -> Any:
        sent = {name: value for name, value in params.items() if value is not None}
        return self.api.get(f"{url}?{urlencode({**sent, 'limit': 2})}")


def test_ten_lines_of_the_guide_keep_a_copy(api: ApiClient, profile: SyncProfile, path: str) -> None:
    guide: dict[str, Any] = {}
    exec(GUIDE.findall((ROOT / "docs" / "api.md").read_text())[0], guide)
    follow = guide["follow"]
    copy: dict[int, Any] = {}

    read(profile, [record(key) for key in range(1, 6)])
    cursor = follow(Session(api), path, copy, None)
    read(profile, [record(1, "Eve"), record(2), record(5), record(6)])
    follow(Session(api), path, copy, cursor)
    assert copy == stored()


def test_page_needs_the_same_number_of_queries_for_any_number_of_records(
    api: ApiClient, profile: SyncProfile, path: str, django_assert_max_num_queries: Any
) -> None:
    read(profile, [record(key) for key in range(1, 101)], size=50)
    with django_assert_max_num_queries(6):
        assert len(Mirror(api, path).page(1000)["data"]) == 100


@pytest.mark.django_db(transaction=True)
def test_waiting_request_gets_a_change_and_uses_no_connection_before(
    api: ApiClient, profile: SyncProfile, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(profile, [record(1)])
    mirror = Mirror(api, path)
    mirror.follow()
    is_waiting, go_on, connected = Event(), Event(), []

    def pause(seconds: float) -> None:
        connected.append(database.connection is not None)
        is_waiting.set()
        go_on.wait(10)

    monkeypatch.setattr(waiting, "sleep", pause)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(api.get, f"{path}?wait=20&cursor={mirror.cursor}")
        assert is_waiting.wait(10)
        read(profile, [record(1), record(2)])
        go_on.set()
        data = answer.result().json()["data"]
        thread.submit(lambda: database.close()).result()  # of that thread
    assert [item["key"] for item in data] == [2]
    assert {*connected} == {False}


def test_no_change_and_too_many_waiting_requests_end_the_wait(
    api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: Iterable[float] = iter([0.0, 1.0, 21.0])
    monkeypatch.setattr(waiting, "monotonic", lambda: next(times))  # type: ignore[call-overload]
    monkeypatch.setattr(waiting, "sleep", lambda seconds: None)
    assert api.get(f"{path}?wait=20").json()["data"] == []

    while waiting.WAITERS.acquire(blocking=False):
        pass
    try:
        assert api.get(f"{path}?wait=20").json()["data"] == []  # the times above are used up
    finally:
        waiting.WAITERS.release(16)


@pytest.mark.usefixtures("transactional_db")
def test_choice_of_plan_ends_with_the_query(api: ApiClient, profile: SyncProfile) -> None:
    assert api.get(f"/sync-profiles/{profile.pk}/records").status_code == 200
    with database.cursor() as cursor:
        cursor.execute("SHOW enable_bitmapscan")
        assert cursor.fetchone() == ("on",)
