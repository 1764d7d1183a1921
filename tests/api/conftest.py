from pathlib import Path

import pytest

from accounts.models import OrgUnit, User
from tests.api.client import ApiClient, create_token
from tests.operations.conftest import connection  # noqa: F401  (a verified connection in which a permission is missing)
from tests.smartsync.conftest import create_profile
from wizard.models import Connection, SyncProfile


@pytest.fixture
def api(support: User) -> ApiClient:
    """With a key for all customers and with all scopes."""
    return ApiClient(create_token(support))


@pytest.fixture
def profile(connection: Connection, root: OrgUnit) -> SyncProfile:  # noqa: F811  (the imported fixture)
    return create_profile(connection, root, "Hillside US")


@pytest.fixture
def path(profile: SyncProfile) -> str:
    """The address of its records."""
    return f"/sync-profiles/{profile.pk}/records"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Its one test is slow, and schemathesis takes a second to import in every process."""
    return True if collection_path.name == "test_schema.py" and config.getoption("quick") else None
