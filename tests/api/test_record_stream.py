"""The stream of records, which other services read in one request."""

import gzip
import json
from typing import Any

import pytest

from smartsync.models import RecordStream
from tests.api.client import ApiClient
from tests.api.mirror import Mirror
from tests.smartsync.test_store import read, record
from wizard.models import SyncProfile


def lines_of(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body.decode().splitlines()]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_stream_has_all_pages_and_where_to_go_on(
    api: ApiClient, profile: SyncProfile, path: str, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr("api.records.BATCH", 2)
    read(profile, [record(key) for key in range(1, 6)])
    response = api.get(f"{path}.ndjson?fields=NAME", **{"Accept-Encoding": encoding})
    assert response["Content-Type"] == "application/x-ndjson"
    body = b"".join(response.streaming_content)

    *items, end = lines_of(gzip.decompress(body) if encoding == "gzip" else body)
    assert [(item["key"], item["fields"]) for item in items] == [(key, {"NAME": "Ada"}) for key in range(1, 6)]
    mirror = Mirror(api, path)
    mirror.cursor = end["next_cursor"]
    read(profile, [record(key, "Eve" if key == 2 else "Ada") for key in range(1, 6)])
    assert mirror.follow() == ["changed 2"]


def test_stream_goes_on_from_a_cursor_or_says_that_it_is_too_old(
    api: ApiClient, profile: SyncProfile, path: str
) -> None:
    read(profile, [record(1), record(2)])
    mirror = Mirror(api, path)
    mirror.follow()
    read(profile, [record(1), record(2), record(3)])
    *items, _end = lines_of(b"".join(api.get(f"{path}.ndjson?cursor={mirror.cursor}").streaming_content))
    assert [item["key"] for item in items] == [3]
    RecordStream.objects.update(forgotten=2)
    assert api.get(f"{path}.ndjson?cursor={mirror.cursor}").status_code == 410
    assert api.get(f"{path}.ndjson?limit=2").status_code == 422
