"""Each kind of email goes once to the right users, and never to a user of another customer."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from time_machine import travel

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from accounts.rate_limits import use_limit
from mail.models import Email
from mail.services import choices_save, email_send
from smartsync.models import MissedRun, Schedule
from smartsync.services import list_retry, missed_runs_notify
from tests.support.users import create_user
from wizard.models import Connection, SyncProfile
from wizard.services import (
    profile_answer,
    profile_approve,
    profile_ask,
    profile_decline,
    profile_withdraw,
    profiles_request,
    update_incidents,
)

from .occasions import finish, run_of, verification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _others(customer: Customer, branch: OrgUnit) -> None:
    """Users who must get no email: the administrator of another customer, and a deactivated user of this one."""
    other = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
    create_user("Olga", Role.SYSTEM_ADMINISTRATOR, home=other)
    gone = create_user("Gus", Role.SYSTEM_ADMINISTRATOR, home=OrgUnit.objects.get(customer=customer, parent=None))
    User.objects.filter(pk=gone.pk).update(is_active=False)


def got(kind: str) -> list[str]:
    return sorted(Email.objects.filter(kind=kind).values_list("address", flat=True))


def test_support_gets_one_email_for_all_profiles_of_a_request(
    connection: Connection, entity: LegalEntity, administrator: User, support: User, root: OrgUnit
) -> None:
    other = OrgUnit.objects.create(customer=root.customer, parent=root, name="US")
    second = LegalEntity.objects.create(customer=root.customer, org_unit=other, name="Hillside US")
    profiles_request(
        connection=connection, entity_ids={entity: "", second: "200"}, actor=administrator, note="<b>May</b>"
    )
    email = Email.objects.get(kind="profile_requested")
    assert (email.address, email.customer) == (support.email, connection.customer)
    assert email.subject == "Hillside Foods requests 2 API Sync Profiles"
    assert "- Hillside Canada Inc." in email.text
    assert "- Hillside US" in email.text
    assert "/beanworks/queue/" in email.text
    assert "<b>May</b>" in email.text
    assert "&lt;b&gt;May&lt;/b&gt;" in email.html


def test_requester_gets_a_receipt(waiting: SyncProfile, administrator: User, support: User) -> None:
    email = Email.objects.get(kind="request_received")
    assert (email.address, email.subject) == (
        administrator.email, "We received your request for Hillside Canada Inc.",
    )  # fmt: skip
    assert "> Before May" in email.text


def test_repeated_withdrawn_requests_do_not_email_support_each_time(
    connection: Connection, entity: LegalEntity, administrator: User, support: User
) -> None:
    for _time in range(3):
        [profile] = profiles_request(connection=connection, entity_ids={entity: ""}, actor=administrator)
        profile_withdraw(profile=profile, actor=administrator)
    profiles_request(connection=connection, entity_ids={entity: ""}, actor=administrator)

    assert got("profile_requested") == [support.email]
    assert SyncProfile.objects.for_queue().count() == 1

    SyncProfile.objects.update(state="withdrawn")
    with travel(timezone.now() + timedelta(hours=1, seconds=1)):
        profiles_request(connection=connection, entity_ids={entity: ""}, actor=administrator)
    assert got("profile_requested") == [support.email] * 2


def test_requests_of_one_customer_email_support_only_up_to_a_limit(
    connection: Connection, entity: LegalEntity, administrator: User, support: User
) -> None:
    for _email in range(20):
        use_limit("profile_request_emails_by_customer", connection.customer_id)

    profiles_request(connection=connection, entity_ids={entity: ""}, actor=administrator)

    assert got("profile_requested") == []
    assert SyncProfile.objects.for_queue().count() == 1


def test_question_goes_to_the_requester_and_root_administrators_and_its_answer_to_support(
    claimed: SyncProfile, administrator: User, support: User, root: OrgUnit, branch: OrgUnit
) -> None:
    create_user("Rita", Role.SYSTEM_ADMINISTRATOR, home=root)
    create_user("Ben", Role.SYSTEM_ADMINISTRATOR, home=branch)
    create_user("Ines", Role.INVOICE_ADMINISTRATOR, home=root)
    User.objects.create(email="sam@example.com", name="Sam", kind=User.Kind.SUPPORT)
    profile_ask(profile=claimed, actor=support, question="Which books?")
    profile_answer(profile=claimed, actor=administrator, answer="The Canadian ones.")
    assert got("information_asked") == ["ada@example.com", "rita@example.com"]
    assert got("information_given") == ["sue@example.com"]
    assert "Which books?" in Email.objects.filter(kind="information_asked")[0].text
    assert "The Canadian ones." in Email.objects.get(kind="information_given").text


@pytest.mark.parametrize("decision", ["approved", "declined"])
def test_a_decision_goes_to_the_customer(claimed: SyncProfile, support: User, decision: str) -> None:
    if decision == "approved":
        profile_approve(profile=claimed, actor=support)
    else:
        profile_decline(profile=claimed, actor=support, reason="The books are being closed.")
    [email] = Email.objects.filter(kind=f"profile_{decision}")
    assert email.address == "ada@example.com"
    assert ("The books are being closed." in email.text) == (decision == "declined")


def test_incident_is_emailed_once_to_root_administrators_and_the_success_manager(
    in_use: SyncProfile, customer: Customer, branch: OrgUnit
) -> None:
    create_user("Ben", Role.SYSTEM_ADMINISTRATOR, home=branch)
    customer.success_manager = User.objects.create(
        email="cleo@example.com", name="Cleo", kind=User.Kind.CUSTOMER_SUCCESS, language="fr-ca"
    )
    customer.save()
    connection = Connection.objects.get()
    for _ in range(2):
        run, findings = verification(connection, "failed")
        update_incidents(verification=run, findings=findings)
    assert got("incident_opened") == ["ada@example.com", "cleo@example.com"]
    english, french = Email.objects.filter(kind="incident_opened").order_by("address")
    assert "A permission for Vendors in Accounts Payable is missing" in english.text
    assert f"/connection/{connection.pk}/user_role/" in english.text
    assert ('lang="en"' in english.html, 'lang="fr-ca"' in french.html) == (True, True)


def test_refused_list_of_a_scheduled_sync_is_emailed_once_to_users_of_the_legal_entity(
    in_use: SyncProfile, schedule: Schedule, root: OrgUnit, branch: OrgUnit, administrator: User
) -> None:
    elsewhere = OrgUnit.objects.create(customer=root.customer, parent=root, name="US")
    create_user("Uma", Role.SYSTEM_ADMINISTRATOR, home=elsewhere)
    create_user("Ben", Role.SYSTEM_ADMINISTRATOR, home=branch)
    create_user("Ines", Role.INVOICE_ADMINISTRATOR, home=branch)
    run = run_of(in_use, schedule)
    finish(run)
    assert got("sync_failed") == ["ada@example.com", "ben@example.com", "paul@example.com"]
    email = Email.objects.filter(kind="sync_failed")[0]
    assert email.subject == "The scheduled sync of Hillside Canada Inc. is incomplete"
    assert "- Vendors: Refused. A permission for Vendors in Accounts Payable is missing" in email.text
    assert f"/smartsync/runs/{run.pk}/" in email.text
    retried = list_retry(list_run=run.lists.get(slug="vendors"), actor=administrator)
    retried.lists.filter(slug="vendors").update(state="refused", cause="right_missing")
    finish(retried)
    assert len(got("sync_failed")) == 3


def test_creator_of_a_schedule_without_access_to_the_legal_entity_gets_no_email(
    in_use: SyncProfile, schedule: Schedule, root: OrgUnit
) -> None:
    elsewhere = OrgUnit.objects.create(customer=root.customer, parent=root, name="US")
    User.objects.filter(email="paul@example.com").update(home_org_unit=elsewhere)
    finish(run_of(in_use, schedule))
    assert got("sync_failed") == ["ada@example.com"]


def test_manual_or_successful_sync_sends_no_email(in_use: SyncProfile, schedule: Schedule) -> None:
    finish(run_of(in_use, None))
    finish(run_of(in_use, schedule, "not_applicable"))
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("state", "subject"), [("complete", "is complete"), ("refused", "is incomplete"), ("failed", "is incomplete")]
)
def test_user_who_started_the_first_sync_learns_how_it_ended(
    in_use: SyncProfile, administrator: User, state: str, subject: str
) -> None:
    first = run_of(in_use, None, state, kind="full", requested_by=administrator)
    finish(first)

    [email] = Email.objects.filter(kind="first_sync_ended")
    assert (email.address, email.subject) == (administrator.email, f"The first sync of Hillside Canada Inc. {subject}")


def test_later_full_sync_sends_no_email(in_use: SyncProfile, administrator: User) -> None:
    for _ in range(2):
        finish(run_of(in_use, None, "complete", kind="full", requested_by=administrator))

    assert got("first_sync_ended") == [administrator.email]


def missed(schedule: Schedule, reason: str = "refused") -> MissedRun:
    return MissedRun.objects.create(schedule=schedule, due_at=timezone.now(), reason=reason)


def test_missed_sync_is_emailed_once_for_its_reason_until_a_sync_starts(
    in_use: SyncProfile, schedule: Schedule
) -> None:
    for _ in range(2):
        missed(schedule)
        missed_runs_notify()
    assert got("sync_missed") == ["ada@example.com", "paul@example.com"]
    email = Email.objects.filter(kind="sync_missed")[0]
    assert "The reason: Intacct refused the sign-in." in " ".join(email.text.split())
    assert f"/smartsync/{in_use.pk}/schedules/" in email.text

    finish(run_of(in_use, None, "not_applicable"))
    missed(schedule)
    missed_runs_notify()
    assert len(got("sync_missed")) == 4


def test_old_missed_sync_is_not_emailed(schedule: Schedule) -> None:
    MissedRun.objects.create(schedule=schedule, due_at=timezone.now() - timedelta(days=4), reason="late")
    missed_runs_notify()
    assert not Email.objects.exists()


def test_times_are_in_the_readers_time_zone(in_use: SyncProfile, schedule: Schedule, administrator: User) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone="Asia/Tokyo")
    finish(run_of(in_use, schedule))
    assert "(JST)" in Email.objects.get(address="ada@example.com").text
    assert "(P" in Email.objects.get(address="paul@example.com").text


def send(to: User | str, dedupe_key: str = "1") -> Email | None:
    return email_send(kind="profile_declined", to=to, dedupe_key=dedupe_key, context={})


def test_each_occasion_is_emailed_once_to_each_address(administrator: User, support: User) -> None:
    assert send(administrator)
    assert send(administrator) is None
    assert send("guest@example.com")
    assert send(administrator, "2")


def test_email_is_not_sent_after_a_rollback(administrator: User) -> None:
    with transaction.atomic():
        send(administrator)
        transaction.set_rollback(True)
    assert not Email.objects.exists()


def test_turned_off_kind_is_not_sent(administrator: User) -> None:
    choices_save(user=administrator, wanted=["incident_opened"])
    assert send(administrator) is None
    choices_save(user=administrator, wanted=["profile_declined"])
    assert send(administrator)


def test_email_to_an_address_without_a_user_offers_no_choices(administrator: User) -> None:
    to_person, to_guest = send(administrator), send("guest@example.com")
    assert to_person
    assert to_guest
    assert "/account/emails/" in to_person.text
    assert "/account/emails/" not in to_guest.text
