"""Record which values of a request the product reads, so that tests also cover new ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import QueryDict

from core.form_tokens import TOKEN


@contextmanager
def names_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Collect the names that are read from GET or POST data inside the context. The other one of the two is empty."""
    names: set[str] = set()

    def record_names(method: str) -> Any:
        original = getattr(QueryDict, method)

        def lookup(self: QueryDict, name: str, *args: Any, **kwargs: Any) -> Any:
            if len(self):
                names.add(name)
            return original(self, name, *args, **kwargs)

        return lookup

    with monkeypatch.context() as patched:
        for method in ("__getitem__", "__contains__", "getlist"):
            patched.setattr(QueryDict, method, record_names(method), raising=False)
        yield names
        names -= {"csrfmiddlewaretoken", TOKEN}
