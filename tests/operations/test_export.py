"""An export holds all rows of a customer, as of one moment, and expires."""

import csv
import hashlib
import io
import json
from typing import Any
from zipfile import ZipFile

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Customer, OrgUnit, User
from audit.models import AuditEvent
from core.customer_data import exported_tables
from core.errors import Refused
from core.leases import State
from core.work import MOST_FAILURES
from mail.models import Email
from operations.export import export_file, export_request, forget_old_exports
from operations.models import CustomerExport, ExportPart
from operations.tasks import deletion_run, export_run
from tests.operations.filled_customer import execute, filled_customer
from tests.operations.test_deletion import confirmed_deletion, free
from tests.support.killed_workers import is_killed
from tests.wizard.profiles.test_races import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def made_export(customer: Customer, actor: User) -> CustomerExport:
    export = export_request(customer=customer, actor=actor)
    export_run(export.pk)
    export.refresh_from_db()
    assert export.failure == ""
    return export


def opened(export: CustomerExport, actor: User) -> ZipFile:
    data = b"".join(export_file(export, actor))
    assert (len(data), hashlib.sha256(data).hexdigest()) == (export.size, export.digest)
    return ZipFile(io.BytesIO(data))


def rows_of(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(f"{name}.jsonl").decode().splitlines()]


def test_export_holds_every_row_of_every_table_and_their_hashes() -> None:
    customer, users = filled_customer()
    export = made_export(customer, users["support"])

    archive = opened(export, users["support"])
    files = json.loads(archive.read("manifest.json"))["files"]
    assert set(archive.namelist()) == {"README.txt", "manifest.json", *files}
    for table in exported_tables():
        count = table.exported_rows(customer.pk).count()
        lines = list(csv.reader(io.StringIO(archive.read(f"{table.name}.csv").decode("utf-8-sig"))))
        assert (len(rows_of(archive, table.name)), len(lines) - 1) == (count, count)
        assert files[f"{table.name}.csv"]["rows"] == count
    for name, facts in files.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == facts["sha256"]
    assert rows_of(archive, "accounts_customer")[0]["name"] == "Hillside Foods"
    assert {row["customer_id"] for row in rows_of(archive, "audit_auditevent")} == {customer.pk}
    assert export.rows == export.total


def test_emails_to_the_customer_are_in_it_without_links_that_sign_in(administrator: User, support: User) -> None:
    customer = administrator.customer
    assert customer
    emails: dict[str, tuple[str, User | None, str]] = {
        "sent": ("handover", administrator, ""),
        "waits": ("handover", administrator, "link"),
        "body": ("incident_opened", administrator, "2 checks"),
        "guest": ("incident_opened", None, "Hello"),
        "ours": ("incident_opened", support, "They call often."),
    }
    for key, (kind, user, text) in emails.items():
        Email.objects.create(
            kind=kind,
            user=user,
            address=f"{key}@example.com",
            language="en",
            customer=customer,
            text=text,
            dedupe_key=key,
            state="done",
            sent_at=timezone.now(),
        )

    rows = rows_of(opened(made_export(customer, support), support), "mail_email")

    assert {row["address"]: row["text"] for row in rows} == {
        "sent@example.com": "",
        "body@example.com": "2 checks",
        "guest@example.com": "Hello",
    }


def test_requester_is_emailed_once_when_it_is_ready(administrator: User, support: User) -> None:
    assert administrator.customer
    export = made_export(administrator.customer, support)

    email = Email.objects.get(kind="export_ended")
    assert (email.address, "is ready" in email.subject) == (support.email, True)
    assert reverse("operations:customer_data", args=[export.customer_id]) in email.text


def test_requester_is_emailed_if_it_fails(administrator: User) -> None:
    assert administrator.customer
    export = export_request(customer=administrator.customer, actor=administrator)
    CustomerExport.objects.update(failures=MOST_FAILURES + 1)

    export_run(export.pk)

    assert "failed" in Email.objects.get(kind="export_ended").subject
    export.refresh_from_db()
    assert export.is_failed


def test_cell_of_an_export_is_no_formula(support: User) -> None:
    customer = Customer.objects.create(name="=1+1")

    archive = opened(made_export(customer, support), support)

    assert '"\'=1+1"' in archive.read("accounts_customer.csv").decode()


def test_rows_that_are_added_while_it_is_made_are_not_in_it(support: User) -> None:
    customer = Customer.objects.create(name="Northwind")
    OrgUnit.objects.create(customer=customer, name="Root Org Unit")
    # The first table to be read is that of customers.
    execute(
        """
        CREATE FUNCTION add_unit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO accounts_orgunit (customer_id, parent_id, name)
            SELECT customer_id, id, 'late ' || nextval('accounts_orgunit_id_seq') FROM accounts_orgunit LIMIT 1;
            RETURN NULL;
        END $$;
        CREATE TRIGGER add_unit AFTER UPDATE ON operations_customerexport FOR EACH ROW
            WHEN (NEW.rows > OLD.rows) EXECUTE FUNCTION add_unit()
        """
    )
    try:
        archive = opened(made_export(customer, support), support)
    finally:
        execute("DROP FUNCTION add_unit CASCADE")

    assert OrgUnit.objects.count() > 2
    assert [row["name"] for row in rows_of(archive, "accounts_orgunit")] == ["Root Org Unit"]


def test_only_one_export_of_a_customer_is_made_at_once(support: User) -> None:
    customer = Customer.objects.create(name="Northwind")
    export_request(customer=customer, actor=support)

    with pytest.raises(Refused, match="already being made"):
        export_request(customer=customer, actor=support)


def test_file_is_deleted_when_it_expires(support: User) -> None:
    export = made_export(Customer.objects.create(name="Northwind"), support)
    forget_old_exports()
    assert ExportPart.objects.exists()

    CustomerExport.objects.update(expires_at=timezone.now())
    forget_old_exports()
    export.refresh_from_db()
    assert (export.is_available, ExportPart.objects.exists()) == (False, False)


def test_deletion_of_the_customer_ends_the_export(support: User) -> None:
    customer = Customer.objects.create(name="Northwind")
    export = export_request(customer=customer, actor=support)
    execute(
        """
        CREATE FUNCTION delete_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            DELETE FROM operations_customerexport; DELETE FROM accounts_customer; RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER delete_all AFTER UPDATE ON operations_customerexport DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.rows > OLD.rows) EXECUTE FUNCTION delete_all()
        """
    )
    try:
        export_run(export.pk)
    finally:
        execute("DROP FUNCTION delete_all CASCADE")

    assert not CustomerExport.objects.exists()
    assert not ExportPart.objects.exists()


@pytest.mark.parametrize("_round", range(2))
def test_export_and_deletion_at_once_leave_nothing(support: User, _round: int) -> None:
    customer = Customer.objects.create(name="Northwind")
    OrgUnit.objects.create(customer=customer, name="Root Org Unit")
    deletion = confirmed_deletion(customer, support)
    export = export_request(customer=customer, actor=support)

    run_at_once(lambda: export_run(export.pk), lambda: deletion_run(deletion.pk))

    # If a row of the export was added behind the deletion, its next attempt finds it.
    free(deletion)
    deletion_run(deletion.pk)
    deletion.refresh_from_db()
    assert deletion.deleted_at
    for model in (Customer, CustomerExport, ExportPart, Email):
        assert not model._default_manager.exists()


def test_export_whose_worker_is_killed_at_every_page_is_whole(support: User) -> None:
    customer = Customer.objects.create(name="Northwind")
    OrgUnit.objects.create(customer=customer, name="Root Org Unit")
    export = export_request(customer=customer, actor=support)

    # Each worker begins again and gets one page further.
    page = 1
    while is_killed(lambda: export_run(export.pk), {'UPDATE "operations_customerexport" SET "rows"': page}):
        CustomerExport.objects.update(lease_until=None, due_at=None, failures=0)
        page += 1

    export.refresh_from_db()
    assert (export.state, export.attempts, page > 7) == (State.DONE, page, True)
    assert len(rows_of(opened(export, support), "accounts_orgunit")) == 1
    assert AuditEvent.objects.filter(action="export.made").count() == 1
    assert Email.objects.filter(kind="export_ended").count() == 1
