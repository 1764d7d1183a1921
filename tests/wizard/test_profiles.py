"""Requests for API Sync Profiles: who may decide, and that of two people at once one wins."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from tests.support.postgresql import somebody_waits_for_a_lock
from tests.support.processes import wait_until
from wizard.models import Connection, Finding, SyncProfile, Verification
from wizard.progress import stage_state
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
    connection.company_id, connection.level, connection.credentials_at = "hillside", "top", timezone.now()
    connection.save()
    done = Verification.objects.create(connection=connection, state="done")
    for position, slug in enumerate(("gateway", "company", "sign_in")):
        Finding.objects.create(
            verification=done, check_slug=slug, stage="credentials", position=position, outcome="passed"
        )
    return connection


@pytest.fixture
def waiting(verified: Connection, legal_entity: LegalEntity, administrator: User) -> SyncProfile:
    return profile_request(connection=verified, legal_entity=legal_entity, actor=administrator)


@pytest.fixture
def claimed(waiting: SyncProfile, support: User) -> SyncProfile:
    profile_claim(profile=waiting, actor=support)
    return waiting


def at_once(*acts: Act) -> list[str]:
    """Each in a thread of its own, begun together: what each was refused with, "" for those that were done."""
    together = Barrier(len(acts))

    def run(act: Act) -> str:
        try:
            together.wait()
            act()
        except Refused as reason:
            return str(reason)
        finally:
            database.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(run, acts))


def times(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_has_it(waiting: SyncProfile, support: User, other_support: User) -> None:
    people = [support, other_support]
    refused = at_once(*(lambda who=who: profile_claim(profile=waiting, actor=who) for who in people))
    assert refused.count("") == 1
    waiting.refresh_from_db()
    assert waiting.claimed_by == people[refused.index("")]
    assert times("profile.claimed") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_an_approval_sent_twice_is_one(claimed: SyncProfile, support: User, _round: int) -> None:
    refused = at_once(*[lambda: profile_approve(profile=claimed, actor=support)] * 4)
    assert refused.count("") == 1
    assert times("profile.approved") == 1


@pytest.mark.django_db(transaction=True)
def test_approved_or_withdrawn_but_never_both(claimed: SyncProfile, support: User, administrator: User) -> None:
    refused = at_once(
        lambda: profile_approve(profile=claimed, actor=support),
        lambda: profile_withdraw(profile=claimed, actor=administrator),
    )
    assert refused.count("") == 1
    claimed.refresh_from_db()
    assert claimed.state == ("withdrawn" if refused[0] else "approved")


@pytest.mark.django_db(transaction=True)
def test_approved_declined_or_asked_about_but_one_of_them(claimed: SyncProfile, support: User) -> None:
    refused = at_once(
        lambda: profile_approve(profile=claimed, actor=support),
        lambda: profile_decline(profile=claimed, actor=support, reason="Wrong place."),
        lambda: profile_release(profile=claimed, actor=support),
    )
    assert refused.count("") == 1
    claimed.refresh_from_db()
    assert claimed.state == ("approved", "declined", "requested")[refused.index("")]


@pytest.mark.django_db(transaction=True)
def test_two_requests_decided_at_once_leave_a_board_that_knows_of_both(
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
    with ThreadPoolExecutor(1) as colleague:
        with transaction.atomic():
            profile_decline(profile=claimed, actor=support, reason="Wrong place.")
            second = colleague.submit(at_once, lambda: profile_decline(profile=other, actor=support, reason="Too."))
            wait_until(somebody_waits_for_a_lock, "the other decision has come to the same connection")
        assert second.result() == [""]
    claimed.connection.refresh_from_db()
    assert claimed.connection.must_act == "customer"


@pytest.mark.django_db(transaction=True)
def test_a_request_sent_twice_is_one(verified: Connection, legal_entity: LegalEntity, administrator: User) -> None:
    ask = lambda: profile_request(connection=verified, legal_entity=legal_entity, actor=administrator)  # noqa: E731
    refused = at_once(ask, ask, ask)
    assert refused.count("") == 1
    assert SyncProfile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_checks_asked_for_at_once_are_one_verification(verified: Connection, administrator: User) -> None:
    ask = lambda: verification_request(connection=verified, actor=administrator)  # noqa: E731
    assert at_once(ask, ask, ask, ask) == [""] * 4
    assert Verification.objects.active().count() == 1


@pytest.mark.django_db
def test_nobody_decides_a_request_of_their_own(waiting: SyncProfile, support: User) -> None:
    SyncProfile.objects.update(requested_by=support)
    with pytest.raises(Refused, match="your own request"):
        profile_claim(profile=waiting, actor=support)


@pytest.mark.django_db
def test_the_database_itself_refuses_a_decision_of_ones_own(waiting: SyncProfile, administrator: User) -> None:
    with pytest.raises(IntegrityError, match="nobody_decides"), transaction.atomic():
        SyncProfile.objects.update(state="approved", decided_by=administrator, decided_at=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("act", [profile_claim, profile_release, profile_approve])
def test_only_support_decides(claimed: SyncProfile, administrator: User, act: Callable[..., None]) -> None:
    with pytest.raises(Refused, match="support team"):
        act(profile=claimed, actor=administrator)


@pytest.mark.django_db
@pytest.mark.parametrize("act", [profile_release, profile_approve])
def test_what_a_colleague_has_claimed_is_theirs(
    claimed: SyncProfile, other_support: User, act: Callable[..., None]
) -> None:
    with pytest.raises(Refused, match="Sue Support has claimed this request"):
        act(profile=claimed, actor=other_support)


@pytest.mark.django_db
def test_a_refusal_needs_a_reason(claimed: SyncProfile, support: User) -> None:
    with pytest.raises(Refused, match="Say why"):
        profile_decline(profile=claimed, actor=support, reason="  ")


@pytest.mark.django_db
def test_after_a_refusal_it_can_be_asked_for_again(
    claimed: SyncProfile, support: User, verified: Connection, legal_entity: LegalEntity, administrator: User
) -> None:
    profile_decline(profile=claimed, actor=support, reason="Wrong legal entity")
    assert profile_request(connection=verified, legal_entity=legal_entity, actor=administrator).is_waiting


@pytest.mark.django_db
def test_a_place_in_intacct_belongs_to_one_legal_entity(
    waiting: SyncProfile, verified: Connection, root: OrgUnit, administrator: User
) -> None:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="West")
    other = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name="Hillside West Inc.")
    with pytest.raises(Refused, match="same place in Intacct"):
        profile_request(connection=verified, legal_entity=other, actor=administrator)


@pytest.mark.django_db
def test_a_profile_waits_for_verified_credentials(
    connection: Connection, legal_entity: LegalEntity, administrator: User
) -> None:
    with pytest.raises(Refused, match="step 5"):
        profile_request(connection=connection, legal_entity=legal_entity, actor=administrator)


@pytest.fixture
def asked(claimed: SyncProfile, support: User) -> SyncProfile:
    profile_ask(profile=claimed, actor=support, question="Which tax number?")
    claimed.refresh_from_db()
    return claimed


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_heard(asked: SyncProfile, administrator: User) -> None:
    refused = at_once(
        *(lambda text=text: profile_answer(profile=asked, actor=administrator, answer=text) for text in ("A", "B"))
    )
    assert refused.count("") == 1
    assert asked.questions.get().answer == "AB"[refused.index("")]
    assert times("profile.information_given") == 1


@pytest.mark.django_db
def test_whoever_has_claimed_it_asks(claimed: SyncProfile, other_support: User) -> None:
    with pytest.raises(Refused, match="Sue Support has claimed this request"):
        profile_ask(profile=claimed, actor=other_support, question="Which tax number?")


@pytest.mark.django_db
def test_one_question_at_a_time(asked: SyncProfile, support: User) -> None:
    with pytest.raises(Refused, match="waits for its answer already"):
        profile_ask(profile=asked, actor=support, question="And which name?")


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["approve", "release", "withdraw"])
def test_a_question_ends_with_what_it_was_asked_for(
    asked: SyncProfile, support: User, administrator: User, end: str
) -> None:
    act, actor = {
        "approve": (profile_approve, support),
        "release": (profile_release, support),
        "withdraw": (profile_withdraw, administrator),
    }[end]
    act(profile=asked, actor=actor)
    assert not asked.questions.filter(closed_at=None).exists()
    with pytest.raises(Refused, match="no answer any more"):
        profile_answer(profile=asked, actor=administrator, answer="123")


@pytest.mark.django_db
def test_a_question_is_the_customers_turn_until_it_is_answered(asked: SyncProfile, administrator: User) -> None:
    assert stage_state(asked.connection, "sync_profile") == "attention"
    profile_answer(profile=asked, actor=administrator, answer="123")
    assert stage_state(asked.connection, "sync_profile") == "waiting"


# Whose right a request carries


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"is_active": False}, {"kind": "customer_success"}])
def test_a_claim_ends_with_the_right_of_its_user(
    claimed: SyncProfile, support: User, other_support: User, change: dict[str, object]
) -> None:
    profile_ask(profile=claimed, actor=support, question="Which tax number?")
    with pytest.raises(Refused, match="has claimed this request already"):
        profile_claim(profile=claimed, actor=other_support)

    User.objects.filter(pk=support.pk).update(**change)
    profile_claim(profile=claimed, actor=other_support)

    claimed.refresh_from_db()
    assert (claimed.state, claimed.claimed_by) == ("asked", other_support)
    profile_decline(profile=claimed, actor=other_support, reason="Wrong place.")


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["deactivated", "without the role"])
def test_a_request_is_not_approved_once_its_requester_cannot_connect_the_customer(
    claimed: SyncProfile, support: User, administrator: User, how: str
) -> None:
    if how == "deactivated":
        User.objects.filter(pk=administrator.pk).update(is_active=False)
    else:
        administrator.roles.all().delete()

    with pytest.raises(Refused, match="Ada Root can no longer connect this customer"):
        profile_approve(profile=claimed, actor=support)

    profile_decline(profile=claimed, actor=support, reason="Please request it again.")
