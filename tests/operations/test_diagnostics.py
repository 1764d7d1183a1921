"""The diagnostic bundle: it contains what support needs, and no secrets or records."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from intacct.secret import Secret
from smartsync.models import ListItem, ListRun, SyncRun
from tests.wizard.pages.reading import words
from wizard.models import Connection, StageProgress, StoredSecret, SyncProfile
from wizard.verification.secrets import secret_store

CANARY = "canary-7f3a"


@pytest.fixture
def page(connection: Connection) -> str:
    return reverse("operations:diagnostics", args=[connection.pk])


@pytest.fixture
def file(connection: Connection) -> str:
    return reverse("operations:diagnostics_file", args=[connection.pk])


@pytest.fixture
def in_use(claimed: SyncProfile, support: User) -> SyncProfile:
    """A profile whose sync of one list was refused.

    Each place that could leak a secret or a record contains a canary.
    """
    now = timezone.now()
    run = SyncRun.objects.create(
        profile=claimed, kind="full", state="done", result="incomplete", started_at=now, finished_at=now
    )
    ListRun.objects.create(
        run=run,
        position=0,
        slug="vendors",
        object="VENDOR",
        title="Vendors",
        state="refused",
        cause="right_missing",
        facts={"permission": "Vendors", "module": "Accounts Payable", "support_id": "Sup-99", "errorno": "DL02000001"},
    )
    ListItem.objects.create(
        profile=claimed,
        list="vendors",
        key=1,
        code=f"{CANARY}-code",
        name=f"{CANARY}-name",
        fields={"NAME": f"{CANARY}-field"},
        fingerprint=b"1",
        first_seen_at=now,
        changed_at=now,
    )
    secret_store(connection=claimed.connection, field="password", secret=Secret(f"{CANARY}-password"))
    StageProgress.objects.create(connection=claimed.connection, stage="credentials", draft={"x": f"{CANARY}-draft"})
    return claimed


def test_bundle_contains_findings_diagnosis_support_ids_versions_and_timings(
    browser_of_sue: Client, in_use: SyncProfile, file: str
) -> None:
    text = browser_of_sue.get(file).content.decode()
    for expected in (
        "PostgreSQL",
        "Sender ID",
        "hillside",
        "Vendors: Failed; BC-302 A permission for Vendors in Accounts Payable is missing",
        "support_id: Xy12",
        "errorno: BL03000130",
        "support_id: Sup-99",
        "took 0.0 s, attempts: 0",
        "Hillside Canada Inc.",
    ):
        assert expected in text
    # The list was refused before its records were counted.
    assert "0/–/–" in text


def test_page_is_a_summary(browser_of_sue: Client, in_use: SyncProfile, page: str) -> None:
    page_words = words(browser_of_sue.get(page))
    assert "Company ID hillside" in page_words
    assert "What Intacct reported 4 lines" in page_words
    assert "perm.vendors" not in page_words


def test_file_can_be_downloaded(browser_of_sue: Client, in_use: SyncProfile, file: str) -> None:
    in_use.legal_entity.name = "Hillside & Sons"
    in_use.legal_entity.save()
    answer = browser_of_sue.get(file)
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert "Hillside & Sons" in text
    assert "support_id: Xy12" in text
    assert "Sup-99" in text


def test_bundle_contains_no_secret_and_no_record(
    browser_of_sue: Client, in_use: SyncProfile, page: str, file: str
) -> None:
    key_id = bytes(StoredSecret.objects.get().envelope).partition(b"\n")[0].decode()
    for address in (page, file):
        text = browser_of_sue.get(address).content.decode()
        assert CANARY not in text
        assert key_id not in text


@pytest.mark.parametrize(("name", "action"), [("page", "diagnostics.viewed"), ("file", "diagnostics.downloaded")])
def test_viewing_or_downloading_a_bundle_is_in_the_audit_log(
    request: pytest.FixtureRequest,
    browser_of_sue: Client,
    support: User,
    connection: Connection,
    name: str,
    action: str,
) -> None:
    browser_of_sue.get(request.getfixturevalue(name))
    event = AuditEvent.objects.get(action=action)
    assert (event.actor_id, event.target_id, event.customer_id) == (support.pk, connection.pk, connection.customer_id)


def test_new_connection_has_a_bundle(browser_of_sue: Client, connection: Connection) -> None:
    new = Connection.objects.create(customer=connection.customer)
    assert browser_of_sue.get(reverse("operations:diagnostics", args=[new.pk])).status_code == 200
