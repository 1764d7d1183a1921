import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.intacct.company import Company
from tests.intacct.gateway import Gateway
from tests.support.valkey import own_valkey

SCHEMA = Path(os.environ.get("INTACCT_SCHEMA", Path(__file__).parents[3] / "shared/intacct/api.xsd"))
"""Sage's request schema. We may not distribute it, so its tests run only where a copy exists."""
collect_ignore = [] if SCHEMA.exists() else ["test_schema.py"]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway().running() as gateway:
        yield gateway


@pytest.fixture
def company(gateway: Gateway) -> Company:
    return Company(gateway)


@pytest.fixture(scope="session")
def valkey() -> Iterator[redis.Redis]:
    """A real broker for these tests only."""
    with own_valkey() as server:
        yield server.client


@pytest.fixture
def broker(valkey: redis.Redis) -> redis.Redis:
    valkey.flushall()
    return valkey
