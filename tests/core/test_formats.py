from datetime import UTC, datetime

import pytest
from django.utils.formats import date_format
from django.utils.translation import override


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("TIME_FORMAT", "13 h 40"),
        ("DATETIME_FORMAT", "31 janvier 2026, 13 h 40"),
        ("SHORT_DATETIME_FORMAT", "2026-01-31 13 h 40"),
    ],
)
def test_french_time_uses_h(name: str, shown: str) -> None:
    with override("fr-ca"):
        assert date_format(datetime(2026, 1, 31, 13, 40, tzinfo=UTC), name).replace("\xa0", " ") == shown
