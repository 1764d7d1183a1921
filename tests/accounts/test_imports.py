"""Files of customers, legal entities and users: previewed, confirmed, and imported line by line."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.imports.services import _carry_out, import_confirm, import_create, import_work
from accounts.models import Customer, Import, ImportLine, Invitation, LegalEntity, OrgUnit, User
from accounts.services import Refused, user_deactivate
from accounts.tasks import import_run
from accounts.views.imports import FILE_KINDS
from audit.models import AuditEvent
from core.leases import LeaseLost
from mail.models import Email
from tests.support.processes import wait_until
from tests.support.retention import prune_now
from tests.support.stack import on_own_database
from tests.wizard.pages.reading import words

CUSTOMERS = """customer;customer_external_id;first_legal_entity;time_zone;success_manager_email
Lakeside;C-1;Lakeside Inc.;America/Toronto;CLEO@example.com
Hillside Foods;C-2;;America/Edmonton;
Riverside;;;;
Bad zone;C-4;Bad Inc.;Mars;
lakeside;C-9;;;
"""
ENTITIES = """customer,legal_entity,below_org_unit,time_zone,closed
Hillside Foods,Canada Inc.,Canada,America/Toronto,
Hillside Foods,Yukon Inc.,,,yes
Hillside Foods,Nowhere Inc.,Mars,,
Unknown,X Inc.,,,
"""
USERS = """customer,email,name,roles,home_org_unit
Hillside Foods,new@example.com,Nora New,System Administrator | Invoice Exporter,
Hillside Foods,bo@example.com,Bo Branch,invoice_exporter,Canada
Hillside Foods,ada@example.com,Ada Root,PO Administrator,
Hillside Foods,low@example.com,Low,System Administrator,Canada
Hillside Foods,odd@example.com,Odd,Wizard,
Hillside Foods,sam.seaside@example.com,Sam,,
Hillside Foods,no address,No,,
"""


def planned(actor: User, text: str, *, invites: bool = False) -> Import:
    run = import_create(actor=actor, file_name="file.csv", data=text.encode(), invites=invites)
    import_run(run.pk)
    run.refresh_from_db()
    return run


def carried_out(actor: User, text: str, *, invites: bool = False) -> Import:
    run = planned(actor, text, invites=invites)
    import_confirm(run=run, actor=actor)
    import_run(run.pk)
    run.refresh_from_db()
    return run


def results(run: Import, column: str) -> list[Any]:
    return list(run.lines.order_by("number").values_list(column, flat=True))


def contents() -> list[Any]:
    models = (Customer, OrgUnit, LegalEntity, User, Invitation, AuditEvent, Email)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_preview_says_what_each_line_would_do_and_changes_nothing(
    support: User, success: User, customer: Customer
) -> None:
    before = contents()

    run = planned(support, CUSTOMERS)

    assert run.is_planned
    assert contents() == before
    assert results(run, "plan") == ["created", "changed", "failed", "failed", "failed"]
    assert run.lines.get(number=3).changes == {
        "external_id": ["", "C-2"], "time_zone": ["America/Vancouver", "America/Edmonton"],
    }  # fmt: skip
    assert results(run, "customer") == [None, customer.pk, None, None, None]
    reasons = results(run, "reason")
    assert "first_legal_entity" in reasons[2]
    assert reasons[3] == "time_zone: There is no time zone Mars. Write it as in America/Toronto."
    assert reasons[4] == "This repeats line 2. Remove or correct one of the two."


def test_confirmed_lines_are_carried_out_once(support: User, success: User, customer: Customer) -> None:
    run = carried_out(support, CUSTOMERS)

    assert results(run, "outcome") == ["created", "changed", "failed", "failed", "failed"]
    lakeside = Customer.objects.get(name="Lakeside")
    assert results(run, "customer") == [lakeside.pk, customer.pk, None, None, None]
    assert (lakeside.external_id, lakeside.success_manager, lakeside.time_zone) == ("C-1", success, "America/Toronto")
    with pytest.raises(Refused):
        import_confirm(run=run, actor=support)
    assert AuditEvent.objects.get(action="import.confirmed").metadata["lines"] == 5


@pytest.mark.parametrize("text", [CUSTOMERS, ENTITIES, USERS.replace("PO Administrator", "System Administrator")])
def test_same_file_twice_changes_nothing(
    text: str, support: User, success: User, root: OrgUnit, branch: OrgUnit, administrator: User, stranger: User
) -> None:
    carried_out(support, text)
    before = contents()

    again = planned(support, text)

    assert set(results(again, "plan")) == {"unchanged", "failed"}
    assert contents() == before


def test_legal_entities_are_added_moved_and_closed(support: User, root: OrgUnit, branch: OrgUnit) -> None:
    run = carried_out(support, ENTITIES)

    assert results(run, "outcome") == ["created", "created", "failed", "failed"]
    canada, yukon = LegalEntity.objects.get(name="Canada Inc."), LegalEntity.objects.get(name="Yukon Inc.")
    assert (canada.org_unit.parent, canada.time_zone, canada.closed_at) == (branch, "America/Toronto", None)
    assert (yukon.org_unit.parent, yukon.closed_at is not None) == (root, True)

    changed = carried_out(support, ENTITIES.replace(",Canada,", ",Hillside,").replace(",yes", ",no"))
    assert [line.changes for line in changed.lines.order_by("number")[:2]] == [
        {"below_org_unit": ["Canada", "Hillside"]}, {"closed": ["yes", "no"]},
    ]  # fmt: skip


def test_users_follow_the_rules_of_administration(
    support: User, root: OrgUnit, branch: OrgUnit, administrator: User, stranger: User
) -> None:
    run = carried_out(support, USERS)

    assert results(run, "plan") == ["created", "created", "failed", "failed", "failed", "failed", "failed"]
    assert results(run, "outcome")[:2] == ["created", "created"]
    assert User.objects.get(email="new@example.com").may_administer()
    reasons = results(run, "reason")
    assert "last active System Administrator" in reasons[2]
    assert "must be the Root Org Unit" in reasons[3]
    assert "There is no role Wizard. Choose from: System Administrator, " in reasons[4]
    assert "does not belong to this customer" in reasons[5]
    assert reasons[6].startswith("email: ")


def test_each_cell_of_a_line_has_its_error(support: User, root: OrgUnit) -> None:
    run = planned(support, "customer,email,name,language\nHillside Foods,,,fr\nHillside Foods,,Nora,\n")

    reasons = results(run, "reason")
    assert reasons[0].startswith("email: This field is required. name: This field is required. ")
    assert reasons[0].endswith("language: There is no language fr. Write en or fr-ca.")
    assert reasons[1] == "email: This field is required."


def test_file_with_results_can_be_corrected_and_imported(
    support: User, success: User, customer: Customer, signed_in: Callable[[User], Client]
) -> None:
    run = carried_out(support, CUSTOMERS)
    client, page = signed_in(support), reverse("accounts:import", args=[run.pk])
    assert "Lines with errors are left out." in words(client.get(page))

    address = reverse("accounts:import_csv", args=[run.pk])
    failed = b"".join(client.get(f"{address}?show=failed")).decode()
    again = carried_out(support, failed.replace("Riverside", "Riverside Inc.").replace('"Mars"', '"America/Toronto"'))

    assert results(again, "outcome") == ["failed", "created", "changed"]


def test_new_users_are_invited_if_chosen(support: User, root: OrgUnit, branch: OrgUnit) -> None:
    lines = "".join(f"Hillside Foods,user{number}@example.com,U,,\n" for number in range(3))
    text = USERS.splitlines()[0] + "\n" + lines

    assert planned(support, text, invites=True).outcome_labels["created"] == "Will be invited"
    assert not Invitation.objects.exists()
    assert carried_out(support, text, invites=True).outcome_labels["created"] == "Invited"

    assert Invitation.objects.open().count() == 3
    assert set(results(planned(support, text, invites=True), "plan")) == {"unchanged"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customer,planet\nA,red", "planet"),
        ("email\na@example.com", "name"),
        ("customer", "only headings"),
        ("", "empty"),
    ],
)
def test_file_with_wrong_headings_is_refused(text: str, words: str, support: User) -> None:
    with pytest.raises(Refused, match=words):
        import_create(actor=support, file_name="f", data=text.encode(), invites=False)
    assert not Import.objects.exists()


HOLD_UP = """
    CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(78); RETURN NULL; END';
    CREATE TRIGGER hold_up AFTER INSERT ON accounts_customer FOR EACH ROW
        WHEN (NEW.name = 'Customer 3') EXECUTE FUNCTION hold_up()
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 78 AND NOT granted"


@pytest.fixture
def cursor(transactional_db: None) -> Iterator[Any]:
    """A cursor that holds up every transaction that adds Customer 3."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_UP)
        cursor.execute("SELECT pg_advisory_lock(78)")
        yield cursor
        cursor.execute("SELECT pg_advisory_unlock_all()")
        cursor.execute("DROP FUNCTION hold_up CASCADE")


def is_waiting(cursor: Any) -> bool:
    cursor.execute(WAITING)
    return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("is_confirmed", [False, True])
@pytest.mark.django_db(transaction=True)
def test_import_killed_in_a_line_resumes_with_this_line(cursor: Any, support: User, is_confirmed: bool) -> None:
    names = [f"Customer {number}" for number in range(1, 6)]
    text = "customer,first_legal_entity\n" + "".join(f"{name},E\n" for name in names)
    run = import_create(actor=support, file_name="file.csv", data=text.encode(), invites=False)
    if is_confirmed:
        run.lines.update(plan="created")
        Import.objects.update(state="done")
        import_confirm(run=run, actor=support)
    column = "outcome" if is_confirmed else "plan"

    work = f"from accounts.tasks import import_run; import_run({run.pk})"
    process = subprocess.Popen([sys.executable, "manage.py", "shell", "-c", work], env=on_own_database())
    wait_until(lambda: is_waiting(cursor), "the worker is in the third line")
    process.kill()
    process.wait()
    assert results(run, column) == ["created", "created", "", "", ""]
    cursor.execute("SELECT pg_advisory_unlock(78)")
    # Waits for PostgreSQL to roll back the third line.
    Import.objects.update(lease_until=None)
    import_run(run.pk)

    assert results(run, column) == ["created"] * 5
    assert list(Customer.objects.order_by("pk").values_list("name", flat=True)) == (names if is_confirmed else [])
    assert Import.objects.get().state == "done"


def test_no_line_is_imported_for_a_user_who_was_deactivated_since(support: User, other_support: User) -> None:
    run = planned(support, CUSTOMERS)
    import_confirm(run=run, actor=support)
    run = Import.objects.select_related("created_by").get()
    user_deactivate(user=User.objects.get(pk=support.pk), actor=other_support, reason="Left.")

    with pytest.raises(Refused, match="no longer administer"):
        _carry_out(run, run.lines.get(number=2))


def test_no_one_is_invited_to_a_suspended_customer(support: User, customer: Customer, root: OrgUnit) -> None:
    Customer.objects.filter(pk=customer.pk).update(suspended_at=timezone.now())

    run = carried_out(support, "customer,email,name\nHillside Foods,new@example.com,Nora\n", invites=True)

    assert "suspended" in results(run, "reason")[0]
    assert not Invitation.objects.exists()


def test_worker_that_lost_its_lease_imports_nothing(support: User, success: User, customer: Customer) -> None:
    run = planned(support, CUSTOMERS)
    import_confirm(run=run, actor=support)
    claimed = Import.objects.claim(run.pk)
    assert claimed
    Import.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(days=2))
    import_run(run.pk)  # another worker

    with pytest.raises(LeaseLost):
        import_work(claimed)
    assert results(run, "outcome") == ["created", "changed", "failed", "failed", "failed"]
    assert Customer.objects.filter(name="Lakeside").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_add_each_row_once(support: User) -> None:
    text = "customer,first_legal_entity\n" + "".join(f"Customer {number},E\n" for number in range(8))
    runs = [planned(support, text), planned(support, "\n".join([text.splitlines()[0], *text.splitlines()[:0:-1]]))]
    for run in runs:
        import_confirm(run=run, actor=support)

    def work(run: Import) -> None:
        import_run(run.pk)
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, runs))

    assert Customer.objects.count() == 8
    outcomes = [results(run, "outcome") for run in runs]
    assert sum(outcome == "created" for outcome in [*outcomes[0], *outcomes[1]]) == 8


def test_file_is_uploaded_previewed_and_imported_on_pages(
    support: User, success: User, customer: Customer, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(support)
    file = SimpleUploadedFile("customers.csv", CUSTOMERS.encode("cp1252"), "text/csv")

    uploaded = client.post(reverse("accounts:imports"), {"file": file, "invites": "on"})
    run = Import.objects.get()
    page = uploaded.headers["Location"]
    assert "Preparing the preview" in words(client.get(page))
    import_run(run.pk)
    preview = words(client.get(page))
    for shown in ("Preview: nothing has changed yet", "Import 2 lines", "America/Vancouver → America/Edmonton"):
        assert shown in preview
    assert "Lakeside" not in words(client.get(f"{page}?show=changed"))

    client.post(reverse("accounts:import_start", args=[run.pk]))
    import_run(run.pk)

    assert "Result" in words(client.get(page))
    rows = b"".join(client.get(reverse("accounts:import_csv", args=[run.pk]))).decode()
    assert '"2","created","","Lakeside"' in rows
    assert "This repeats line 2." in rows


def test_template_can_be_imported(support: User, success: User, signed_in: Callable[[User], Client]) -> None:
    for kind in FILE_KINDS:
        response = signed_in(support).get(reverse("accounts:import_template", args=[kind]))
        run = carried_out(support, b"".join(response).decode())
        assert (run.kind, results(run, "outcome")) == (kind, ["created"]), results(run, "reason")


def test_no_other_page_takes_a_file(support: User, signed_in: Callable[[User], Client]) -> None:
    file = SimpleUploadedFile("customers.csv", b"customer\nA", "text/csv")

    assert signed_in(support).post(reverse("accounts:new_customer"), {"file": file}).status_code == 400


def test_lines_are_deleted_after_thirty_days(support: User) -> None:
    run = planned(support, CUSTOMERS)
    prune_now("imports")
    assert ImportLine.objects.exists()

    Import.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=31))
    prune_now("imports")
    assert not ImportLine.objects.exists()
