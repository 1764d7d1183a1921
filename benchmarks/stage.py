"""Sets up what a benchmark needs: its own services, an empty database and a practice company."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.apps import apps
from django.db import connection as database
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import Customer, LegalEntity, OrgUnit
from core.leases import State
from intacct.secret import Secret
from tests.support.processes import answers, wait_until
from tests.support.stack import Practice
from wizard.models import Connection, SyncProfile, Verification
from wizard.verification.secrets import secret_store

COMPANY = "NORTHWIND"
PASSWORD = "the API user's password"


@contextmanager
def set_up() -> Iterator[Practice]:
    """Start the practice company in its own process, and create an empty database."""
    name = database.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with practice_alone() as practice:
            yield practice
    finally:
        database.close()
        database.creation.destroy_test_db(name, verbosity=0)


@contextmanager
def practice_alone() -> Iterator[Practice]:
    # Without a file: each change would save all companies, so that 300 took 26 s of CPU to create.
    with TemporaryDirectory() as folder, Practice(Path(folder), PRACTICE_STATE="") as practice:
        practice.start()
        wait_until(lambda: answers(practice.address), "the practice company answers")
        yield practice


def stored_rows() -> Counter[str]:
    """Return the number of rows of each table. PostgreSQL's own counts are a moment late."""
    return Counter(
        {model._meta.db_table: model._base_manager.count() for model in apps.get_models(include_auto_created=True)}
    )


def create_company(practice: Practice, vendors: int) -> None:
    """Create a company that no client has read yet. Its list exists when this returns."""
    practice.control("reset")
    practice.control("companies", id=COMPANY, scale=1, sizes={"VENDOR": vendors})
    practice.control(f"companies/{COMPANY}/set-up", password=PASSWORD)
    practice.control(f"companies/{COMPANY}/oracle/VENDOR", "GET")


def create_profile(name: str) -> SyncProfile:
    """Create a profile of a new customer, connected to the practice company as after a successful verification."""
    customer = Customer.objects.create(name=name)
    unit = OrgUnit.objects.create(customer=customer, name=name)
    formatting = {"locale": "en_US", "date_format": "/mdY", "clock": "24", "offset_minutes": 0}
    connection = Connection.objects.create(
        customer=customer,
        company_id=COMPANY,
        user_id="Beanworks",
        credentials_saved_at=timezone.now(),
        level="top",
        company={"formatting": formatting},
    )
    secret_store(connection=connection, field="password", secret=Secret(PASSWORD))
    # Verified just now, so that no sync starts with another verification: only the sync is measured.
    Verification.objects.create(connection=connection, state=State.DONE, finished_at=timezone.now())
    return SyncProfile.objects.create(
        connection=connection,
        legal_entity=LegalEntity.objects.create(customer=customer, org_unit=unit, name=name),
        state=SyncProfile.State.APPROVED,
        decided_at=timezone.now(),
    )
