"""Of several users who act on a request at the same time, only one succeeds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from accounts.models import LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from tests.support.postgresql import is_lock_awaited
from tests.support.processes import wait_until
from wizard.models import Connection, SyncProfile, Verification
from wizard.services import (
    Refused,
    profile_answer,
    profile_approve,
    profile_claim,
    profile_decline,
    profile_release,
    profile_request,
    profile_withdraw,
    verification_request,
)

Act = Callable[[], object]


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


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_simultaneous_answers_is_saved(asked: SyncProfile, administrator: User) -> None:
    refused = run_at_once(
        *(lambda text=text: profile_answer(profile=asked, actor=administrator, answer=text) for text in ("A", "B"))
    )
    assert refused.count("") == 1
    assert asked.questions.get().answer == "AB"[refused.index("")]
    assert count_events("profile.information_given") == 1
