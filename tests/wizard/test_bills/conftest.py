from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LegalEntity, User
from accounts.models.users import DEFAULT_ZONE
from core.broker import broker
from smartsync.models import ListItem
from tests.wizard.practice_connection import PracticeConnection
from wizard.models import Connection, SyncProfile, TestBill
from wizard.services import send_test_bill
from wizard.tasks import test_bill_run as run_test_bill

from .circumstances import Circumstance

RECORDS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("vendors", "V1", "Acme Paper", {"ONHOLD": "true"}),
    ("vendors", "V2", "Acme Print", {}),
    ("vendors", "V3", "Birch Mail", {}),
    ("accounts", "1000", "Cash", {"ACCOUNTTYPE": "balancesheet", "NORMALBALANCE": "debit"}),
    ("accounts", "6000", "Paper", {"ACCOUNTTYPE": "incomestatement", "NORMALBALANCE": "debit", "REQUIREDEPT": "true"}),
    ("accounts", "6100", "Postage", {"ACCOUNTTYPE": "incomestatement", "NORMALBALANCE": "debit"}),
    ("departments", "D1", "Sales", {}),
    ("locations", "100", "Vancouver", {}),
)
LISTS = {"VENDORID": "vendors", "ACCOUNTNO": "accounts"}


class Bills:
    """Sends test bills of a profile to the practice company, and looks at what it has."""

    def __init__(self, company: PracticeConnection, profile: SyncProfile, actor: User) -> None:
        self.company, self.profile, self.actor = company, profile, actor

    def chosen(self, **more: str) -> dict[str, str]:
        vendor = self.first("VENDOR", "VENDORID", STATUS="active", ONHOLD="false")
        account = self.first("GLACCOUNT", "ACCOUNTNO", STATUS="active", REQUIREDEPT="false", REQUIRELOC="false")
        today = timezone.localdate(timezone=ZoneInfo(DEFAULT_ZONE))  # as the user's form has it
        return {"VENDORID": vendor, "ACCOUNTNO": account, "WHENCREATED": today.isoformat()} | more

    def request(self, **more: str) -> TestBill:
        latest = TestBill.objects.latest_of(self.profile.connection)
        return send_test_bill(
            profile=self.profile,
            actor=self.actor,
            chosen=self.chosen(**more),
            after=latest.position if latest else 0,
            confirm=True,
        )

    def send(self, **more: str) -> TestBill:
        """Send a test bill, with the work done in this process."""
        return self.work(self.request(**more))

    def work(self, test: TestBill) -> TestBill:
        """Let a worker take the test, as often as it wants to. The pauses between attempts are skipped."""
        while TestBill.objects.active().filter(pk=test.pk).exists():
            TestBill.objects.filter(pk=test.pk).update(due_at=None)
            run_test_bill(test.pk)
        return self.fresh(test)

    def fresh(self, test: TestBill) -> TestBill:
        return TestBill.objects.get(pk=test.pk)

    def in_intacct(self) -> list[dict[str, Any]]:
        """The test bills that the company has."""
        return [row for row in self.rows("APBILL", "RECORDID", "STATE", "BEANWORKS", "DESCRIPTION") if _is_test(row)]

    def count(self) -> int:
        """How many bills the company has, also if they have no custom field."""
        return len(self.rows("APBILL", "RECORDID"))

    def rows(self, name: str, *fields: str) -> list[dict[str, Any]]:
        shown = self.company.control("oracle", objects={name: list(fields)})
        return list(shown[name]["records"])

    def store_records(self, **chosen: str) -> None:
        """Store what a sync would: the vendor and the account that tests choose."""
        now = timezone.now()
        for name, code in (self.chosen() | chosen).items():
            if slug := LISTS.get(name):
                details = {
                    "key": ListItem.objects.count(),
                    "name": f"The first of {slug}",
                    "fields": {"ACCOUNTTYPE": "incomestatement", "NORMALBALANCE": "debit"},
                    "fingerprint": b"1",
                    "first_seen_at": now,
                    "changed_at": now,
                }
                ListItem.objects.get_or_create(profile=self.profile, list=slug, code=code, defaults=details)

    def forget_sessions(self) -> None:
        for key in broker().scan_iter("intacct-session:*"):
            broker().delete(key)

    def first(self, name: str, code: str, **wanted: str) -> str:
        rows = self.rows(name, code, *wanted)
        return next(str(row[code]) for row in rows if all(str(row[part]) == text for part, text in wanted.items()))

    def state(self) -> dict[str, Any]:
        """The state of the practice company."""
        state: dict[str, Any] = self.company.practice.control(f"companies/{self.company.id}", "GET")
        return state

    @contextmanager
    def under(self, circumstance: Circumstance) -> Iterator[dict[str, str]]:
        """Put the practice company and the connection into a circumstance. Yields what to choose for the bill there."""
        before, connection = self.state(), Connection.objects.get()
        self.company.control("", **circumstance.company)
        self.company.control("permissions", revoke=circumstance.revoked)
        if circumstance.is_number_taken:
            self.send().delete()
        if circumstance.fault:
            self.company.control("fault", **circumstance.fault)
        SyncProfile.objects.update(entity_id=circumstance.entity_id)
        Connection.objects.update(company=connection.company | circumstance.known)
        records = {
            name: self.first(name_of, name, **values) for name, (name_of, values) in circumstance.records.items()
        }
        try:
            yield self.chosen(**records, **circumstance.typed)
        finally:
            Connection.objects.update(company=connection.company)
            self.company.remove_fault()
            self.company.control("permissions", grant=["bills"])
            self.company.control("", **{name: before[name] for name in circumstance.company})


def _is_test(row: dict[str, Any]) -> bool:
    return "Test of the connection" in str(row["DESCRIPTION"])


@pytest.fixture
def bills(in_use: PracticeConnection, administrator: User, no_waits_between_tries: None) -> Bills:
    profile = SyncProfile.objects.get()
    profile.first_synced_at = timezone.now() - timedelta(hours=1)
    profile.save()
    return Bills(in_use, profile, administrator)


@pytest.fixture
def profile(connection: Connection, legal_entity: LegalEntity) -> SyncProfile:
    now = timezone.now()
    Connection.objects.filter(pk=connection.pk).update(
        company_id="ACME", user_id="Beanworks", credentials_saved_at=now, first_synced_at=now
    )
    profile = SyncProfile.objects.create(
        connection=connection, legal_entity=legal_entity, state="approved", decided_at=now, first_synced_at=now
    )
    for key, (slug, code, name, fields) in enumerate(RECORDS):
        ListItem.objects.create(
            profile=profile,
            list=slug,
            key=key,
            code=code,
            name=name,
            fields=fields,
            fingerprint=b"1",
            first_seen_at=now,
            changed_at=now,
        )
    return profile


@pytest.fixture
def ada(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client
