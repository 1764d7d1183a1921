"""The export of a customer: one archive with all their data, made by a worker.

Each table is a file of JSON lines and a CSV file. The rows are read in one snapshot of the database, so the files agree
with each other even while a sync writes. The archive grows in a temporary file; its parts are stored in one transaction
at the end. A killed worker leaves nothing, and the next one starts from the beginning.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.db.models import Field
from django.db.models.fields.json import JSONField
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from audit.models import AuditEvent
from audit.services import event_record
from core.customer_data import CustomerTable, exported_tables
from core.errors import Refused
from core.queue import publish
from core.spreadsheets import BYTE_ORDER_MARK, neutralize
from mail.services import email_send
from operations.models import CustomerExport, ExportPart

PART = 1 << 20
ROWS = 2_000
AUDIT_LOG = CustomerTable(AuditEvent, "customer_id")
README = """All data that Beanworks Connect has about one customer, as of one moment.

For each table, there is a file with one JSON object a line and a CSV file with the same rows.
manifest.json lists the files with their number of rows and their SHA-256.
Passwords, tokens and other secrets are not included. Neither are notes that Beanworks' staff write for themselves.
"""
Row = tuple[Any, ...]
Fields = list["Field[Any, Any]"]
Writer = Callable[[IO[bytes], Fields, Iterator[list[Row]]], int]


@transaction.atomic
def export_request(*, customer: Customer, actor: User) -> CustomerExport:
    """Queue an export. Raises Refused if one is being made."""
    try:
        with transaction.atomic():
            export = CustomerExport.objects.create(customer=customer, requested_by=actor)
    except IntegrityError:
        raise Refused(_("An export of this customer is already being made.")) from None
    _record("export.requested", export, actor)
    publish(CustomerExport.task, export.pk)
    return export


def export_work(export: CustomerExport) -> None:
    with TemporaryFile() as file:
        _write_archive(export, file)
        _store(export, file)


def export_give_up(export: CustomerExport) -> None:
    export.finish()


def notify_export(export: CustomerExport) -> None:
    """Email its requester that it is ready, or that it failed."""
    if export.requested_by:
        email_send(
            kind="export_ended",
            to=export.requested_by,
            dedupe_key=f"export_ended:{export.pk}",
            context={"export": export},
            link=reverse("operations:customer_data", args=[export.customer_id]),
            customer=export.customer,
        )


def export_file(export: CustomerExport, actor: User) -> Iterator[bytes]:
    """Record the download, and return the file in pieces. Each is read when the one before was sent."""
    _record("export.downloaded", export, actor)
    numbers = export.parts.order_by("number").values_list("number", flat=True)
    return (bytes(export.parts.get(number=number).data) for number in list(numbers))


def forget_old_exports() -> None:
    """Delete the files of exports that have expired."""
    ExportPart.objects.filter(export__expires_at__lte=timezone.now()).delete()


def _record(action: str, export: CustomerExport, actor: User | None, **metadata: Any) -> None:
    event_record(action=action, actor=actor, target=export, customer_id=export.customer_id, **metadata)


def _write_archive(export: CustomerExport, file: IO[bytes]) -> None:
    manifest: dict[str, Any] = {"customer": export.customer_id, "files": {}}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, _snapshot() as cursor_of:
        tables = [*exported_tables(), AUDIT_LOG]
        total = sum(table.exported_rows(export.customer_id).count() for table in tables) * len(WRITERS)
        CustomerExport.objects.filter(pk=export.pk).update(total=total, rows=0)
        manifest["made_at"] = timezone.now().isoformat()

        for table in tables:
            for kind, write in WRITERS.items():
                name = f"{table.name}.{kind}"
                pages = _progress(export, cursor_of(table, export.customer_id))
                with archive.open(name, "w", force_zip64=True) as entry:
                    hashed = Hashed(entry)
                    count = write(hashed, table.exported_fields(), pages)  # type: ignore[arg-type]
                manifest["files"][name] = {"rows": count, "sha256": hashed.digest.hexdigest()}
        archive.writestr("README.txt", README)
        archive.writestr("manifest.json", json.dumps(manifest, indent=2))


class Hashed:
    """A file that computes the SHA-256 of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self.file.write(data)


@contextmanager
def _snapshot() -> Iterator[Callable[[CustomerTable, int], Iterator[list[Row]]]]:
    """Return a function that reads a table, page by page, as all tables were at one moment.

    The snapshot has a connection of its own: the worker's own one renews the lease and writes the progress.
    """
    snapshot = connection.copy()
    snapshot.set_autocommit(False)
    try:
        with snapshot.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # It has no locks that anyone waits for, and does nothing while pages are written to the archive.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield lambda table, customer_pk: _pages(snapshot, table, customer_pk)
    finally:
        snapshot.rollback()
        snapshot.close()


def _pages(snapshot: Any, table: CustomerTable, customer_pk: int) -> Iterator[list[Row]]:
    columns = [field.attname for field in table.exported_fields()]
    rows = table.exported_rows(customer_pk).order_by("pk").values_list(*columns)
    # A cursor of the server: PostgreSQL sends page by page.
    with snapshot.chunked_cursor() as cursor:
        cursor.execute(*rows.query.sql_with_params())
        while page := cursor.fetchmany(ROWS):
            yield page


def _progress(export: CustomerExport, pages: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """Renew the lease and count after every page. Raises LeaseLost."""
    for page in pages:
        yield page
        export.rows += len(page)
        with transaction.atomic():
            export.hold()
            CustomerExport.objects.filter(pk=export.pk).update(rows=export.rows)


def _write_json_lines(file: IO[bytes], fields: Fields, pages: Iterator[list[Row]]) -> int:
    count = 0
    for page in pages:
        for row in page:
            values = {field.attname: _loaded(field, value) for field, value in zip(fields, row, strict=True)}
            file.write(json.dumps(values, ensure_ascii=False, cls=DjangoJSONEncoder).encode() + b"\n")
        count += len(page)
    return count


def _write_csv(file: IO[bytes], fields: Fields, pages: Iterator[list[Row]]) -> int:
    count = 0
    text = io.StringIO(BYTE_ORDER_MARK)
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([field.attname for field in fields])
    for page in pages:
        writer.writerows([[_cell(field, value) for field, value in zip(fields, row, strict=True)] for row in page])
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
        count += len(page)
    file.write(text.getvalue().encode())
    return count


WRITERS: dict[str, Writer] = {"jsonl": _write_json_lines, "csv": _write_csv}


def _loaded(field: "Field[Any, Any]", value: Any) -> Any:
    """Return a value of a JSON column as an object. The cursor returns it as text."""
    return json.loads(value) if isinstance(field, JSONField) and isinstance(value, str) else value


def _cell(field: "Field[Any, Any]", value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return neutralize(str(value))


@transaction.atomic
def _store(export: CustomerExport, file: IO[bytes]) -> None:
    export.hold()
    file.seek(0)
    digest = hashlib.sha256()
    for number, data in enumerate(iter(lambda: file.read(PART), b"")):
        digest.update(data)
        ExportPart.objects.create(export=export, number=number, data=data)

    export.refresh_from_db(fields=["rows", "total"])
    export.size, export.digest = file.tell(), digest.hexdigest()
    export.expires_at = timezone.now() + timedelta(hours=settings.EXPORT_HOURS)
    export.finish()
    _record("export.made", export, None, size=export.size)
    notify_export(export)
