"""No number that PostgreSQL can store in JSON makes a query fail."""

import pytest
from django.db import connection
from django.db.models import JSONField, Value

from core.json_loader import MOST_DIGITS


def read(json: str, json_type: str = "jsonb") -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{json_type}", [json])
        text = cursor.fetchone()[0]
    value: object = JSONField().from_db_value(text, Value(""), connection)
    return value


def test_a_number_that_python_refuses_is_read_as_text(db: None) -> None:
    digits = "9" * (MOST_DIGITS + 1)

    assert read(f'{{"a": [{digits}, -{digits}, 1]}}') == {"a": [digits, f"-{digits}", 1]}


@pytest.mark.parametrize("length", [MOST_DIGITS, MOST_DIGITS + 1, 100_000])
def test_digits_in_a_text_are_read_as_they_are(db: None, length: int) -> None:
    assert read('["' + "9" * length + '"]') == ["9" * length]


def test_too_deep_json_is_read_as_text_in_an_object_or_array(db: None) -> None:
    array, mapping = "[" * 3000 + "]" * 3000, '{"a": ' * 3000 + "1" + "}" * 3000

    assert read(array) == [array]
    assert read(mapping) == {"unreadable": mapping}


@pytest.mark.parametrize("json_type", ["json", "jsonb"])
def test_columns_of_both_types_are_read(db: None, json_type: str) -> None:
    digits = "9" * (MOST_DIGITS + 1)

    assert read(f'{{"a": {digits}}}', json_type) == {"a": digits}


def test_brackets_in_texts_and_many_short_values_are_not_deep(db: None) -> None:
    text = "[" * 300
    assert read(f'["{text}"]') == [text]
    assert read("[" + "[1]," * 300 + "[1]]") == [[1]] * 301
