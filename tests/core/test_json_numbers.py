"""No number that PostgreSQL can store in JSON makes a query fail."""

import pytest
from django.db import connection
from django.db.models import JSONField, Value

from core.json_numbers import MOST_DIGITS


def read(json: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [json])
        text = cursor.fetchone()[0]
    value: object = JSONField().from_db_value(text, Value(""), connection)
    return value


def test_a_number_that_python_refuses_is_read_as_text(db: None) -> None:
    digits = "9" * (MOST_DIGITS + 1)

    assert read(f'{{"a": [{digits}, -{digits}, 1]}}') == {"a": [digits, f"-{digits}", 1]}


@pytest.mark.parametrize("length", [MOST_DIGITS, MOST_DIGITS + 1, 100_000])
def test_digits_in_a_text_are_read_as_they_are(db: None, length: int) -> None:
    assert read('["' + "9" * length + '"]') == ["9" * length]
