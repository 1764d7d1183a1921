"""A verification: sign in, then ask everything else in one request, then judge the replies.

It takes two requests if all is well. A connection at entity level takes a third. One more is sent if the first replies
lead to new questions: user-defined dimensions that we did not know, or the place of a missing field.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import AuditEvent
from core.leases import LeasedRow, renew_periodically
from core.metrics import CHECK_RESULTS, count_all
from core.work import register_work
from intacct import errors as e
from intacct.request import Login
from intacct.session import Session
from wizard.explanations import RAW
from wizard.models import (
    Confirmation,
    Connection,
    Finding,
    Incident,
    Outcome,
    StoredSecret,
    SyncProfile,
    Verification,
)
from wizard.models.verification import GATEWAY, SIGN_IN, SIGN_IN_CHECKS
from wizard.services.asking import ask_intacct
from wizard.services.credentials import replacement_settle
from wizard.services.events import record
from wizard.services.findings import apply_findings, are_same, findings_of
from wizard.services.incidents import close_incident, open_incident
from wizard.services.sessions import session_for
from wizard.services.sign_ins import NotTriedAgain, block_sign_in, is_password_refused, record_many_refusals
from wizard.services.test_results import end_results, outdated_checks, save_bill_state, with_tests
from wizard.stages import SIGN_IN_STAGE, stage_checks
from wizard.tally import Tally, result_of
from wizard.verification.check import Answer, Answers, judge
from wizard.verification.secrets import NEW_PASSWORD, secret_open

INTERRUPTED = "interrupted"
UNFINISHED = "verification"
"""The slug of the incident of a connection that could not be verified because of a fault on our side."""
RECENT = timedelta(minutes=15)
"""A connection verified this recently is not verified before a sync: legal entities often start a sync together."""
BLOCKERS = (*SIGN_IN_CHECKS, "role")


def verify_for_sync(connection: Connection, run: LeasedRow) -> Session:
    """Return a session for the sync of this claimed run, after verifying the connection with it.

    Skips the verification if one ended recently or is active. Raises no refusal of Intacct: the session keeps it and
    raises it when it is used, without asking again.
    """
    # A verification that the gateway stopped did not verify anything.
    whole = Verification.objects.standing().filter(connection=connection, checks=[]).exclude(blocker=GATEWAY)
    if whole.filter(created_at__gte=timezone.now() - RECENT).exists():
        return session_for(connection, work=run)
    verification = _start_verification(connection)
    if verification is None:
        return session_for(connection, work=run)

    session = session_for(connection, work=run, shared=False)
    with register_work(verification):
        verification_work(verification, session)
    connection.refresh_from_db(fields=["company"])
    return session


def _start_verification(connection: Connection, **fields: Any) -> Verification | None:
    """Create and claim a verification. Returns None if another one is active."""
    try:
        with transaction.atomic():
            row = Verification.objects.create(connection=connection, **fields)
    except IntegrityError:
        return None
    return Verification.objects.claim(row.pk)


def verification_work(verification: Verification, session: Session | None = None) -> None:
    """Do all of a claimed verification. Raises LeaseLost if another worker took over."""
    if verification.connection.disconnected_at and not verification.new_user_id:
        # Created while the connection was disconnected.
        Verification.objects.filter(pk=verification.pk).end()
        return
    answers = _no_answers_yet(verification.connection, verification.new_user_id)
    with renew_periodically(verification):
        _run_checks(verification, answers, session)
    _finish(verification, answers)


def verification_give_up(verification: Verification) -> None:
    """End a verification that failed repeatedly on our side, in the caller's transaction.

    Earlier findings still count. Reads as little as possible, because one of the values may cause the failure.
    """
    Finding.objects.update_or_create(
        verification_id=verification.pk,
        check_slug="gateway",
        defaults={
            "stage": SIGN_IN_STAGE.slug,
            "position": 0,
            "outcome": Outcome.CANNOT_TELL,
            "cause": INTERRUPTED,
            "facts": {"failure": verification.failure},
        },
    )
    # Only the new credentials of a replacement. The current ones stay.
    StoredSecret.objects.filter(connection=verification.connection_id, field=NEW_PASSWORD).delete()
    # As if only this check was requested, so that earlier findings of the other checks still count.
    verification.checks = ["gateway"]
    verification.finish()


def notify_verification_given_up(verification: Verification) -> None:
    connection = verification.connection
    record("verification.given_up", connection, None, failure=verification.failure)
    facts = {"failure": verification.failure}
    open_incident(connection=connection, slug=UNFINISHED, cause=INTERRUPTED, facts=facts, stage=SIGN_IN_STAGE.slug)


def record_refused_sync(*, connection: Connection, error: e.IntacctError) -> None:
    """Record why Intacct refused a sync's sign-in, as a verification would, in the caller's transaction.

    Asking Intacct again could lock the user. Records nothing if a verification is active, because that one records it;
    if the password was not sent; or if the credentials were replaced after the sync read them.
    """
    unchanged = Connection.objects.filter(pk=connection.pk, credentials_saved_at=connection.credentials_saved_at)
    if not unchanged.exists() or isinstance(error, NotTriedAgain):
        return
    if held := _start_verification(connection, checks=[*SIGN_IN_CHECKS]):
        answers = _no_answers_yet(held.connection)
        answers.error = error
        _finish(held, answers)


def _no_answers_yet(connection: Connection, new_user_id: str = "") -> Answers:
    unused_lists = SyncProfile.objects.unused_lists(connection)
    return Answers(connection, new_user_id, unused_lists, company=dict(connection.company))


def _session(verification: Verification) -> Session:
    connection, login = verification.connection, None
    if verification.new_user_id:
        password = secret_open(connection, NEW_PASSWORD)
        login = Login(connection.company_id, verification.new_user_id, password)
    return session_for(connection, work=verification, login=login, priority="check", shared=False)


@contextmanager
def _new_password_is_tried_once(verification: Verification) -> Iterator[None]:
    """Save a refusal at once, because this worker may be killed before it ends the verification.

    Only for the new password of a replacement. `services.sign_ins` guards the current one.
    """
    if verification.new_user_id and verification.blocker == SIGN_IN:
        raise NotTriedAgain("not tried, because Intacct refused this sign-in before", layer="authentication")
    try:
        yield
    except e.IntacctError as error:
        if is_password_refused(error):
            Verification.objects.filter(pk=verification.pk).update(blocker=SIGN_IN)
        raise


def _run_checks(verification: Verification, answers: Answers, session: Session | None) -> None:
    try:
        session = session or _session(verification)
        with _new_password_is_tried_once(verification):
            answers.landed_at = session.login().entity_id
        answers.signed_in = True
        if not _predecessor(verification):
            _write(verification, findings_of(verification, answers.company, _judged(answers, SIGN_IN_CHECKS)))
        ask_intacct(session, answers)
    except e.IntacctError as error:
        answers.error = error
        return
    if answers.connection.entity_id:
        try:
            session.entity(answers.connection.entity_id).login()
        except e.IntacctError as error:
            answers.entity_error = error


def _predecessor(verification: Verification) -> Verification | None:
    """The verification before this one, if this one refers to its results should they be the same.

    None for one that a user requested: it saves results as they come, since the user is waiting for them.
    """
    if verification.checks or verification.requested_by_id or not verification.is_current:
        return None
    earlier = Verification.objects.standing().filter(connection=verification.connection_id, pk__lt=verification.pk)
    newest = earlier.filter(created_at__gte=verification.connection.credentials_saved_at).order_by("-pk")[:1]
    return Verification.objects.complete().filter(pk__in=newest.values("pk")).first()


def _save_results(verification: Verification, findings: list[Finding]) -> None:
    """Save the findings, or refer to the verification before this one if it had the same."""
    predecessor = _predecessor(verification)
    if predecessor and are_same(findings, predecessor.results()):
        verification.hold()
        verification.same_as_id = predecessor.same_as_id or predecessor.pk
    else:
        _write(verification, findings)


def _judged(answers: Answers, slugs: Collection[str] = ()) -> dict[str, Answer]:
    """Judge these checks, or all. Returns the answers by slug."""
    checks = [check for _stage, check in stage_checks(answers.company) if not slugs or check.slug in slugs]
    return {check.slug: judge(check, answers) for check in checks}


def _findings(verification: Verification, answers: Answers, judged: Mapping[str, Answer]) -> list[Finding]:
    """The findings of the requested checks, and always those of the sign-in, which every verification does."""
    wanted = {*verification.checks, *SIGN_IN_CHECKS} if verification.checks else judged.keys()
    requested = {slug: answer for slug, answer in judged.items() if slug in wanted}
    return findings_of(verification, answers.company, requested)


def _write(verification: Verification, findings: list[Finding]) -> None:
    """Save findings. Overwrites those that a killed worker had already saved."""
    with transaction.atomic():
        verification.hold()
        Finding.objects.bulk_create(
            findings,
            update_conflicts=True,
            unique_fields=["verification", "check_slug"],
            update_fields=["outcome", "cause", "facts", "position", "stage"],
        )


@transaction.atomic
def _finish(verification: Verification, answers: Answers) -> None:
    # Before the verification, as everywhere.
    connection = Connection.objects.select_for_update().get(pk=verification.connection_id)
    judged = _judged(answers)
    outdated = outdated_checks(answers.connection, judged, answers.data)
    findings = _findings(verification, answers, with_tests(answers.connection, judged, outdated))
    _save_results(verification, findings)
    failed = [finding for finding in findings if finding.outcome == Outcome.FAILED]
    verification.blocker = next((finding.check_slug for finding in failed if finding.check_slug in BLOCKERS), "")
    if verification.new_user_id:
        replacement_settle(
            verification=verification,
            connection=connection,
            signed_in=answers.signed_in,
            refused=isinstance(answers.error, NotTriedAgain) or is_password_refused(answers.error),
        )
    verification.finish()
    count_all(CHECK_RESULTS, (finding.outcome for finding in findings))
    if verification.blocker:
        record_many_refusals(connection)
    record("verification.finished", connection, None, **result_facts(verification, findings))
    if Incident.objects.open().filter(connection=connection, check_slug=UNFINISHED).exists():
        close_incident(connection=connection, slug=UNFINISHED)
    if not verification.is_current:
        return
    if is_password_refused(answers.error):
        block_sign_in(connection)
    connection.company = answers.company
    connection.save(update_fields=["company"])
    save_bill_state(connection, answers.data)
    end_results(connection, outdated)
    apply_findings(connection=connection, verification=verification, findings=findings)


def result_facts(verification: Verification, findings: Sequence[Finding]) -> dict[str, Any]:
    """What the audit log records: how the checks came out, and why the first one failed."""
    failed = [finding for finding in findings if finding.outcome == Outcome.FAILED]
    first = failed[0] if failed else Finding()
    confirmed = set(Confirmation.objects.of_current_user(verification.connection).values_list("check_slug", flat=True))
    results = (result_of(finding, is_confirmed=finding.check_slug in confirmed) for finding in findings)
    return {
        "outcome": AuditEvent.Outcome.FAILED if failed else AuditEvent.Outcome.SUCCESS,
        "blocker": verification.blocker,
        **Tally.of(results).facts,
        "cause": first.cause,
        "facts": {name: value for name, value in first.facts.items() if name not in RAW},
    }
