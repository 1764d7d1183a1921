"""The audit log of the past: the events that led to the rows of the demonstration."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Model, OuterRef, Subquery

from accounts.models import LegalEntity, User
from api.models import ApiKey, WebhookEndpoint
from audit.models import AuditEvent
from audit.services import event_of
from beanworks_connect.demo.insertion import insert
from smartsync.models import Schedule, SyncRun
from smartsync.services.runs import outcome_facts
from smartsync.services.schedules import event_facts
from wizard.models import Connection, Handover, Incident, Question, StageProgress, SyncProfile, Verification, Visitor
from wizard.services.verifications import result_facts
from wizard.stages import ANSWERS_STAGE

Events = Iterator[AuditEvent]
OfCustomer = Connection | ApiKey | WebhookEndpoint | User | LegalEntity


def insert_log() -> None:
    events = [event for rows, events_of in _sources() for row in rows for event in events_of(row)]
    insert(sorted(events, key=lambda event: event.occurred_at))
    _date_sign_ins()


def _date_sign_ins() -> None:
    """Let the board's last activity agree with what the log says of each user."""
    acts = AuditEvent.objects.filter(actor_id=OuterRef("pk")).order_by("-occurred_at")
    User.objects.update(last_login=Subquery(acts.values("occurred_at")[:1]))


def _sources() -> Iterator[Any]:
    """For each model: all its rows, and the function that returns the events of one."""
    yield User.objects.exclude(deactivated_at=None).select_related("deactivated_by"), _of_former_user
    yield LegalEntity.objects.exclude(closed_at=None), _of_closed_entity
    yield Connection.objects.select_related("created_by", "disconnected_by"), _of_connection
    yield StageProgress.objects.select_related("connection", "attested_by"), _of_progress
    yield Verification.objects.select_related("connection").prefetch_related("findings"), _of_verification
    yield Incident.objects.select_related("connection"), _of_incident
    yield Handover.objects.select_related("connection", "created_by"), _of_handover
    profiles = SyncProfile.objects.select_related(
        "connection", "legal_entity", "requested_by", "claimed_by", "decided_by", "ended_by"
    )
    yield profiles, _of_profile
    yield Question.objects.select_related("profile__connection", "profile__legal_entity", "asked_by"), _of_question
    yield Schedule.objects.select_related("profile__connection", "created_by"), _of_schedule
    yield SyncRun.objects.select_related("profile__connection", "requested_by"), _of_run
    yield ApiKey.objects.select_related("created_by"), _of_key
    yield WebhookEndpoint.objects.select_related("created_by"), _of_endpoint


def _event(
    action: str, at: datetime, actor: Visitor | None, target: Model, owner: OfCustomer, /, **more: Any
) -> AuditEvent:
    event = event_of(action=action, actor=actor, target=target, customer_id=owner.customer_id, **more)
    event.occurred_at = at
    return event


def _of_former_user(user: User) -> Events:
    if at := user.deactivated_at:
        facts = {"name": user.name, "reason": user.deactivation_reason}
        yield _event("user.deactivated", at, user.deactivated_by, user, user, **facts)


def _of_closed_entity(entity: LegalEntity) -> Events:
    if at := entity.closed_at:
        administrator = User.objects.root_administrators().filter(customer=entity.customer_id).first()
        yield _event("legal_entity.closed", at, administrator, entity, entity, name=entity.name)


def _of_connection(connection: Connection) -> Events:
    user = connection.created_by
    yield _event("user.signed_in", connection.created_at, user, connection, connection)
    yield _event("connection.started", connection.created_at, user, connection, connection)
    if saved_at := connection.credentials_saved_at:
        facts = {"company": connection.company_id, "user": connection.user_id, "password_changed": True}
        yield _event("credentials.saved", saved_at, user, connection, connection, **facts)
    if connection.level and saved_at:
        yield _event("level.chosen", saved_at, user, connection, connection, level=connection.level, entity="")
    if ended_at := connection.disconnected_at:
        yield _event("connection.disconnected", ended_at, connection.disconnected_by, connection, connection)


def _of_progress(progress: StageProgress) -> Events:
    connection, stage = progress.connection, {"stage": progress.stage}
    done_at, user = progress.attested_at, progress.attested_by
    if done_at and stage["stage"] == ANSWERS_STAGE.slug:
        yield _event("answers.saved", done_at, user, connection, connection)
    if done_at:
        yield _event("stage.attested", done_at, user, connection, connection, **stage)
    if progress.reopened_at:
        yield _event("stage.reopened", progress.reopened_at, None, connection, connection, **stage)


def _of_verification(verification: Verification) -> Events:
    connection = verification.connection
    yield _event("verification.requested", verification.created_at, None, connection, connection, checks=[])
    result = result_facts(verification, list(verification.findings.all()))
    yield _event("verification.finished", verification.created_at, None, connection, connection, **result)


def _of_incident(incident: Incident) -> Events:
    facts = {"check": incident.check_slug, "cause": incident.cause}
    yield _event("incident.opened", incident.since, None, incident.connection, incident.connection, **facts)


def _of_handover(handover: Handover) -> Events:
    connection, facts = handover.connection, {"handover": handover.pk, "guest": handover.name}
    stages = {"stages": handover.stages}
    yield _event(
        "handover.created", handover.created_at, handover.created_by, connection, connection, **facts, **stages
    )
    if handover.opened_at:
        guest = handover.guest
        yield _event("handover.opened", handover.opened_at, guest, connection, connection, handover=handover.pk)


def _of_profile(profile: SyncProfile) -> Events:
    acts = [
        ("profile.requested", profile.requested_at, profile.requested_by),
        ("profile.claimed", profile.claimed_at, profile.claimed_by),
        (f"profile.{'approved' if profile.ended_at else profile.state}", profile.decided_at, profile.decided_by),
        (f"profile.{profile.state}", profile.ended_at, profile.ended_by),
    ]
    facts = {"legal_entity": profile.legal_entity.name}
    for action, at, user in acts:
        if at:
            reason = {"reason": profile.reason} if at in (profile.decided_at, profile.ended_at) else {}
            yield _event(action, at, user, profile, profile.connection, **facts, **reason)


def _of_question(question: Question) -> Events:
    profile = question.profile
    facts = {"legal_entity": profile.legal_entity.name}
    yield _event(
        "profile.information_asked", question.asked_at, question.asked_by, profile, profile.connection, **facts
    )


def _of_schedule(schedule: Schedule) -> Events:
    connection, facts = schedule.profile.connection, event_facts(schedule)
    yield _event("schedule.created", schedule.created_at, schedule.created_by, schedule, connection, **facts)


def _of_run(run: SyncRun) -> Events:
    connection, profile = run.profile.connection, {"profile": run.profile_id}
    since = run.since.isoformat() if run.since else None
    facts = {"kind": run.kind, "since": since, "scheduled": run.scheduled_for is not None}
    yield _event("sync_run.started", run.created_at, run.requested_by, run, connection, **profile, **facts)
    ended_at, outcome = run.finished_at or run.created_at, outcome_facts(run)
    yield _event("sync_run.finished", ended_at, None, run, connection, **profile, **outcome)


def _of_key(key: ApiKey) -> Events:
    yield _event("api_key.created", key.created_at, key.created_by, key, key, name=key.name, scopes=key.scopes)
    if key.revoked_at:
        yield _event("api_key.revoked", key.revoked_at, key.created_by, key, key, name=key.name)


def _of_endpoint(endpoint: WebhookEndpoint) -> Events:
    facts = {"host": endpoint.host, "event_types": endpoint.event_types}
    yield _event("webhook.created", endpoint.created_at, endpoint.created_by, endpoint, endpoint, **facts)
    if endpoint.disabled_at:
        facts = {"host": endpoint.host, "reason": endpoint.disabled_reason}
        yield _event("webhook.disabled", endpoint.disabled_at, None, endpoint, endpoint, **facts)
