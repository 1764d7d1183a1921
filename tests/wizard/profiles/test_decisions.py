"""Requests for API Sync Profiles: who may decide, ask and answer, and in which state."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from tests.wizard.states import stage_state
from wizard.models import Connection, SyncProfile
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
)


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
    now = timezone.now()
    times = {"claimed_at": now, "decided_at": now, "ended_at": now if state in SyncProfile.ENDED else None}
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
    # A request that is claimed by an active user of support cannot be claimed again. What was decided has acts of its
    # own: see test_ends.py.
    ways = SyncProfile.TRANSITIONS[SyncProfile.State(state)] if state in SyncProfile.WAITING else ()
    is_allowed = wanted in ways and not (act is profile_claim and claimer)
    assert (after, not refusal) == (wanted if is_allowed else state, is_allowed)
