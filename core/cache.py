"""Django's cache in the database, in which a row that cannot be read counts as missing."""

import logging
from collections.abc import Iterable
from pickle import PickleError
from typing import Any

from django.core.cache.backends.db import DatabaseCache

log = logging.getLogger(__name__)


class ReadableCache(DatabaseCache):
    """The cache counts tries at signing in: one damaged row must not keep its users out until it expires."""

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        keys = list(keys)
        try:
            found: dict[str, Any] = super().get_many(keys, version)
        except (ValueError, TypeError, LookupError, EOFError, AttributeError, ImportError, PickleError):
            log.warning("Entries of the cache could not be read and were removed")
            self.delete_many(keys, version)
            return {}
        return found
