"""What expires, what stays although it is old, and the nightly job that removes it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, User
from core.leases import LeaseLost
from core.models import CacheEntry, Pruning, SentForm
from core.retention import RULES, plan_pruning, prune
from core.tasks import sweep
from mail.models import Email
from tests.support.killed_workers import is_killed
from tests.support.retention import prune_now
from wizard.models import (
    Connection,
    Finding,
    Handover,
    Incident,
    StageProgress,
    SyncProfile,
    TestBill,
    Verification,
)

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=500)
# Without an index on the column: few rows, or those of another package.
# A batch of devices compares all of them with all sessions: 0.35 s with 200,000 of each.
WITHOUT_INDEX = ("devices", "nights", "webhook-secrets")


@pytest.fixture
def connection(customer: Customer) -> Connection:
    return Connection.objects.create(customer=customer, company_id="HILLSIDE", credentials_saved_at=LONG_AGO)


def verification(connection: Connection, days: int, **fields: object) -> Verification:
    at = timezone.now() - timedelta(days=days)
    row = Verification.objects.create(connection=connection, state="done", finished_at=at, **fields)
    Verification.objects.filter(pk=row.pk).update(created_at=at)
    return row


def email(days: int, **fields: object) -> Email:
    at = timezone.now() - timedelta(days=days)
    number = Email.objects.count()
    values = {"state": "done", "finished_at": at, "sent_at": at, "text": "Hello", "html": "<p>Hello"} | fields
    return Email.objects.create(kind="k", dedupe_key=f"{number}", address="a@example.com", language="en", **values)


def sent_forms(count: int) -> None:
    SentForm.objects.bulk_create([SentForm(key=f"{number}", location="/") for number in range(count)])
    SentForm.objects.update(sent_at=LONG_AGO)


REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE unique_violation; END';
    CREATE TRIGGER refuse BEFORE DELETE ON core_sentform FOR EACH ROW
        WHEN (OLD.key = '1') EXECUTE FUNCTION refuse()
"""


# What stays


def test_old_verifications_are_removed_with_their_findings(connection: Connection) -> None:
    old, newest = verification(connection, 100), verification(connection, 95)
    finding = Finding.objects.create(verification=old, check_slug="x", stage="s", position=0, outcome="passed")

    prune_now("verifications")

    assert list(Verification.objects.all()) == [newest]
    assert not Finding.objects.filter(pk=finding.pk).exists()


def test_results_stay_while_a_stored_verification_refers_to_them(connection: Connection) -> None:
    first = verification(connection, 300)
    repeated = [verification(connection, days, same_as=first) for days in (200, 100, 1)]

    prune_now("verifications")

    assert list(Verification.objects.order_by("pk")) == [first, repeated[-1]]


def test_verifications_since_the_last_complete_one_stay(connection: Connection) -> None:
    """The results of a step that was checked alone are still shown."""
    kept = [
        verification(connection, 300),
        verification(connection, 200, checks=["perm.vendors"]),
        verification(connection, 100, blocker="sign_in"),
    ]

    prune_now("verifications")

    assert list(Verification.objects.order_by("pk")) == kept


def test_open_incident_and_recently_closed_one_stay(connection: Connection) -> None:
    def incident(slug: str, closed: int | None) -> Incident:
        closed_at = None if closed is None else timezone.now() - timedelta(days=closed)
        fields = {"cause": "c", "since": LONG_AGO, "closed_at": closed_at}
        return Incident.objects.create(connection=connection, check_slug=slug, **fields)

    open_one, recent, _old = incident("open", None), incident("recent", 399), incident("old", 401)

    prune_now("incidents")

    assert set(Incident.objects.all()) == {open_one, recent}


def test_text_of_an_email_is_removed_before_the_email() -> None:
    fresh, textless, _gone = email(89), email(91), email(401)

    prune_now("email-texts", "emails")

    assert list(Email.objects.order_by("pk").values_list("pk", "text")) == [(fresh.pk, "Hello"), (textless.pk, "")]


def test_email_that_still_waits_stays() -> None:
    waiting = email(500, state="queued", sent_at=None, finished_at=None)

    prune_now("email-texts", "emails")

    assert Email.objects.get(pk=waiting.pk).text


def test_handover_whose_guest_confirmed_a_step_stays(connection: Connection, administrator: User) -> None:
    """The step shows the guest's name."""
    fields = {"connection": connection, "created_by": administrator, "name": "Guy", "expires_at": LONG_AGO}
    confirmed, unused = (
        Handover.objects.create(email=f"{n}@example.com", token_hash=str(n), **fields) for n in range(2)
    )
    StageProgress.objects.create(connection=connection, stage="user_role", attested_by_guest=confirmed)

    prune_now("handovers")

    assert list(Handover.objects.all()) == [confirmed]
    assert unused.pk


def test_open_invitation_stays(root: OrgUnit, administrator: User) -> None:
    def invitation(number: int, expires_in: int) -> Invitation:
        return Invitation.objects.create(
            email=f"{number}@example.com",
            name="Noa",
            customer=root.customer,
            home_org_unit=root,
            token_hash=str(number),
            expires_at=timezone.now() + timedelta(days=expires_in),
        )

    usable, _expired = invitation(1, 3), invitation(2, -3)
    Invitation.objects.update(created_at=LONG_AGO)

    prune_now("invitations")

    assert list(Invitation.objects.all()) == [usable]


def test_test_bill_that_answers_a_check_or_is_in_intacct_stays(connection: Connection, root: OrgUnit) -> None:
    entity = LegalEntity.objects.create(customer=root.customer, org_unit=root, name="Hillside")
    profile = SyncProfile.objects.create(connection=connection, legal_entity=entity)

    def bill(position: int, **fields: object) -> TestBill:
        unique = dict.fromkeys(("number", "control_id", "token_hash"), str(position))
        times = {"expires_at": LONG_AGO, "finished_at": LONG_AGO, "state": "done", "phase": "queued"}
        values = unique | times | fields
        return TestBill.objects.create(connection=connection, profile=profile, position=position, **values)

    _answers_nothing = bill(1)
    _deleted = bill(2, record_no="7", bill_deleted_at=LONG_AGO)
    kept = {bill(3, record_no="8"), bill(4, verified_checks=["custom_field"]), bill(5)}

    prune_now("test-bills")

    assert set(TestBill.objects.all()) == kept


# The job


def test_every_rule_with_days_has_its_setting() -> None:
    assert all(getattr(settings, rule.setting) > 0 for rule in RULES.values() if rule.setting)


@pytest.mark.parametrize("name", sorted({*RULES} - {*WITHOUT_INDEX}))
def test_expired_rows_are_found_by_an_index(name: str) -> None:
    """At 1,000,000 rows PostgreSQL uses it by itself (docs/scale.md). Few rows are read without it."""
    rule = RULES[name]
    rows = rule.rows().values_list("pk", rule.by)[:500]
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert f"Seq Scan on {rows.model._meta.db_table}" not in rows.explain()


def test_rows_that_cannot_be_removed_do_not_keep_others(customer: Customer) -> None:
    sent_forms(3)
    with database.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE unique_violation; END'"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE DELETE ON core_sentform FOR EACH ROW"
            " WHEN (OLD.key = '1') EXECUTE FUNCTION refuse()"
        )

    pruning = prune_now("sent-forms")

    assert list(SentForm.objects.values_list("key", flat=True)) == ["1"]
    assert (pruning.removed, pruning.errors) == ({"sent-forms": 2}, {"sent-forms": "1 rows"})


def test_rule_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sent_forms(1)
    broken = RULES["cache"]
    monkeypatch.setitem(RULES, "cache", type(broken)("cache", broken.expired, "no_such_column"))

    pruning = prune_now("cache", "sent-forms")

    assert not SentForm.objects.exists()
    assert pruning.errors == {"cache": "FieldError"}


def test_job_is_created_once_a_night_after_its_hour(settings: Settings) -> None:
    settings.RETENTION_HOUR = 9
    with travel("2026-11-29T08:59:00Z"):
        plan_pruning()
        assert not Pruning.objects.exists()
    for minute in ("09:01", "09:02", "23:00"):
        with travel(f"2026-11-29T{minute}:00Z"):
            plan_pruning()
    with travel("2026-11-30T09:01:00Z"):
        sweep()
    assert Pruning.objects.count() == 2


def test_night_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.retention.MOST_ROWS", 4)
    monkeypatch.setattr("core.retention.BATCH", 2)
    sent_forms(7)

    prune_now("sent-forms")

    assert SentForm.objects.count() == 3


def test_job_releases_its_row_when_its_time_is_over() -> None:
    sent_forms(1)
    pruning = Pruning.objects.claim(Pruning.objects.create().pk)
    assert pruning

    prune(pruning, seconds=-1)

    pruning.refresh_from_db()
    assert (pruning.state, pruning.lease_token, SentForm.objects.count()) == ("running", None, 1)


def test_job_that_lost_its_lease_removes_nothing() -> None:
    sent_forms(1)
    pruning = Pruning.objects.claim(Pruning.objects.create().pk)
    assert pruning
    Pruning.objects.update(lease_token=None)

    with pytest.raises(LeaseLost):
        prune(pruning)

    assert SentForm.objects.exists()


def test_dry_run_counts_and_removes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    sent_forms(3)

    call_command("prune", dry_run=True)

    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {*RULES}
    assert f"sent-forms                     3  oldest: {LONG_AGO}" in lines
    assert SentForm.objects.count() == 3


def test_command_removes_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    sent_forms(3)

    call_command("prune")

    assert "sent-forms                     3" in capsys.readouterr().out.splitlines()
    assert not SentForm.objects.exists()


def work_through(pruning: Pruning) -> None:
    claimed = Pruning.objects.claim(pruning.pk)
    assert claimed
    prune(claimed)


@pytest.mark.django_db(transaction=True)
def test_job_whose_worker_is_killed_in_every_batch_is_resumed() -> None:
    sent_forms(1_100)
    CacheEntry.objects.bulk_create(
        [CacheEntry(cache_key=str(number), value="", expires=LONG_AGO) for number in range(600)]
    )
    CacheEntry.objects.create(cache_key="later", value="", expires=timezone.now() + timedelta(days=1))
    pruning = Pruning.objects.create(day=timezone.now().date())
    left = []

    # Each worker removes one batch and is killed in the next one, after it removed the rows and before it commits.
    while is_killed(lambda: work_through(pruning), {'UPDATE "core_pruning" SET "removed"': 2}):
        left.append(SentForm.objects.count() + CacheEntry.objects.count())
        Pruning.objects.update(lease_until=None)

    assert left == [1_201, 1_101, 601, 101]
    assert list(CacheEntry.objects.values_list("cache_key", flat=True)) == ["later"]
    assert not SentForm.objects.exists()
    pruning.refresh_from_db()
    assert (pruning.state, pruning.removed["sent-forms"], pruning.removed["cache"]) == ("done", 1_100, 600)
