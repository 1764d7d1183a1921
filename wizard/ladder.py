"""The check ladder: sign in, then ask everything else in one request, then judge.

Two round trips when all is well; a third for an entity, and one for what only the first answers tell to ask: new
user-defined dimensions, where a missing field is instead.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import event_record
from intacct import errors as e
from intacct import functions
from intacct.diagnosis import facts
from intacct.reply import Data, Result
from intacct.request import Function
from intacct.session import Session
from leases import kept_alive
from leases.work import held_in_hand
from wizard.causes import TEMPORARY, cause_of, storable_facts
from wizard.company import ASKED, company_learn
from wizard.gateway import session_for
from wizard.models import Connection, Finding, Incident, Outcome, StageProgress, StoredSecret, Verification
from wizard.models.verification import GATEWAY, RUNGS, SIGN_IN
from wizard.secrets import NEW_PASSWORD, PASSWORD, SecretUnreadable
from wizard.services.incidents import close_incident, open_incident
from wizard.services.refreshing import connection_refresh
from wizard.services.replacing import replacement_settle
from wizard.services.sign_ins import NotTriedAgain, block_sign_in, is_password_refused, record_many_refusals
from wizard.services.watching import incidents_follow
from wizard.stage import Answer, Check, Stage
from wizard.stages import STAGES

log = logging.getLogger(__name__)
INTERRUPTED = "interrupted"
UNFINISHED = "verification"
"""The incident of a connection that could not be verified because of a fault on our side."""
LATELY = timedelta(minutes=15)
"""A connection verified since then is not verified again before a sync: several legal entities often begin together."""
STOPPERS = (*RUNGS, "role")
FAILED_RUNG: Mapping[type[e.IntacctError], tuple[str, tuple[str, ...]]] = {
    e.TransportError: ("gateway", ()),
    e.Throttled: ("gateway", ()),
    e.GatewayUnavailable: ("gateway", ()),
    e.WrongSender: ("sender", ("gateway",)),
    e.UnknownCompanyOrSender: ("company", ("gateway",)),
    e.CompanyExpired: ("company", ("gateway",)),
    e.CompanyInactive: ("company", ("gateway",)),
    e.SenderNotAuthorized: ("sender", ("gateway", "company")),
    e.AuthenticationError: ("sign_in", ("gateway",)),
    # Nothing was sent.
    SecretUnreadable: ("sign_in", ()),
    e.UnsendableText: ("sign_in", ()),
    # Neither says anything about the user or the password.
    e.SessionExpired: ("gateway", ()),
    e.IntacctError: ("gateway", ()),
}


@dataclass
class Answers:
    """What sign-in and batch brought. `error` is what refused the sign-in, or the batch as a whole.

    `landed_at`: the entity the sign-in led to, though none was asked for. `company`: see `wizard/company.py`.
    """

    connection: Connection
    error: e.IntacctError | None = None
    signed_in: bool = False
    landed_at: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    company: dict[str, Any] = field(default_factory=dict)
    entity_error: e.IntacctError | None = None

    def data(self, name: str) -> Data | None:
        """What the call with this control ID brought; None when it was refused or not made."""
        result = self.results.get(name)
        return result.data if result and not result.failure else None

    def failure(self, name: str) -> e.IntacctError | None:
        result = self.results.get(name)
        return result.failure if result else self.error

    def warning(self, check: Check) -> str:
        """What Intacct remarked beside the answers to this check's questions."""
        results = (self.results.get(call.control_id) for call in check.asks(self.connection))
        remarks = (remark.said for result in results if result for remark in result.warnings)
        return " ".join(dict.fromkeys(remarks))

    def diagnosed(self, outcome: Outcome, error: e.IntacctError, **more: str) -> Answer:
        known = {
            "company_id": self.connection.company_id,
            "user_id": self.connection.user_id,
            "sender_id": settings.INTACCT_SENDER_ID,
            "entity_id": self.connection.entity_id,
        }
        return Answer(outcome, cause_of(error), facts(error, **known) | more)


def verified_session(connection: Connection) -> Session:
    """A session for a sync, used first to verify the connection, unless that was done lately or is being done.

    Raises nothing that Intacct says: what refused the sign-in is raised, not asked again, when the session is used.
    """
    # One that the gateway stopped verified nothing.
    whole = Verification.objects.standing().filter(connection=connection, checks=[]).exclude(blocker=GATEWAY)
    if whole.filter(created_at__gte=timezone.now() - LATELY).exists() or not (held := _begun(connection)):
        return session_for(connection)
    session = session_for(connection, shared=False)
    with held_in_hand(held, "wizard.tasks.verification_run"):
        verification_work(held, session)
    connection.refresh_from_db(fields=["company"])
    return session


def _begun(connection: Connection, **about: Any) -> Verification | None:
    """A verification that this worker has claimed; None when another is under way."""
    try:
        with transaction.atomic():
            made = Verification.objects.create(connection=connection, **about)
    except IntegrityError:
        return None
    return Verification.objects.claim(made.pk)


def verification_work(verification: Verification, session: Session | None = None) -> None:
    """Do the whole of a claimed verification. Raises LeaseLost when another worker took over."""
    connection = verification.connection
    connection.user_id = verification.new_user_id or connection.user_id
    answers = Answers(connection, company=dict(connection.company))
    with kept_alive(verification):
        _climb(verification, answers, session)
    _finish(verification, answers)


def verification_give_up(verification: Verification) -> None:
    """End a verification that failed again and again on our side: nothing is known that was not known before.

    In the caller's transaction. Reads as little as it can, since one of the values may be what made it fail.
    """
    Finding.objects.update_or_create(
        verification_id=verification.pk,
        check_slug="gateway",
        defaults={
            "stage": "credentials",
            "position": 0,
            "outcome": Outcome.CANNOT_TELL,
            "cause": INTERRUPTED,
            "facts": {"failure": verification.failure},
        },
    )
    # Only of new credentials that were to be proved.
    StoredSecret.objects.filter(connection=verification.connection_id, field=NEW_PASSWORD).delete()
    # It did not ask everything, so what was found before still counts.
    verification.checks = ["gateway"]
    verification.finish()


def notify_verification_given_up(verification: Verification) -> None:
    connection = verification.connection
    _record("verification.given_up", connection, failure=verification.failure)
    facts = {"failure": verification.failure}
    open_incident(connection=connection, slug=UNFINISHED, cause=INTERRUPTED, facts=facts, stage="credentials")


def verification_note(*, connection: Connection, error: e.IntacctError) -> None:
    """What refused a sync's sign-in, as a verification would have found it: asking anew could lock the user.

    In the caller's transaction. A verification that is under way will tell by itself. Neither a password that was not
    tried again says anything new, nor a refusal of credentials that were replaced since the sync read them.
    """
    replaced = Connection.objects.filter(pk=connection.pk).exclude(credentials_at=connection.credentials_at).exists()
    if replaced or isinstance(error, NotTriedAgain):
        return
    if held := _begun(connection, checks=[*RUNGS]):
        _finish(held, Answers(held.connection, company=dict(held.connection.company), error=error))


def _session(verification: Verification, connection: Connection) -> Session:
    field = NEW_PASSWORD if verification.new_user_id else PASSWORD
    return session_for(connection, priority="check", field=field, shared=False)


@contextmanager
def _new_password_is_tried_once(verification: Verification) -> Iterator[None]:
    """A refusal is saved at once, in case this worker is killed before it ends the verification.

    The password in use has a gate of its own: see `services.sign_ins`.
    """
    if verification.new_user_id and verification.blocker == SIGN_IN:
        raise NotTriedAgain("not tried, because Intacct refused this sign-in before", layer="authentication")
    try:
        yield
    except e.IntacctError as error:
        if is_password_refused(error):
            Verification.objects.filter(pk=verification.pk).update(blocker=SIGN_IN)
        raise


def _climb(verification: Verification, answers: Answers, session: Session | None) -> None:
    try:
        session = session or _session(verification, answers.connection)
        with _new_password_is_tried_once(verification):
            answers.landed_at = session.login().entity_id
        answers.signed_in = True
        _write(verification, _judged(verification, answers, only=RUNGS))
        _ask(session, answers)
    except e.IntacctError as error:
        answers.error = error
        return
    if answers.connection.entity_id:
        try:
            session.entity(answers.connection.entity_id).login()
        except e.IntacctError as error:
            answers.entity_error = error


def _ask(session: Session, answers: Answers) -> None:
    _call(session, answers, _batch(answers.connection))
    answers.company |= company_learn(answers.data)
    answers.connection.company = answers.company
    more = _batch(answers.connection)
    for _stage, check in _checks(answers.connection):
        more |= _calls(check, partial(check.then, answers))
    if new := {name: call for name, call in more.items() if name not in answers.results}:
        _call(session, answers, new)


def _call(session: Session, answers: Answers, calls: Mapping[str, Function]) -> None:
    reply = session.call(*(call.with_id(name) for name, call in calls.items()))
    answers.results |= {name: reply[name] for name in calls}


def _batch(connection: Connection) -> dict[str, Function]:
    calls = {name: ask() for name, ask in ASKED.items()}
    calls["formatting"] = functions.read_user_formatting(connection.user_id)
    calls["permissions"] = functions.get_user_permissions(connection.user_id)
    for _stage, check in _checks(connection):
        calls |= _calls(check, partial(check.asks, connection))
    return calls


def _calls(check: Check, calls: Callable[[], Iterable[Function]]) -> dict[str, Function]:
    """By control ID. A check that fails to say what it asks asks nothing, and is judged without an answer."""
    try:
        return {call.control_id: call for call in calls()}
    except Exception:
        log.exception("The check %s could not be asked", check.slug)
        return {}


def _checks(connection: Connection) -> Iterable[tuple[Stage, Check]]:
    return ((stage, check) for stage in STAGES for check in stage.checks(connection))


def _judged(verification: Verification, answers: Answers, only: Iterable[str] = ()) -> list[Finding]:
    """The findings of the checks asked for. The sign-in's are among them always: it was made."""
    wanted = set(only) or ({*verification.checks, *RUNGS} if verification.checks else set())
    found = []
    for position, (stage, check) in enumerate(_checks(answers.connection)):
        if wanted and check.slug not in wanted:
            continue
        answer = judge(check, answers)
        found.append(
            Finding(
                verification=verification,
                check_slug=check.slug,
                stage=stage.slug,
                position=position,
                outcome=answer.outcome,
                cause=answer.cause,
                facts=storable_facts(answer.facts),
            )
        )
    return found


def judge(check: Check, answers: Answers) -> Answer:
    if answers.error and check.slug not in RUNGS:
        return Answer(Outcome.BLOCKED)
    try:
        answer = _answer_of(check, answers)
        warning = answers.warning(check)
    except Exception as error:
        log.exception("The check %s could not be judged", check.slug)
        return Answer(Outcome.CANNOT_TELL, "check_failed", {"failure": type(error).__name__})
    return replace(answer, facts={**answer.facts, "warning": warning}) if warning else answer


def _answer_of(check: Check, answers: Answers) -> Answer:
    try:
        return check.judge(answers)
    except e.MisshapenReply as error:
        return answers.diagnosed(Outcome.CANNOT_TELL, error)


def _write(verification: Verification, found: list[Finding]) -> None:
    """Findings that landed before, of a worker that was killed, are overwritten."""
    with transaction.atomic():
        verification.hold()
        Finding.objects.bulk_create(
            found,
            update_conflicts=True,
            unique_fields=["verification", "check_slug"],
            update_fields=["outcome", "cause", "facts", "position", "stage"],
        )


@transaction.atomic
def _finish(verification: Verification, answers: Answers) -> None:
    found = _judged(verification, answers)
    _write(verification, found)
    connection = Connection.objects.select_for_update().get(pk=verification.connection_id)
    failed = [each for each in found if each.outcome == Outcome.FAILED]
    verification.blocker = next((each.check_slug for each in failed if each.check_slug in STOPPERS), "")
    if verification.new_user_id:
        replacement_settle(
            verification=verification,
            connection=connection,
            proved=answers.signed_in,
            refused=isinstance(answers.error, NotTriedAgain) or is_password_refused(answers.error),
        )
    verification.finish()
    if verification.blocker:
        record_many_refusals(connection)
    _record("verification.finished", connection, blocker=verification.blocker)
    if Incident.objects.open().filter(connection=connection, check_slug=UNFINISHED).exists():
        close_incident(connection=connection, slug=UNFINISHED)
    if not verification.stands:
        return
    if is_password_refused(answers.error):
        block_sign_in(connection)
    connection.company = answers.company
    connection.save(update_fields=["company"])
    _reopen(connection, failed)
    incidents_follow(verification=verification, found=found)
    connection_refresh(connection=connection)


def _reopen(connection: Connection, failed: list[Finding]) -> None:
    """Take back the confirmations that Intacct contradicts. A gateway that is down contradicts nothing."""
    failed = [finding for finding in failed if finding.cause not in TEMPORARY]
    attested = StageProgress.objects.filter(connection=connection, attested_at__isnull=False)
    for progress in attested.filter(stage__in={finding.stage for finding in failed}):
        progress.attested_at, progress.attested_by, progress.attested_by_guest = None, None, None
        progress.reopened_at = timezone.now()
        progress.save(update_fields=["attested_at", "attested_by", "attested_by_guest", "reopened_at", "updated_at"])
        checks = [each.check_slug for each in failed if each.stage == progress.stage]
        _record("stage.reopened", connection, stage=progress.stage, checks=checks)


def _record(action: str, connection: Connection, **metadata: Any) -> None:
    event_record(action=action, actor=None, target=connection, customer_id=connection.customer_id, **metadata)


def rung(slug: str, answers: Answers) -> Answer:
    """Judge of the four rungs of the sign-in."""
    if answers.error is None:
        return Answer(Outcome.PASSED)
    kind = next(kind for kind in type(answers.error).__mro__ if kind in FAILED_RUNG)
    failed, proved = FAILED_RUNG[kind]
    if slug == failed:
        return answers.diagnosed(Outcome.FAILED, answers.error)
    return Answer(Outcome.PASSED if answers.signed_in or slug in proved else Outcome.BLOCKED)
