from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)
AT_ONCE = 500


def insert(rows: Iterable[Row]) -> Sequence[Row]:
    """Insert rows of one model as they are, and set their keys.

    `bulk_create` would write the present time into fields such as `created_at`.
    """
    rows = list(rows)
    for start in range(0, len(rows), AT_ONCE):
        _insert(rows[start : start + AT_ONCE])
    return rows


def _insert(rows: Sequence[Any]) -> None:
    model = type(rows[0])
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key and not field.generated]
    keys = model._base_manager.all()._insert(
        rows, fields=fields, using="default", returning_fields=[model._meta.pk], raw=True
    )
    for row, (key,) in zip(rows, keys, strict=True):
        row.pk = key
