from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, User
from accounts.services import refuse_suspended
from core.errors import Refused
from core.isolated_text import Sentence
from core.queue import publish
from intacct.secret import Secret
from wizard.models import Connection, Guest, StageProgress, Verification, Visitor
from wizard.services.board import connection_refresh
from wizard.services.credentials import (
    is_being_verified,
    is_in_use,
    refuse_refused_replacement,
    refused_replacement,
    replacement_keep,
)
from wizard.services.drafts import stage_attest
from wizard.services.events import record
from wizard.services.sign_ins import (
    allow_sign_in,
    block_words,
    refuse_after_many_refusals,
    refuse_while_blocked,
    report_unlocked,
)
from wizard.stages import ANSWERS_STAGE, SIGN_IN_STAGE
from wizard.verification.secrets import PASSWORD, SecretUnreadable, secret_open, secret_store


@transaction.atomic
def connection_start(*, customer: Customer, actor: User) -> Connection:
    """Create a connection, or return the one that has no company yet, so that a double click creates only one."""
    Customer.objects.select_for_update().get(pk=customer.pk)
    if unused := Connection.objects.filter(customer=customer, company_id="").first():
        return unused
    connection = Connection.objects.create(customer=customer, created_by=actor)
    record("connection.started", connection, actor)
    return connection


@transaction.atomic
def answers_save(
    *,
    connection: Connection,
    actor: User,
    permission_model: str,
    several_entities: bool | None,
    modules: list[str] | None,
) -> None:
    """Save the answers about the Intacct company. None: the user does not know."""
    connection.permission_model, connection.several_entities = permission_model, several_entities
    connection.modules = modules
    connection.save(update_fields=["permission_model", "several_entities", "modules"])
    record("answers.saved", connection, actor)
    stage_attest(connection=connection, stage=ANSWERS_STAGE.slug, actor=actor)


@transaction.atomic
def credentials_save(
    *, connection: Connection, actor: Visitor, company_id: str, user_id: str, password: Secret | None
) -> Verification:
    """Save the credentials and request a verification.

    If the connection is in use or disconnected, the verification comes first: only credentials that work replace the
    saved ones, or connect it again. Without `password`, the saved password is used.
    """
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    # The page was opened before. A confirmed deletion locks the connections to delete their passwords.
    refuse_suspended(connection.customer_id)
    if connection.disconnected_at and password is None:
        raise Refused(_("Enter the password. It was deleted when the connection was disconnected."))
    if not connection.is_answered:
        raise Refused(_("Answer the questions in Pre-checks first. They decide what we check."))
    refuse_after_many_refusals(connection)
    company_id, user_id = company_id.strip(), user_id.strip()
    active = Verification.objects.filter(connection=connection).active().first()
    if not _is_new_sign_in(connection, company_id, user_id, password):
        if connection.sign_in_block:
            raise Refused(block_words(connection, connection.sign_in_block, here=True))
        # Intacct is trying this password now. A second verification would try it again if it is refused.
        if active and not active.new_user_id:
            return active
    if active and is_being_verified(active, user_id, password):
        return active
    # The active verification tries credentials that are being replaced.
    if is_in_use(connection) or connection.disconnected_at:
        refuse_refused_replacement(connection, user_id, password)
        Verification.objects.filter(connection=connection).end()
        replacement_keep(connection=connection, actor=actor, company_id=company_id, user_id=user_id, password=password)
        return _create_verification(connection, actor, new_user_id=user_id)
    Verification.objects.filter(connection=connection).end()
    _store_credentials(connection, company_id, user_id, password)
    allow_sign_in(connection)
    StageProgress.objects.filter(connection=connection, stage=SIGN_IN_STAGE.slug).update(draft={})
    record("credentials.saved", connection, actor, company=company_id, user=user_id, password_changed=bool(password))
    return verification_request(connection=connection, actor=actor)


def _store_credentials(connection: Connection, company_id: str, user_id: str, password: Secret | None) -> None:
    """Store them as the credentials of the connection. Without `password`, the stored one stays."""
    if connection.company_id != company_id:
        connection.company, connection.level, connection.entity_id = {}, "", ""
    connection.company_id, connection.user_id, connection.credentials_saved_at = company_id, user_id, timezone.now()
    try:
        with transaction.atomic():
            connection.save()
    except IntegrityError:
        raise Refused(
            Sentence(_("You already have a connection to the company %(company)s."), {"company": company_id})
        ) from None
    if password:
        secret_store(connection=connection, field=PASSWORD, secret=password)


def _is_new_sign_in(connection: Connection, company_id: str, user_id: str, password: Secret | None) -> bool:
    """Whether it differs from the saved sign-in, which may be blocked."""
    try:
        stored = secret_open(connection, PASSWORD).reveal()
    except SecretUnreadable:
        return password is not None
    before = (connection.company_id, connection.user_id, stored)
    return (company_id, user_id, password.reveal() if password else stored) != before


@transaction.atomic
def level_choose(*, connection: Connection, actor: User, level: str, entity_id: str = "") -> None:
    if level not in Connection.Level or bool(entity_id) != (level == Connection.Level.ENTITY):
        raise Refused(_("Choose the top level or an entity from the list."))
    entities = connection.company.get("entities", [])
    single = connection.company.get("multi_entity") is False or len(entities) < 2
    if level == Connection.Level.ENTITY and single:
        raise Refused(_("This company has a single entity. Choose the top level."))
    if level == Connection.Level.ENTITY and entity_id not in {entity["id"] for entity in entities}:
        words = _("Intacct does not list an entity %(entity)s for this user. Choose one from the list.")
        raise Refused(Sentence(words, {"entity": entity_id}))
    connection.level, connection.entity_id = level, entity_id
    connection.save(update_fields=["level", "entity_id"])
    record("level.chosen", connection, actor, level=level, entity=entity_id)
    if entity_id:
        verification_request(connection=connection, actor=actor)
    connection_refresh(connection=connection)


@transaction.atomic
def verification_request(*, connection: Connection, actor: Visitor | None, checks: Sequence[str] = ()) -> Verification:
    """Queue a verification, or return the active one if there is one.

    Raises Refused while sign-ins are blocked. If Intacct refuses the sign-in, an active verification does not retry it.
    """
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    if connection.credentials_saved_at is None:
        raise Refused(_("Enter the ERP credentials first. Nothing can be checked without them."))
    if active := Verification.objects.filter(connection=connection).active().first():
        return active
    refuse_while_blocked(connection)
    refuse_after_many_refusals(connection)
    return _create_verification(connection, actor, checks=checks)


@transaction.atomic
def sign_in_retry(*, connection: Connection, actor: Visitor, refusal: str) -> Verification:
    """Retry a refused sign-in once, because the user confirms that the Intacct user was unlocked after this refusal."""
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    replacement = refused_replacement(connection)
    if replacement and replacement.refusal == refusal:
        return _retry_replacement(connection, actor, replacement)

    report_unlocked(connection=connection, actor=actor, refusal=refusal)
    return verification_request(connection=connection, actor=actor)


def _retry_replacement(connection: Connection, actor: Visitor, replacement: Verification) -> Verification:
    refuse_after_many_refusals(connection)
    record("credentials.unlocked", connection, actor, user=replacement.new_user_id)
    Verification.objects.filter(connection=connection).end()
    return _create_verification(connection, actor, new_user_id=replacement.new_user_id)


def _create_verification(
    connection: Connection, actor: Visitor | None, *, checks: Sequence[str] = (), new_user_id: str = ""
) -> Verification:
    """Queue a verification of these checks, of all if none is named. With `new_user_id`, it tries new credentials."""
    verification = Verification.objects.create(
        connection=connection,
        requested_by=None if isinstance(actor, Guest) else actor,
        checks=list(checks),
        new_user_id=new_user_id,
        is_current=not new_user_id,
    )
    record("verification.requested", connection, actor, checks=verification.checks)
    publish(Verification.task, verification.pk)
    return verification
