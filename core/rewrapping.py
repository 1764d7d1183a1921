"""Encrypt stored secrets with the current key after the keys were rotated."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.encryption import Undecryptable


def rewrap_rows(rows: "QuerySet[Any]", rewrap_row: Callable[[Any], bool]) -> tuple[int, int]:
    """Call `rewrap_row` for each row, locked, in a transaction of its own.

    rewrap_row: saves the row and returns whether it changed. It raises Undecryptable or ValueError for one that cannot
    be decrypted. Returns how many rows were changed, and how many cannot be decrypted.
    """
    changed = unreadable = 0
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                row = rows.select_for_update().filter(pk=pk).first()
                # None: deleted since its number was read.
                changed += row is not None and rewrap_row(row)
        except (Undecryptable, ValueError):
            unreadable += 1
    return changed, unreadable
