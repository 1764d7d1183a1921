"""The diagnostic bundle: all that support needs, and nothing that must not leave."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from intacct.secret import Secret
from smartsync.models import ListItem, ListRun, SyncRun
from tests.wizard_pages.reading import words
from wizard.models import Connection, StageProgress, StoredSecret, SyncProfile
from wizard.secrets import secret_store

CANARY = "canary-7f3a"


@pytest.fixture
def page(connection: Connection) -> str:
    return reverse("operations:bundle", args=[connection.pk])


@pytest.fixture
def file(connection: Connection) -> str:
    return reverse("operations:bundle_file", args=[connection.pk])


@pytest.fixture
def in_use(claimed: SyncProfile, support: User) -> SyncProfile:
    """A sync of one list was refused; wherever a secret or a record could hide, there is a canary."""
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


def test_it_holds_findings_diagnosis_support_ids_versions_and_timings(
    browser_of_sue: Client, in_use: SyncProfile, page: str
) -> None:
    told = words(browser_of_sue.get(page))
    for each in (
        "PostgreSQL",
        "Sender ID",
        "hillside",
        "right:vendors Failed; BC-302 Vendors in Accounts Payable may not be read",
        "support_id: Xy12",
        "errorno: BL03000130",
        "support_id: Sup-99",
        "took 0.0 s, attempts: 0",
        "Hillside Canada Inc.",
    ):
        assert each in told


def test_the_file_says_the_same(browser_of_sue: Client, in_use: SyncProfile, page: str, file: str) -> None:
    in_use.legal_entity.name = "Hillside & Sons"
    in_use.legal_entity.save()
    answer = browser_of_sue.get(file)
    told = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert "Hillside & Sons" in told
    assert "support_id: Xy12" in told
    assert "Sup-99" in told


def test_no_secret_and_nothing_of_a_list_is_in_it(
    browser_of_sue: Client, in_use: SyncProfile, page: str, file: str
) -> None:
    stored = StoredSecret.objects.get()
    for address in (page, file):
        told = browser_of_sue.get(address).content.decode()
        assert CANARY not in told
        assert stored.key_id not in told


@pytest.mark.parametrize(("name", "action"), [("page", "bundle.made"), ("file", "bundle.downloaded")])
def test_whoever_takes_it_is_in_the_trail(
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


def test_a_new_connection_has_one_too(browser_of_sue: Client, connection: Connection) -> None:
    new = Connection.objects.create(customer=connection.customer)
    assert browser_of_sue.get(reverse("operations:bundle", args=[new.pk])).status_code == 200
