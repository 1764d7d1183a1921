from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from audit.models import AuditEvent
from audit.services import event_record
from intacct.secret import Secret
from wizard.models import Connection, Guest, StageProgress, Verification, Visitor
from wizard.secrets import PASSWORD, SecretUnreadable, secret_open, secret_store
from wizard.services.editing import stage_attest
from wizard.services.recording import record
from wizard.services.refreshing import connection_refresh
from wizard.services.refused import Refused
from wizard.services.replacing import is_in_use, replacement_keep
from wizard.services.sign_ins import allow_sign_in, block_words, refuse_while_blocked, report_unlocked

# Intacct locks a user after repeated failures: this many sign-ins in this time, whoever asks.
TRIES = 10
TRIES_IN = timedelta(minutes=10)


@transaction.atomic
def connection_start(*, customer: Customer, actor: User) -> Connection:
    """A customer's new connection; the one not yet tied to a company, if there is one: a double click makes one."""
    Customer.objects.select_for_update().get(pk=customer.pk)
    if unused := Connection.objects.filter(customer=customer, company_id="").first():
        return unused
    connection = Connection.objects.create(customer=customer, created_by=actor)
    record("connection.started", connection, actor)
    return connection


@transaction.atomic
def answers_save(
    *, connection: Connection, actor: User, permission_model: str, several_entities: bool, modules: list[str]
) -> None:
    connection.permission_model, connection.several_entities = permission_model, several_entities
    connection.modules = modules
    connection.save(update_fields=["permission_model", "several_entities", "modules"])
    record("answers.saved", connection, actor)
    stage_attest(connection=connection, stage="pre_checks", actor=actor)


@transaction.atomic
def credentials_save(
    *, connection: Connection, actor: Visitor, company_id: str, user_id: str, password: Secret | None
) -> Verification:
    """Store the sign-in and have it proved; that of a connection in use the other way round. No password: as it was."""
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    if connection.modules is None:
        raise Refused(_("Answer the questions of step 1 first: they say what is to be checked."))
    _tries_left(connection)
    company_id, user_id = company_id.strip(), user_id.strip()
    if connection.sign_in_block and not _is_new_sign_in(connection, company_id, user_id, password):
        raise Refused(block_words(connection, connection.sign_in_block))
    Verification.objects.filter(connection=connection).active().update(state="done", finished_at=timezone.now())
    if is_in_use(connection):
        replacement_keep(connection=connection, actor=actor, company_id=company_id, user_id=user_id, password=password)
        return _verification(connection, actor, new_user_id=user_id, stands=False)
    if connection.company_id != company_id:
        connection.company, connection.level, connection.entity_id = {}, "", ""
    connection.company_id, connection.user_id, connection.credentials_at = company_id, user_id, timezone.now()
    try:
        with transaction.atomic():
            connection.save()
    except IntegrityError:
        raise Refused(_("Another connection of yours is tied to the company %s already.") % company_id) from None
    if password:
        secret_store(connection=connection, field=PASSWORD, secret=password)
    allow_sign_in(connection)
    StageProgress.objects.filter(connection=connection, stage="credentials").update(draft={})
    record("credentials.saved", connection, actor, company=company_id, user=user_id, password_changed=bool(password))
    return verification_request(connection=connection, actor=actor)


def _is_new_sign_in(connection: Connection, company_id: str, user_id: str, password: Secret | None) -> bool:
    """Whether it differs from the one that is blocked."""
    try:
        stored = secret_open(connection, PASSWORD).reveal()
    except SecretUnreadable:
        return password is not None
    before = (connection.company_id, connection.user_id, stored)
    return (company_id, user_id, password.reveal() if password else stored) != before


@transaction.atomic
def level_choose(*, connection: Connection, actor: User, level: str, entity_id: str = "") -> None:
    if level not in Connection.Level or bool(entity_id) != (level == Connection.Level.ENTITY):
        raise Refused(_("Choose the top level or one entity of the list."))
    entities = connection.company.get("entities", [])
    single = connection.company.get("multi_entity") is False or len(entities) < 2
    if level == Connection.Level.ENTITY and single:
        raise Refused(_("This company has a single entity, so there is none to choose: use top level."))
    if level == Connection.Level.ENTITY and entity_id not in {each["id"] for each in entities}:
        raise Refused(_("Intacct does not list an entity %s for this user. Choose one of the list.") % entity_id)
    connection.level, connection.entity_id = level, entity_id
    connection.save(update_fields=["level", "entity_id"])
    record("level.chosen", connection, actor, level=level, entity=entity_id)
    if entity_id:
        verification_request(connection=connection, actor=actor)
    connection_refresh(connection=connection)


@transaction.atomic
def verification_request(*, connection: Connection, actor: Visitor | None, checks: Sequence[str] = ()) -> Verification:
    """Queue a run of the ladder; the active one, if there is one, answers this request too.

    Raises Refused while nothing may sign in. A check that is under way when the sign-in is refused does not try again.
    """
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    if connection.credentials_at is None:
        raise Refused(_("Nothing can be checked before the credentials of step 5 are entered."))
    if active := Verification.objects.filter(connection=connection).active().first():
        return active
    refuse_while_blocked(connection)
    _tries_left(connection)
    return _verification(connection, actor, checks=list(checks))


@transaction.atomic
def sign_in_retry(*, connection: Connection, actor: Visitor) -> Verification:
    """Try a refused sign-in once more, because the user says that the Intacct user was unlocked."""
    report_unlocked(connection=connection, actor=actor)
    return verification_request(connection=connection, actor=actor)


def _verification(connection: Connection, actor: Visitor | None, **how: Any) -> Verification:
    person = None if isinstance(actor, Guest) else actor
    verification = Verification.objects.create(connection=connection, requested_by=person, **how)
    record("verification.requested", connection, actor, checks=verification.checks)
    transaction.on_commit(lambda: _publish(verification.pk))
    return verification


def _publish(pk: int) -> None:
    from wizard.tasks import publish  # the task calls services: a circle at import time

    publish(pk)


def _tries_left(connection: Connection) -> None:
    refused = Verification.objects.filter(
        connection=connection, created_at__gt=timezone.now() - TRIES_IN, blocker="sign_in"
    ).count()
    if refused >= TRIES:
        event_record(
            action="credentials.refused",
            actor=None,
            target=connection,
            customer_id=connection.customer_id,
            outcome=AuditEvent.Outcome.REFUSED,
        )
        raise Refused(
            _("Intacct refused %(tries)s sign-ins in ten minutes. Another could lock the user: wait a little.")
            % {"tries": TRIES}
        )
