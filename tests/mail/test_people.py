"""Each kind of mail goes to the people whom it concerns, once, and to nobody at another tenant."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from time_machine import travel

from accounts.limits import use_limit
from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from mail.models import Mail
from mail.services import choices_save, mail_send
from smartsync.models import ListRun, Schedule, SyncRun
from smartsync.services import list_retry, run_finish
from wizard.models import Connection, Finding, SyncProfile, Verification
from wizard.services import (
    incidents_follow,
    profile_answer,
    profile_approve,
    profile_ask,
    profile_claim,
    profile_decline,
    profile_withdraw,
    profiles_request,
)

from .conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _others(customer: Customer, branch: OrgUnit) -> None:
    """Who must get nothing: another tenant's administrator, and somebody at this one who has left."""
    other = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
    person("olga", Role.SYSTEM_ADMINISTRATOR, other)
    gone = person("gus", Role.SYSTEM_ADMINISTRATOR, OrgUnit.objects.get(customer=customer, parent=None))
    User.objects.filter(pk=gone.pk).update(is_active=False)


@pytest.fixture
def connection(customer: Customer, administrator: User) -> Connection:
    made = Connection.objects.create(
        customer=customer,
        created_by=administrator,
        company_id="hillside",
        level="top",
        permission_model="role",
        modules=[],
        credentials_at=timezone.now(),
        company={"entities": [{"id": "200", "name": "Canada"}]},
    )
    verification(made, "passed")
    return made


@pytest.fixture
def entity(customer: Customer, branch: OrgUnit) -> LegalEntity:
    return LegalEntity.objects.create(customer=customer, org_unit=branch, name="Hillside Canada Inc.")


@pytest.fixture
def waiting(connection: Connection, entity: LegalEntity, administrator: User, support: User) -> SyncProfile:
    [profile] = profiles_request(connection=connection, places={entity: ""}, actor=administrator, note="Before May")
    return profile


@pytest.fixture
def claimed(waiting: SyncProfile, support: User) -> SyncProfile:
    profile_claim(profile=waiting, actor=support)
    return waiting


@pytest.fixture
def in_use(connection: Connection, entity: LegalEntity) -> SyncProfile:
    return SyncProfile.objects.create(
        connection=connection, legal_entity=entity, state="approved", decided_at=timezone.now()
    )


def verification(connection: Connection, outcome: str) -> tuple[Verification, list[Finding]]:
    made = Verification.objects.create(connection=connection, state="done", finished_at=timezone.now())
    found = [
        Finding.objects.create(
            verification=made,
            check_slug=slug,
            stage="credentials" if slug in ("gateway", "company", "sign_in") else "user_role",
            position=position,
            outcome=outcome if slug == "perm.vendors" else "passed",
            cause="right_missing" if slug == "perm.vendors" and outcome == "failed" else "",
            facts={"permission": "Vendors", "module": "Accounts Payable", "rights": "View"},
        )
        for position, slug in enumerate(("gateway", "company", "sign_in", "perm.vendors"))
    ]
    return made, found


def got(kind: str) -> list[str]:
    return sorted(Mail.objects.filter(kind=kind).values_list("address", flat=True))


def test_support_learns_of_a_request_once_for_all_its_profiles(
    connection: Connection, entity: LegalEntity, administrator: User, support: User, root: OrgUnit
) -> None:
    other = OrgUnit.objects.create(customer=root.customer, parent=root, name="US")
    second = LegalEntity.objects.create(customer=root.customer, org_unit=other, name="Hillside US")
    profiles_request(connection=connection, places={entity: "", second: "200"}, actor=administrator, note="<b>May</b>")
    mail = Mail.objects.get()
    assert (mail.kind, mail.address, mail.customer) == ("profile_requested", support.email, connection.customer)
    assert mail.subject == "Hillside Foods requests 2 API Sync Profiles"
    assert "- Hillside Canada Inc." in mail.text
    assert "- Hillside US" in mail.text
    assert "/beanworks/queue/" in mail.text
    assert "<b>May</b>" in mail.text
    assert "&lt;b&gt;May&lt;/b&gt;" in mail.html


def test_a_request_that_is_withdrawn_and_made_again_does_not_email_support_each_time(
    connection: Connection, entity: LegalEntity, administrator: User, support: User
) -> None:
    for _time in range(3):
        [profile] = profiles_request(connection=connection, places={entity: ""}, actor=administrator)
        profile_withdraw(profile=profile, actor=administrator)
    profiles_request(connection=connection, places={entity: ""}, actor=administrator)

    assert got("profile_requested") == [support.email]
    assert SyncProfile.objects.for_queue().count() == 1

    SyncProfile.objects.update(state="withdrawn")
    with travel(timezone.now() + timedelta(hours=1, seconds=1)):
        profiles_request(connection=connection, places={entity: ""}, actor=administrator)
    assert got("profile_requested") == [support.email] * 2


def test_one_customer_does_not_fill_the_mailboxes_of_support(
    connection: Connection, entity: LegalEntity, administrator: User, support: User
) -> None:
    for _email in range(20):
        use_limit("profile_request_emails_by_customer", connection.customer_id)

    profiles_request(connection=connection, places={entity: ""}, actor=administrator)

    assert got("profile_requested") == []
    assert SyncProfile.objects.for_queue().count() == 1


def test_a_question_goes_to_whoever_asked_and_the_root_administrators_and_its_answer_back_to_support(
    claimed: SyncProfile, administrator: User, support: User, root: OrgUnit, branch: OrgUnit
) -> None:
    person("rita", Role.SYSTEM_ADMINISTRATOR, root)
    person("ben", Role.SYSTEM_ADMINISTRATOR, branch)
    person("ines", Role.INVOICE_ADMINISTRATOR, root)
    User.objects.create(email="sam@example.com", name="Sam", kind=User.Kind.SUPPORT)
    profile_ask(profile=claimed, actor=support, question="Which books?")
    profile_answer(profile=claimed, actor=administrator, answer="The Canadian ones.")
    assert got("information_asked") == ["ada@example.com", "rita@example.com"]
    assert got("information_given") == ["sue@example.com"]
    assert "Which books?" in Mail.objects.filter(kind="information_asked")[0].text
    assert "The Canadian ones." in Mail.objects.get(kind="information_given").text


@pytest.mark.parametrize("decision", ["approved", "declined"])
def test_a_decision_goes_to_the_customer(claimed: SyncProfile, support: User, decision: str) -> None:
    if decision == "approved":
        profile_approve(profile=claimed, actor=support)
    else:
        profile_decline(profile=claimed, actor=support, reason="The books are being closed.")
    [mail] = Mail.objects.filter(kind=f"profile_{decision}")
    assert mail.address == "ada@example.com"
    assert ("The books are being closed." in mail.text) == (decision == "declined")


def test_what_breaks_is_told_once_to_root_administrators_and_the_success_manager(
    in_use: SyncProfile, customer: Customer, branch: OrgUnit
) -> None:
    person("ben", Role.SYSTEM_ADMINISTRATOR, branch)
    customer.success_manager = User.objects.create(
        email="cleo@example.com", name="Cleo", kind=User.Kind.CUSTOMER_SUCCESS, language="fr-ca"
    )
    customer.save()
    connection = Connection.objects.get()
    for _ in range(2):
        made, found = verification(connection, "failed")
        incidents_follow(verification=made, found=found)
    assert got("incident_opened") == ["ada@example.com", "cleo@example.com"]
    english, french = Mail.objects.filter(kind="incident_opened").order_by("address")
    assert "Vendors in Accounts Payable may not be read" in english.text
    assert f"/connection/{connection.pk}/user_role/" in english.text
    assert ('lang="en"' in english.html, 'lang="fr-ca"' in french.html) == (True, True)


@pytest.fixture
def schedule(in_use: SyncProfile, branch: OrgUnit) -> Schedule:
    maker = person("paul", Role.PO_ADMINISTRATOR, branch)
    return Schedule.objects.create(
        profile=in_use, days=[1], at="06:00", time_zone="America/Vancouver", created_by=maker
    )


def run_of(profile: SyncProfile, schedule: Schedule | None, state: str = "refused") -> SyncRun:
    now = timezone.now()
    run = SyncRun.objects.create(
        profile=profile, kind="partial", since=now, schedule=schedule, scheduled_for=now if schedule else None
    )
    ListRun.objects.create(
        run=run, position=1, slug="bills", object="APBILL", title="Bills", state="complete",
        counted_before=0, counted_after=0,
    )  # fmt: skip
    ListRun.objects.create(
        run=run, position=2, slug="vendors", object="VENDOR", title="Vendors", state=state, cause="right_missing",
        facts={"permission": "Vendors", "module": "Accounts Payable"},
    )  # fmt: skip
    return run


def finish(run: SyncRun) -> None:
    held = SyncRun.objects.claim(run.pk)
    assert held
    run_finish(run=held)


def test_a_refused_list_of_a_scheduled_sync_is_told_once_to_those_who_reach_the_legal_entity(
    in_use: SyncProfile, schedule: Schedule, root: OrgUnit, branch: OrgUnit, administrator: User
) -> None:
    elsewhere = OrgUnit.objects.create(customer=root.customer, parent=root, name="US")
    person("uma", Role.SYSTEM_ADMINISTRATOR, elsewhere)
    person("ben", Role.SYSTEM_ADMINISTRATOR, branch)
    person("ines", Role.INVOICE_ADMINISTRATOR, branch)
    run = run_of(in_use, schedule)
    finish(run)
    assert got("sync_failed") == ["ada@example.com", "ben@example.com", "paul@example.com"]
    mail = Mail.objects.filter(kind="sync_failed")[0]
    assert mail.subject == "The scheduled sync of Hillside Canada Inc. lacks some lists"
    assert "- Vendors: Refused. Vendors in Accounts Payable may not be read" in mail.text
    assert f"/smartsync/runs/{run.pk}/" in mail.text
    retried = list_retry(list_run=run.lists.get(slug="vendors"), actor=administrator)
    retried.lists.filter(slug="vendors").update(state="refused", cause="right_missing")
    finish(retried)
    assert len(got("sync_failed")) == 3


def test_a_schedules_maker_who_no_longer_reaches_the_legal_entity_is_told_nothing(
    in_use: SyncProfile, schedule: Schedule, root: OrgUnit
) -> None:
    elsewhere = OrgUnit.objects.create(customer=root.customer, parent=root, name="US")
    User.objects.filter(email="paul@example.com").update(home_org_unit=elsewhere)
    finish(run_of(in_use, schedule))
    assert got("sync_failed") == ["ada@example.com"]


def test_a_sync_that_a_person_started_or_that_went_well_is_not_mailed(in_use: SyncProfile, schedule: Schedule) -> None:
    finish(run_of(in_use, None))
    finish(run_of(in_use, schedule, "not_applicable"))
    assert not Mail.objects.exists()


def test_times_are_the_readers_own(in_use: SyncProfile, schedule: Schedule, administrator: User) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone="Asia/Tokyo")
    finish(run_of(in_use, schedule))
    assert "(JST)" in Mail.objects.get(address="ada@example.com").text
    assert "(P" in Mail.objects.get(address="paul@example.com").text


def send(to: User | str, once: str = "1") -> Mail | None:
    return mail_send(kind="profile_declined", to=to, once=once, context={})


def test_the_same_occasion_is_written_once_for_each_address(administrator: User, support: User) -> None:
    assert send(administrator)
    assert send(administrator) is None
    assert send("guest@example.com")
    assert send(administrator, "2")


def test_what_is_rolled_back_is_never_mailed(administrator: User) -> None:
    with transaction.atomic():
        send(administrator)
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_nobody_gets_what_they_chose_to_do_without(administrator: User) -> None:
    choices_save(person=administrator, wanted=["incident_opened"])
    assert send(administrator) is None
    choices_save(person=administrator, wanted=["profile_declined"])
    assert send(administrator)


def test_a_bare_address_is_offered_no_choice(administrator: User) -> None:
    to_person, to_guest = send(administrator), send("guest@example.com")
    assert to_person
    assert to_guest
    assert "/account/mail/" in to_person.text
    assert "/account/mail/" not in to_guest.text
