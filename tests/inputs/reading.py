"""Which values of a request the product reads: a page that reads a new one is covered by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import QueryDict

from core.once import TOKEN


@contextmanager
def names_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names that are looked up in what is sent meanwhile, be it GET or POST: the other one is empty."""
    names: set[str] = set()

    def noting(method: str) -> Any:
        original = getattr(QueryDict, method)

        def lookup(self: QueryDict, name: str, *args: Any, **kwargs: Any) -> Any:
            if len(self):
                names.add(name)
            return original(self, name, *args, **kwargs)

        return lookup

    with monkeypatch.context() as patched:
        for method in ("__getitem__", "__contains__", "getlist"):
            patched.setattr(QueryDict, method, noting(method), raising=False)
        yield names
        names -= {"csrfmiddlewaretoken", TOKEN}
