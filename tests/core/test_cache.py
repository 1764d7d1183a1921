import pytest
from django.core.cache import cache

from core.models import CacheEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("damage", ["", "%", "!!!!", "AAAA", "gASVAAAAAAAAAAA=", "🙂"])
def test_a_row_that_cannot_be_read_counts_as_missing(damage: str) -> None:
    cache.set("tries", 3)
    CacheEntry.objects.update(value=damage)

    assert cache.get("tries", 0) == 0
    cache.set("tries", 1)
    assert cache.get("tries") == 1
