"""Keep Django's cache in the database, and treat a row that cannot be read as missing."""

import logging
from collections.abc import Iterable
from pickle import PickleError
from typing import Any

from django.core.cache.backends.db import DatabaseCache

log = logging.getLogger(__name__)


class ReadableCache(DatabaseCache):
    """Cache in the database. It counts attempts to sign in, so a damaged row must not block users until it expires."""

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """Return the entries by key. Delete all of them if one cannot be read."""
        keys = list(keys)
        try:
            entries: dict[str, Any] = super().get_many(keys, version)
        except (ValueError, TypeError, LookupError, EOFError, AttributeError, ImportError, PickleError):
            log.warning("Entries of the cache could not be read and were removed")
            self.delete_many(keys, version)
            return {}
        return entries
