"""The API Sync Profile: requested by the customer, decided by support, never by the same user."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import LegalEntity, User
from accounts.two_person_rule import may_be_same_person
from core.errors import Refused
from core.isolated_text import Sentence
from mail import recipients
from wizard.models import Connection, Question, SyncProfile
from wizard.services import notifications
from wizard.services.board import connection_refresh
from wizard.services.profile_rows import end_profile, lock_profile, record_profile
from wizard.services.sign_ins import disconnected_words
from wizard.stages import PROFILES_STAGE, stages_before

State = SyncProfile.State
# What users chose for a profile, which holds for its replacement too.
CHOICES = ("deletion_guard_percent", "unused_lists")


@transaction.atomic
def profiles_request(
    *, connection: Connection, entity_ids: Mapping[LegalEntity, str], actor: User, note: str = ""
) -> list[SyncProfile]:
    """Request a profile for each legal entity; all are created or none.

    `entity_ids` maps a legal entity to the ID of its Intacct entity, "" for the top level.
    """
    profiles = [
        profile_request(connection=connection, legal_entity=legal_entity, entity_id=entity_id, actor=actor, note=note)
        for legal_entity, entity_id in entity_ids.items()
    ]
    notifications.notify_request(profiles, actor, note)
    return profiles


@transaction.atomic
def profile_request(
    *,
    connection: Connection,
    legal_entity: LegalEntity,
    actor: User,
    note: str = "",
    entity_id: str | None = None,
    replaces: SyncProfile | None = None,
) -> SyncProfile:
    """Request one profile. Without `entity_id`, it is for the entity chosen with the credentials.

    `replaces`: the approved profile of the legal entity, which keeps syncing until support approves this one.
    """
    # Locked, so that it is not closed before this request is saved.
    legal_entity = LegalEntity.objects.select_for_update(no_key=True).get(pk=legal_entity.pk)
    if legal_entity.closed_at:
        raise Refused(Sentence(_("%(entity)s was closed. Reopen it to request a profile."), {"entity": legal_entity}))
    connection_refresh(connection=connection)
    if connection.disconnected_at:
        raise Refused(disconnected_words())
    if not connection.level or connection.stage in stages_before(PROFILES_STAGE):
        raise Refused(_("You can request the profile once the ERP credentials are verified."))
    entity_id = connection.entity_id if entity_id is None else entity_id
    names = {entity["id"]: entity["name"] for entity in connection.company.get("entities", [])}
    if entity_id not in {"", connection.entity_id, *names}:
        words = _("Intacct does not list an entity %(entity)s for this user. Choose one from the list.")
        raise Refused(Sentence(words, {"entity": entity_id}))
    try:
        with transaction.atomic():
            profile = SyncProfile.objects.create(
                connection=connection,
                legal_entity=legal_entity,
                entity_id=entity_id,
                entity_name=names.get(entity_id, ""),
                requested_by=actor,
                note=note,
                replaces=replaces,
                **{name: getattr(replaces, name) for name in CHOICES if replaces},
            )
    except IntegrityError:
        words = _("There is already a profile for %(entity)s, or for the same level or entity in Intacct.")
        raise Refused(Sentence(words, {"entity": legal_entity})) from None
    record_profile("profile.requested", profile, actor)
    return profile


@transaction.atomic
def profile_withdraw(*, profile: SyncProfile, actor: User) -> None:
    profile = lock_profile(profile)
    if not profile.can_become(State.WITHDRAWN):
        raise Refused(_("This request has already been decided."))
    profile.state = State.WITHDRAWN
    profile.save()
    _close_question(profile)
    record_profile("profile.withdrawn", profile, actor)


@transaction.atomic
def profile_claim(*, profile: SyncProfile, actor: User) -> None:
    profile = lock_profile(profile)
    _check_may_decide(profile, actor)
    if not profile.may_be_claimed:
        words = _("%(person)s has already claimed this request.")
        raise Refused(Sentence(words, {"person": profile.claimed_by}) if profile.claimed_by else _decided_words())
    if profile.state == State.REQUESTED:
        profile.state = State.CLAIMED
    profile.claimed_by, profile.claimed_at = actor, timezone.now()
    profile.save()
    record_profile("profile.claimed", profile, actor)


@transaction.atomic
def profile_release(*, profile: SyncProfile, actor: User) -> None:
    profile = lock_profile(profile)
    _check_claimed_by(profile, actor)
    _release(profile, actor)


@transaction.atomic
def claim_end(*, profile: SyncProfile, holder: User, actor: User | None) -> None:
    """Release a request because its holder, who claimed it, can no longer decide it."""
    profile = lock_profile(profile)
    if profile.is_waiting and profile.claimed_by_id == holder.pk:
        _release(profile, actor)


def _release(profile: SyncProfile, actor: User | None) -> None:
    profile.state, profile.claimed_by, profile.claimed_at = State.REQUESTED, None, None
    profile.save()
    _close_question(profile)
    record_profile("profile.released", profile, actor)


@transaction.atomic
def profile_ask(*, profile: SyncProfile, actor: User, question: str) -> None:
    """Ask the customer a question. The request waits until they answer."""
    profile = lock_profile(profile)
    _check_claimed_by(profile, actor)
    if not question.strip():
        raise Refused(_("Enter your question."))
    if not profile.can_become(State.ASKED):
        raise Refused(_("A question is already waiting for an answer."))
    row = Question.objects.create(profile=profile, text=question.strip(), asked_by=actor)
    profile.state = State.ASKED
    profile.save()
    record_profile("profile.information_asked", profile, actor)
    notifications.notify_question(row)


@transaction.atomic
def profile_answer(*, profile: SyncProfile, actor: User, answer: str) -> None:
    """Save the customer's answer. The request returns to the user who asked."""
    profile = lock_profile(profile)
    if profile.state != State.ASKED:
        raise Refused(_("This question no longer needs an answer."))
    if not answer.strip():
        raise Refused(_("Enter an answer first."))
    question = profile.questions.get(closed_at=None)
    question.answer, question.answered_by, question.closed_at = answer.strip(), actor, timezone.now()
    question.save()
    profile.state = State.CLAIMED
    profile.save()
    record_profile("profile.information_given", profile, actor)
    notifications.notify_answer(question, actor)


@transaction.atomic
def profile_approve(*, profile: SyncProfile, actor: User) -> None:
    if refusal := approval_refusal(profile):
        raise Refused(refusal)
    _decide(profile, actor, State.APPROVED, "profile.approved")


@transaction.atomic
def profile_decline(*, profile: SyncProfile, actor: User, reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Enter a reason so that the customer knows what to do next."))
    _decide(profile, actor, State.DECLINED, "profile.declined", reason.strip())


@transaction.atomic
def profile_record_sync_start(*, profile: SyncProfile) -> None:
    SyncProfile.objects.filter(pk=profile.pk).update(sync_started_at=timezone.now())
    connection_refresh(connection=profile.connection)


@transaction.atomic
def profile_record_sync_end(*, profile: SyncProfile, full: bool, gaps: bool) -> None:
    """Save whether the newest sync is incomplete, and when the first complete full sync ended."""
    row = SyncProfile.objects.filter(pk=profile.pk)
    row.update(has_gaps=gaps)
    if full and not gaps:
        row.filter(first_synced_at=None).update(first_synced_at=timezone.now())
    connection_refresh(connection=profile.connection)


def _decide(profile: SyncProfile, actor: User, state: str, action: str, reason: str = "") -> None:
    profile = lock_profile(profile)
    _check_claimed_by(profile, actor)
    if state == State.APPROVED and profile.replaces_id:
        # First: a legal entity has one approved profile.
        _replace(profile.replaces_id, actor)
    profile.state, profile.reason = state, reason
    profile.decided_by, profile.decided_at = actor, timezone.now()
    profile.save()
    _close_question(profile)
    record_profile(action, profile, actor, reason=reason)
    notifications.notify_decision(profile)


def _replace(pk: int, actor: User) -> None:
    replaced = SyncProfile.objects.select_related("connection", "legal_entity").get(pk=pk)
    # It may have been revoked since.
    if replaced.state == State.APPROVED:
        end_profile(replaced, State.REPLACED, actor)
        record_profile("profile.replaced", replaced, actor)


def _close_question(profile: SyncProfile) -> None:
    """Close the open question: its answer is no longer needed."""
    profile.questions.filter(closed_at=None).update(closed_at=timezone.now())


def decision_refusal(profile: SyncProfile, actor: User) -> str:
    """Why this user may not decide the request, as a text; empty if they may.

    Two different users must request and decide.
    """
    requester = profile.requested_by
    if not actor.is_support:
        return _("Only Beanworks support can decide requests.")
    if profile.connection.customer.suspended_at:
        return _("This customer is suspended, because its deletion is confirmed.")
    if requester == actor:
        return _("This is your own request. Another member of support must decide it.")
    if requester and may_be_same_person(actor, requester):
        words = _(
            "You invited %(name)s, or the two of you share a mailbox. Another member of support must decide "
            "this request."
        )
        return Sentence(words, {"name": requester.name})
    return ""


def approval_refusal(profile: SyncProfile) -> str:
    """Why no user can approve the request, as a text; empty if one can. Its requester must still have the right."""
    if profile.legal_entity.closed_at:
        words = _("%(entity)s was closed, so the request cannot be approved. Decline it, or wait until it is reopened.")
        return Sentence(words, {"entity": profile.legal_entity})
    requester = profile.requested_by
    if requester is None or requester in recipients.root_administrators(profile.connection.customer):
        return ""
    words = _(
        "%(name)s can no longer connect this customer, so the request cannot be approved. "
        "Decline it, and ask an administrator of the customer to request the profile again."
    )
    return Sentence(words, {"name": requester.name})


def _check_may_decide(profile: SyncProfile, actor: User) -> None:
    if refusal := decision_refusal(profile, actor):
        raise Refused(refusal)


def _check_claimed_by(profile: SyncProfile, actor: User) -> None:
    _check_may_decide(profile, actor)
    if not (profile.is_waiting and profile.can_become(State.APPROVED)):
        raise Refused(_decided_words() if profile.state != State.REQUESTED else _("Claim this request first."))
    if profile.claimed_by_id != actor.pk:
        raise Refused(Sentence(_("%(person)s has claimed this request."), {"person": profile.claimed_by}))


def _decided_words() -> str:
    return _("This request has already been decided or withdrawn.")
