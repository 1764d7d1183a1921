"""Workers share the sign-in of a sync through the broker, which never sees it."""

import pytest
import redis
from django.conf import settings
from pytest_django.fixtures import Settings

from wizard.gateway import SharedSessions

KEY, RECORD = "a" * 64, b"canary-session-7d1e"


@pytest.fixture
def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


@pytest.fixture
def shared(broker: redis.Redis) -> SharedSessions:
    shared = SharedSessions(broker)
    shared.put(KEY, RECORD, 300)
    return shared


def kept(broker: redis.Redis) -> bytes:
    kept = broker.get(f"intacct-session:{KEY}")
    assert isinstance(kept, bytes)
    return kept


def test_another_worker_finds_the_session(shared: SharedSessions, broker: redis.Redis) -> None:
    stored = SharedSessions(broker).get(KEY)
    assert stored
    record, seconds = stored
    assert record == RECORD
    assert 290 <= seconds <= 300
    shared.forget(KEY)
    assert SharedSessions(broker).get(KEY) is None


def test_the_broker_holds_nothing_readable_and_not_for_long(shared: SharedSessions, broker: redis.Redis) -> None:
    assert RECORD not in kept(broker)
    assert 290 <= int(str(broker.ttl(f"intacct-session:{KEY}"))) <= 300


def test_a_session_under_another_name_does_not_open(shared: SharedSessions, broker: redis.Redis) -> None:
    broker.set(f"intacct-session:{'b' * 64}", kept(broker), ex=60)
    assert shared.get("b" * 64) is None


@pytest.mark.parametrize("spoiled", [b"", b"a", b"a\nb\nc", b"\xff\n\n"])
def test_what_was_spoiled_is_no_session(shared: SharedSessions, broker: redis.Redis, spoiled: bytes) -> None:
    broker.set(f"intacct-session:{KEY}", spoiled, ex=60)
    assert shared.get(KEY) is None


def test_a_session_sealed_by_a_key_since_put_away_is_no_session(shared: SharedSessions, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = ["new:" + "QUFB" * 10 + "QUE="]
    assert shared.get(KEY) is None
