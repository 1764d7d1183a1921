import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def _small_lists(settings: Settings) -> None:
    """Three of ten records exceed both limits: two records and a fifth."""
    settings.DELETION_GUARD_RECORDS = 2
