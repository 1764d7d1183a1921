import pytest

from accounts.models import User
from tests.api.client import ApiClient, create_token
from tests.operations.conftest import connection  # noqa: F401  (a verified connection in which a permission is missing)


@pytest.fixture
def api(support: User) -> ApiClient:
    """With a key for all customers and with all scopes."""
    return ApiClient(create_token(support))
