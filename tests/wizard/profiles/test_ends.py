"""How an approval ends: undone within minutes, revoked with a reason, or replaced by another level."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from mail.models import Email
from tests.wizard.profiles.test_races import run_at_once
from tests.wizard.states import stage_state
from wizard.models import Connection, SyncProfile
from wizard.services import (
    Refused,
    connection_refresh,
    profile_approve,
    profile_claim,
    profile_decline,
    profile_revoke,
    profile_undo_approval,
    profile_withdraw,
    replacement_request,
)

ENTITIES = [{"id": "100", "name": "Hillside Canada"}, {"id": "200", "name": "Hillside West"}]
REASON = "The contract has ended. Write to us to renew it."


@pytest.fixture
def approved(claimed: SyncProfile, support: User) -> SyncProfile:
    profile_approve(profile=claimed, actor=support)
    Connection.objects.update(company={"multi_entity": True, "entities": ENTITIES})
    claimed.refresh_from_db()
    claimed.connection.refresh_from_db()
    return claimed


@pytest.fixture
def replacement(approved: SyncProfile, administrator: User, other_support: User) -> SyncProfile:
    """A claimed request to move the profile to an entity."""
    request = replacement_request(profile=approved, entity_id="100", actor=administrator)
    profile_claim(profile=request, actor=other_support)
    return request


def states() -> list[str]:
    return list(SyncProfile.objects.order_by("pk").values_list("state", flat=True))


def emails(kind: str) -> int:
    return Email.objects.filter(kind=kind).count()


def test_revoked_profile_ends_with_a_reason_that_the_customer_reads(approved: SyncProfile, support: User) -> None:
    profile_revoke(profile=approved, actor=support, reason=REASON)

    approved.refresh_from_db()
    assert (approved.state, approved.reason, approved.ended_by) == ("revoked", REASON, support)
    assert approved.lists_kept_until
    assert stage_state(approved.connection, "sync_profile") == "attention"
    assert emails("profile_revoked") == 1
    assert REASON in Email.objects.get(kind="profile_revoked").text
    assert AuditEvent.objects.filter(action="profile.revoked").count() == 1


def test_legal_entity_of_a_revoked_profile_can_be_requested_again(approved: SyncProfile, support: User) -> None:
    profile_revoke(profile=approved, actor=support, reason=REASON)
    free = SyncProfile.objects.free_legal_entities(approved.connection.customer_id)
    assert approved.legal_entity in free


@pytest.mark.parametrize("reason", ["", "  "])
def test_revoking_needs_a_reason(approved: SyncProfile, support: User, reason: str) -> None:
    with pytest.raises(Refused, match="reason"):
        profile_revoke(profile=approved, actor=support, reason=reason)


def test_only_support_revokes_and_only_an_approved_profile(
    claimed: SyncProfile, support: User, success: User, administrator: User
) -> None:
    with pytest.raises(Refused, match="Only an approved"):
        profile_revoke(profile=claimed, actor=support, reason=REASON)
    for user in (success, administrator):
        with pytest.raises(Refused, match="Only Beanworks support"):
            profile_revoke(profile=claimed, actor=user, reason=REASON)


def test_undone_approval_is_a_claimed_request_again(approved: SyncProfile, support: User) -> None:
    profile_undo_approval(profile=approved, actor=support)

    approved.refresh_from_db()
    assert (approved.state, approved.claimed_by) == ("claimed", support)
    assert (approved.decided_by, approved.decided_at) == (None, None)
    assert stage_state(approved.connection, "sync_profile") == "waiting"
    assert stage_state(approved.connection, "smart_sync") == "locked"
    assert emails("profile_approval_undone") == 1


def test_request_approved_again_is_emailed_again(approved: SyncProfile, support: User) -> None:
    before = emails("profile_approved")
    profile_undo_approval(profile=approved, actor=support)
    profile_approve(profile=approved, actor=support)
    assert emails("profile_approved") == 2 * before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"decided_at": timezone.now() - timedelta(minutes=11)}, "10 minutes"),
        ({"sync_started_at": timezone.now()}, "sync has started"),
        ({"decided_by": None}, "Only they can undo"),
    ],
)
def test_approval_cannot_be_undone(
    approved: SyncProfile, support: User, changes: dict[str, object], words: str
) -> None:
    SyncProfile.objects.update(**changes)
    with pytest.raises(Refused, match=words):
        profile_undo_approval(profile=approved, actor=support)
    assert states() == ["approved"]


def test_other_support_user_cannot_undo(approved: SyncProfile, other_support: User) -> None:
    with pytest.raises(Refused, match="Only they can undo"):
        profile_undo_approval(profile=approved, actor=other_support)


def test_old_profile_is_synced_until_its_replacement_is_approved(replacement: SyncProfile, other_support: User) -> None:
    assert states() == ["approved", "claimed"]

    profile_approve(profile=replacement, actor=other_support)

    old, new = SyncProfile.objects.order_by("pk")
    assert (old.state, new.state) == ("replaced", "approved")
    assert (old.ended_by, old.successor_id, new.replaces_id) == (other_support, new.pk, old.pk)
    assert (old.is_synced, new.is_synced, old.lists_kept_until) == (False, True, None)
    SyncProfile.objects.filter(pk=new.pk).update(first_synced_at=timezone.now())
    assert old.lists_kept_until


def test_live_connection_stays_live_while_a_profile_is_replaced(replacement: SyncProfile, other_support: User) -> None:
    SyncProfile.objects.filter(state="approved").update(first_synced_at=timezone.now())
    profile_approve(profile=replacement, actor=other_support)
    connection = Connection.objects.get()
    connection_refresh(connection=connection)
    assert connection.is_live


@pytest.mark.parametrize("end", ["decline", "withdraw"])
def test_replacement_that_is_not_approved_changes_nothing(
    replacement: SyncProfile, other_support: User, administrator: User, end: str
) -> None:
    if end == "decline":
        profile_decline(profile=replacement, actor=other_support, reason="Not yet.")
    else:
        profile_withdraw(profile=replacement, actor=administrator)

    assert SyncProfile.objects.order_by("pk").first().state == "approved"  # type: ignore[union-attr]
    assert stage_state(replacement.connection, "sync_profile") == "verified"


def test_undone_replacement_lets_the_old_profile_continue(replacement: SyncProfile, other_support: User) -> None:
    profile_approve(profile=replacement, actor=other_support)
    profile_undo_approval(profile=replacement, actor=other_support)
    assert states() == ["approved", "claimed"]
    assert not SyncProfile.objects.exclude(ended_at=None).exists()


def test_replacement_of_a_profile_that_was_revoked_can_still_be_approved(
    replacement: SyncProfile, approved: SyncProfile, support: User, other_support: User
) -> None:
    profile_revoke(profile=approved, actor=support, reason=REASON)
    profile_approve(profile=replacement, actor=other_support)
    assert states() == ["revoked", "approved"]


def test_same_level_unknown_entity_and_second_request_are_refused(
    replacement: SyncProfile, approved: SyncProfile, administrator: User
) -> None:
    for entity_id, words in (("", "already uses"), ("999", "does not list"), ("200", "already a profile")):
        with pytest.raises(Refused, match=words):
            replacement_request(profile=approved, entity_id=entity_id, actor=administrator)


def test_database_allows_one_approved_and_one_waiting_profile_per_legal_entity(
    replacement: SyncProfile, approved: SyncProfile
) -> None:
    for fields in ({"state": "requested"}, {"state": "requested", "replaces": approved}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SyncProfile.objects.create(
                connection=approved.connection, legal_entity=approved.legal_entity, entity_id="200", **fields
            )
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncProfile.objects.filter(pk=replacement.pk).update(state="approved", decided_at=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_approval_is_undone_or_revoked_but_not_both(
    approved: SyncProfile, support: User, other_support: User, _round: int
) -> None:
    refused = run_at_once(
        lambda: profile_undo_approval(profile=approved, actor=support),
        lambda: profile_revoke(profile=approved, actor=other_support, reason=REASON),
    )
    assert refused.count("") == 1
    assert states() == ["claimed" if refused[0] == "" else "revoked"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_replacement_and_revocation_at_once_leave_one_open_profile(
    replacement: SyncProfile, approved: SyncProfile, support: User, other_support: User, _round: int
) -> None:
    run_at_once(
        lambda: profile_approve(profile=replacement, actor=other_support),
        lambda: profile_revoke(profile=approved, actor=support, reason=REASON),
    )
    assert states() in (["revoked", "approved"], ["replaced", "approved"])
