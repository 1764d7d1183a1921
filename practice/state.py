"""All practice companies of one process: one lock, one JSON file.

    with store.change() as companies: companies["ACME"].web_services_on = True

All changes inside the block are saved when it ends. If the block raises, the file stays unchanged.
"""

import dataclasses
import json
import tempfile
import threading
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ

from intacct import catalogue
from practice.company import Company

SENDERS = {catalogue.SENDER_ID: environ.FileAwareEnv().str("INTACCT_SENDER_PASSWORD", default="practice-sender")}


class CompanyStore:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.path: Path | None = None
        self.companies: dict[str, Company] = {}
        self.version = 0  # Increases with every change, so that values computed from the state can be cached.

    def open(self, path: Path | None) -> bool:
        """Load the companies saved at `path`, and save all changes there. Return whether there were any."""
        with self.lock:
            self.path = path
            if path and path.exists():
                self.companies = {state["id"]: load(Company, state) for state in json.loads(path.read_text())}
            return bool(self.companies)

    @contextmanager
    def change(self) -> Iterator[dict[str, Company]]:
        with self.lock:
            yield self.companies
            self.version += 1
            self._save()

    def _save(self) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, delete=False) as file:
            file.write(json.dumps([*self.companies.values()], default=plain))
        Path(file.name).replace(self.path)


def plain(value: Any) -> Any:
    """Return a dataclass or a set as JSON knows it.

    Every change saves everything. With dataclasses.asdict, which copies, json.dump and an indent, a save took 46 ms.
    """
    return vars(value) if dataclasses.is_dataclass(value) else sorted(value)


def load(kind: Any, value: Any) -> Any:
    """Convert plain JSON back into the dataclass, or container of dataclasses, given by `kind`."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return typing.cast("Any", kind)(**{name: load(hints[name], part) for name, part in value.items()})
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (dict, Mapping):
        return {key: load(inner[1], part) for key, part in value.items()}
    if origin in (list, set):
        return origin(load(inner[0], part) for part in value)
    if origin is typing.Literal and value not in inner:
        raise ValueError(f"{value} is not one of {', '.join(map(str, inner))}.")
    if origin is types.UnionType and value is not None:
        return load(inner[0], value)
    return value


store = CompanyStore()
