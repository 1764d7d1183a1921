"""The import of a file with 5,000 lines: `python -m benchmarks.imports`.

Reading the file, the preview and the import itself, for each kind of file, in this process: the seconds, the CPU time
of this process and of its PostgreSQL process, the statements, and the memory that each added at most.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection as database

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.imports.services import import_confirm, import_create
from accounts.models import Import, ImportLine, User
from accounts.tasks import import_run
from benchmarks.cpu import postgres_seconds

HEADINGS = {
    "customers": "customer,customer_external_id,first_legal_entity,time_zone",
    "legal_entities": "customer,legal_entity,below_org_unit",
    "users": "customer,email,name,roles",
}
LINES: dict[str, Callable[[int], str]] = {
    "customers": lambda number: f"Customer {number},C-{number},Books {number},America/Toronto",
    "legal_entities": lambda number: f"Customer {number % 100 + 1},More books {number},Root Org Unit",
    "users": lambda number: f"Customer {number % 100 + 1},user{number}@example.com,User {number},Invoice Exporter",
}


class Statements:
    """Counts the statements that it wraps: a list of them would itself need memory."""

    count = 0

    def __call__(self, execute: Callable[..., object], *arguments: object) -> object:
        self.count += 1
        return execute(*arguments)


@contextmanager
def measured(name: str, lines: int) -> Iterator[None]:
    statements, start = Statements(), time.perf_counter()
    own, postgres, memory = time.process_time(), postgres_seconds(), most_memory()
    with database.execute_wrapper(statements):
        yield
    seconds = time.perf_counter() - start
    print(
        f"{name:26} {seconds:6.1f} s, CPU {time.process_time() - own:5.1f} s + {postgres_seconds() - postgres:5.1f} s, "
        f"{statements.count / lines:5.1f} statements a line, +{most_memory() - memory} MB",
        flush=True,
    )


def most_memory() -> int:
    """The most memory that this process has used so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(kind: str, lines: int, actor: User, *, invites: bool = False) -> None:
    data = "\n".join([HEADINGS[kind], *map(LINES[kind], range(1, lines + 1))]).encode()
    name = f"{kind}{', invited' if invites else ''}"
    with measured(f"{name}: read", lines):
        run = import_create(actor=actor, file_name="file.csv", data=data, invites=invites)
    with measured(f"{name}: preview", lines):
        import_run(run.pk)
    import_confirm(run=Import.objects.get(pk=run.pk), actor=actor)
    with measured(f"{name}: import", lines):
        import_run(run.pk)
    assert ImportLine.objects.filter(run=run, outcome="created").count() == lines


def main(lines: int) -> None:
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        support = User.objects.create_user(email="sam@beanworks.example", name="Sam", kind="support")
        measure("customers", lines, support)
        measure("legal_entities", lines, support)
        measure("users", lines, support)
        User.objects.exclude(pk=support.pk).delete()
        measure("users", lines, support, invites=True)
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5000)
    main(parser.parse_args().lines)
