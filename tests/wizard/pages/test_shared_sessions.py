"""Workers share the session of a sync through the broker, which stores it encrypted."""

import pytest
import redis
from django.conf import settings
from pytest_django.fixtures import Settings

from wizard.services.sessions import SharedSessions

KEY, RECORD = "a" * 64, b"canary-session-7d1e"


@pytest.fixture
def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


@pytest.fixture
def shared(broker: redis.Redis) -> SharedSessions:
    shared = SharedSessions(broker)
    shared.put(KEY, RECORD, 300)
    return shared


def stored_value(broker: redis.Redis) -> bytes:
    stored_value = broker.get(f"intacct-session:{KEY}")
    assert isinstance(stored_value, bytes)
    return stored_value


def test_another_worker_gets_the_session(shared: SharedSessions, broker: redis.Redis) -> None:
    stored = SharedSessions(broker).get(KEY)
    assert stored
    record, seconds = stored
    assert record == RECORD
    assert 290 <= seconds <= 300
    shared.forget(KEY)
    assert SharedSessions(broker).get(KEY) is None


def test_broker_stores_only_encrypted_data_for_a_limited_time(shared: SharedSessions, broker: redis.Redis) -> None:
    assert RECORD not in stored_value(broker)
    assert 290 <= int(str(broker.ttl(f"intacct-session:{KEY}"))) <= 300


def test_session_under_another_key_is_ignored(shared: SharedSessions, broker: redis.Redis) -> None:
    broker.set(f"intacct-session:{'b' * 64}", stored_value(broker), ex=60)
    assert shared.get("b" * 64) is None


@pytest.mark.parametrize("damaged", [b"", b"a", b"a\nb\nc", b"\xff\n\n"])
def test_damaged_session_is_ignored(shared: SharedSessions, broker: redis.Redis, damaged: bytes) -> None:
    broker.set(f"intacct-session:{KEY}", damaged, ex=60)
    assert shared.get(KEY) is None


def test_session_encrypted_with_a_removed_key_is_ignored(shared: SharedSessions, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = ["new:" + "QUFB" * 10 + "QUE="]
    assert shared.get(KEY) is None
