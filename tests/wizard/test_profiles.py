"""Requests for API Sync Profiles: who may decide, and that of two users at the same time only one succeeds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from tests.wizard.states import stage_state
from wizard.models import Connection, Finding, SyncProfile, Verification
from wizard.services import (
    Refused,
    profile_answer,
    profile_approve,
    profile_ask,
    profile_claim,
    profile_decline,
    profile_release,
    profile_request,
    profile_withdraw,
    verification_request,
)

Act = Callable[[], object]


@pytest.fixture
def verified(connection: Connection, administrator: User) -> Connection:
    connection.company_id, connection.level, connection.credentials_saved_at = "hillside", "top", timezone.now()
    connection.save()
    verification = Verification.objects.create(connection=connection, state="done")
    for position, slug in enumerate(("gateway", "company", "sign_in")):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="credentials", position=position, outcome="passed"
        )
    return connection


@pytest.fixture
def waiting(verified: Connection, legal_entity: LegalEntity, administrator: User) -> SyncProfile:
    return profile_request(connection=verified, legal_entity=legal_entity, actor=administrator)


@pytest.fixture
def claimed(waiting: SyncProfile, support: User) -> SyncProfile:
    profile_claim(profile=waiting, actor=support)
    return waiting


def run_at_once(*acts: Act) -> list[str]:
    """Run functions in threads at the same time. Return their refusals, "" for those that succeeded."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> str:
        try:
            barrier.wait()
            act()
        except Refused as reason:
            return str(reason)
        finally:
            database.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def count_events(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_simultaneous_claims_succeeds(waiting: SyncProfile, support: User, other_support: User) -> None:
    users = [support, other_support]
    refused = run_at_once(*(lambda who=who: profile_claim(profile=waiting, actor=who) for who in users))
    assert refused.count("") == 1
    waiting.refresh_from_db()
    assert waiting.claimed_by == users[refused.index("")]
    assert count_events("profile.claimed") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_repeated_approval_is_done_once(claimed: SyncProfile, support: User, _round: int) -> None:
    refused = run_at_once(*[lambda: profile_approve(profile=claimed, actor=support)] * 4)
    assert refused.count("") == 1
    assert count_events("profile.approved") == 1


@pytest.mark.django_db(transaction=True)
def test_request_is_never_both_approved_and_withdrawn(claimed: SyncProfile, support: User, administrator: User) -> None:
    refused = run_at_once(
        lambda: profile_approve(profile=claimed, actor=support),
        lambda: profile_withdraw(profile=claimed, actor=administrator),
    )
    assert refused.count("") == 1
    claimed.refresh_from_db()
    assert claimed.state == ("withdrawn" if refused[0] else "approved")


@pytest.mark.django_db(transaction=True)
def test_only_one_of_approve_decline_and_release_succeeds(claimed: SyncProfile, support: User) -> None:
    refused = run_at_once(
        lambda: profile_approve(profile=claimed, actor=support),
        lambda: profile_decline(profile=claimed, actor=support, reason="Wrong place."),
        lambda: profile_release(profile=claimed, actor=support),
    )
    assert refused.count("") == 1
    claimed.refresh_from_db()
    assert claimed.state == ("approved", "declined", "requested")[refused.index("")]


@pytest.mark.django_db(transaction=True)
def test_board_includes_both_of_two_simultaneous_decisions(
    claimed: SyncProfile, root: OrgUnit, support: User, administrator: User
) -> None:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="West")
    entity = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name="Hillside West Inc.")
    now = timezone.now()
    other = SyncProfile.objects.create(
        connection=claimed.connection,
        legal_entity=entity,
        entity_id="200",
        requested_by=administrator,
        state="claimed",
        claimed_by=support,
        claimed_at=now,
    )
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            profile_decline(profile=claimed, actor=support, reason="Wrong place.")
            second = thread.submit(run_at_once, lambda: profile_decline(profile=other, actor=support, reason="Too."))
            wait_until(is_lock_awaited, "the other decision waits for the same connection")
        assert second.result() == [""]
    claimed.connection.refresh_from_db()
    assert claimed.connection.must_act == "customer"


@pytest.mark.django_db(transaction=True)
def test_repeated_request_creates_one_profile(
    verified: Connection, legal_entity: LegalEntity, administrator: User
) -> None:
    ask = lambda: profile_request(connection=verified, legal_entity=legal_entity, actor=administrator)  # noqa: E731
    refused = run_at_once(ask, ask, ask)
    assert refused.count("") == 1
    assert SyncProfile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_simultaneous_check_requests_create_one_verification(verified: Connection, administrator: User) -> None:
    ask = lambda: verification_request(connection=verified, actor=administrator)  # noqa: E731
    assert run_at_once(ask, ask, ask, ask) == [""] * 4
    assert Verification.objects.active().count() == 1


@pytest.mark.django_db
def test_requester_cannot_decide_their_own_request(waiting: SyncProfile, support: User) -> None:
    SyncProfile.objects.update(requested_by=support)
    with pytest.raises(Refused, match="your own request"):
        profile_claim(profile=waiting, actor=support)


@pytest.mark.django_db
def test_database_refuses_a_decision_by_the_requester(waiting: SyncProfile, administrator: User) -> None:
    with pytest.raises(IntegrityError, match="requests_are_decided_by_another_user"), transaction.atomic():
        SyncProfile.objects.update(state="approved", decided_by=administrator, decided_at=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("act", [profile_claim, profile_release, profile_approve])
def test_only_support_decides(claimed: SyncProfile, administrator: User, act: Callable[..., None]) -> None:
    with pytest.raises(Refused, match="Only Beanworks support"):
        act(profile=claimed, actor=administrator)


@pytest.mark.django_db
@pytest.mark.parametrize("act", [profile_release, profile_approve])
def test_only_the_user_who_claimed_a_request_can_decide_it(
    claimed: SyncProfile, other_support: User, act: Callable[..., None]
) -> None:
    with pytest.raises(Refused, match="Sue Support has claimed this request"):
        act(profile=claimed, actor=other_support)


@pytest.mark.django_db
def test_declining_needs_a_reason(claimed: SyncProfile, support: User) -> None:
    with pytest.raises(Refused, match="Enter a reason"):
        profile_decline(profile=claimed, actor=support, reason="  ")


@pytest.mark.django_db
def test_declined_profile_can_be_requested_again(
    claimed: SyncProfile, support: User, verified: Connection, legal_entity: LegalEntity, administrator: User
) -> None:
    profile_decline(profile=claimed, actor=support, reason="Wrong legal entity")
    assert profile_request(connection=verified, legal_entity=legal_entity, actor=administrator).is_waiting


@pytest.mark.django_db
def test_two_legal_entities_cannot_share_an_intacct_entity(
    waiting: SyncProfile, verified: Connection, root: OrgUnit, administrator: User
) -> None:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="West")
    other = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name="Hillside West Inc.")
    with pytest.raises(Refused, match="same level or entity in Intacct"):
        profile_request(connection=verified, legal_entity=other, actor=administrator)


@pytest.mark.django_db
def test_profile_request_needs_verified_credentials(
    connection: Connection, legal_entity: LegalEntity, administrator: User
) -> None:
    with pytest.raises(Refused, match="ERP credentials"):
        profile_request(connection=connection, legal_entity=legal_entity, actor=administrator)


@pytest.fixture
def asked(claimed: SyncProfile, support: User) -> SyncProfile:
    profile_ask(profile=claimed, actor=support, question="Which tax number?")
    claimed.refresh_from_db()
    return claimed


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_simultaneous_answers_is_saved(asked: SyncProfile, administrator: User) -> None:
    refused = run_at_once(
        *(lambda text=text: profile_answer(profile=asked, actor=administrator, answer=text) for text in ("A", "B"))
    )
    assert refused.count("") == 1
    assert asked.questions.get().answer == "AB"[refused.index("")]
    assert count_events("profile.information_given") == 1


@pytest.mark.django_db
def test_only_the_user_who_claimed_a_request_can_ask(claimed: SyncProfile, other_support: User) -> None:
    with pytest.raises(Refused, match="Sue Support has claimed this request"):
        profile_ask(profile=claimed, actor=other_support, question="Which tax number?")


@pytest.mark.django_db
def test_second_question_is_refused_while_one_is_open(asked: SyncProfile, support: User) -> None:
    with pytest.raises(Refused, match="already waiting for an answer"):
        profile_ask(profile=asked, actor=support, question="And which name?")


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["approve", "release", "withdraw"])
def test_open_question_is_closed_when_the_request_ends(
    asked: SyncProfile, support: User, administrator: User, end: str
) -> None:
    act, actor = {
        "approve": (profile_approve, support),
        "release": (profile_release, support),
        "withdraw": (profile_withdraw, administrator),
    }[end]
    act(profile=asked, actor=actor)
    assert not asked.questions.filter(closed_at=None).exists()
    with pytest.raises(Refused, match="no longer needs an answer"):
        profile_answer(profile=asked, actor=administrator, answer="123")


@pytest.mark.django_db
def test_open_question_needs_the_customer_until_it_is_answered(asked: SyncProfile, administrator: User) -> None:
    assert stage_state(asked.connection, "sync_profile") == "attention"
    profile_answer(profile=asked, actor=administrator, answer="123")
    assert stage_state(asked.connection, "sync_profile") == "waiting"


# Rights of the requester and of the user who claimed


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"is_active": False}, {"kind": "customer_success"}])
def test_claim_ends_when_its_user_may_no_longer_decide(
    claimed: SyncProfile, support: User, other_support: User, change: dict[str, object]
) -> None:
    profile_ask(profile=claimed, actor=support, question="Which tax number?")
    with pytest.raises(Refused, match="has already claimed this request"):
        profile_claim(profile=claimed, actor=other_support)

    User.objects.filter(pk=support.pk).update(**change)
    profile_claim(profile=claimed, actor=other_support)

    claimed.refresh_from_db()
    assert (claimed.state, claimed.claimed_by) == ("asked", other_support)
    profile_decline(profile=claimed, actor=other_support, reason="Wrong place.")


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["deactivated", "without the role"])
def test_request_is_not_approved_if_its_requester_lost_the_right(
    claimed: SyncProfile, support: User, administrator: User, how: str
) -> None:
    if how == "deactivated":
        User.objects.filter(pk=administrator.pk).update(is_active=False)
    else:
        administrator.roles.all().delete()

    with pytest.raises(Refused, match="Ada Root can no longer connect this customer"):
        profile_approve(profile=claimed, actor=support)

    profile_decline(profile=claimed, actor=support, reason="Please request it again.")


@pytest.mark.parametrize("act", [profile_claim, profile_release, profile_withdraw, profile_approve])
@pytest.mark.parametrize("state", SyncProfile.State)
def test_acts_follow_the_table_of_transitions(
    act: Callable[..., None], state: str, waiting: SyncProfile, support: User
) -> None:
    claimer = None if state == "requested" else support
    times = {"claimed_at": timezone.now(), "decided_at": timezone.now()}
    SyncProfile.objects.update(state=state, claimed_by=claimer, **times)
    if state == "asked":
        waiting.questions.create(text="Which entity?", asked_by=support)

    refusal = ""
    try:
        act(profile=waiting, actor=support)
    except Refused as reason:
        refusal = str(reason)

    after = SyncProfile.objects.get().state
    wanted = {profile_claim: "claimed", profile_release: "requested", profile_withdraw: "withdrawn"}.get(
        act, "approved"
    )
    # A request that is claimed by an active user of support cannot be claimed again.
    is_allowed = wanted in SyncProfile.TRANSITIONS.get(SyncProfile.State(state), ()) and not (
        act is profile_claim and claimer
    )
    assert (after, not refusal) == (wanted if is_allowed else state, is_allowed)
