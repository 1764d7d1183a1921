"""The state of each stage, computed from what users did and what Intacct reported. It is never stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from wizard.models import Connection, Finding, Outcome, StageProgress, SyncProfile
from wizard.models.verification import GATEWAY, SIGN_IN_CHECKS
from wizard.stages import STAGES
from wizard.stages.stage import Stage

SETTLED = ("verified", "attested")
# States that a stage can have only while the stages before it are done.
NOT_VERIFIED = ("todo", "in_progress", "attested")


@dataclass(frozen=True)
class StageStatus:
    """`state`: todo, in_progress, attested, verified, attention (“Needs attention”), waiting or locked."""

    stage: Stage
    state: str
    since: datetime | None
    progress: StageProgress | None
    findings: Sequence[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What a stage's state depends on. `done` and `found` are the stage's own; `profiles` are oldest first."""

    connection: Connection
    done: StageProgress | None
    found: Sequence[Finding]
    profiles: Sequence[SyncProfile]

    @property
    def outcomes(self) -> set[str]:
        return {finding.outcome for finding in self.found}


def stage_statuses(connection: Connection) -> list[StageStatus]:
    """Return the status of all stages in order, with three queries."""
    progress = {row.stage: row for row in StageProgress.objects.filter(connection=connection)}
    findings: dict[str, list[Finding]] = {}
    for finding in _hide_behind_sign_in(sorted(Finding.objects.current(connection), key=lambda row: row.position)):
        findings.setdefault(finding.stage, []).append(finding)
    profiles = list(SyncProfile.objects.filter(connection=connection).order_by("pk"))
    states: dict[str, str] = {}
    statuses = []
    for stage in STAGES:
        known = Known(connection, progress.get(stage.slug), findings.get(stage.slug, []), profiles)
        state = _state(stage, known)
        if _must_wait(stage, state, states):
            state = "locked"
        states[stage.slug] = state
        statuses.append(StageStatus(stage, state, _since(state, known), known.done, known.found))
    return statuses


def _hide_behind_sign_in(findings: Sequence[Finding]) -> Sequence[Finding]:
    """While the sign-in fails, show older failures as not checked, so that users fix one problem at a time."""
    failed = [
        finding for finding in findings if finding.outcome == Outcome.FAILED and finding.check_slug in SIGN_IN_CHECKS
    ]
    if not failed or failed[0].check_slug == GATEWAY:
        return findings

    for finding in findings:
        if finding.outcome == Outcome.FAILED and finding.verification_id < failed[0].verification_id:
            finding.outcome, finding.cause = Outcome.BLOCKED, ""
    return findings


def _must_wait(stage: Stage, state: str, states: Mapping[str, str]) -> bool:
    """Whether the stage must wait for those before it. SmartSync never does: one approved profile is enough for it."""
    can_wait = state in NOT_VERIFIED and stage.slug != "smart_sync"
    return can_wait and any(states[before] not in SETTLED for before in stage.after)


def stage_state(connection: Connection, slug: str) -> str:
    return next(status.state for status in stage_statuses(connection) if status.stage.slug == slug)


def _state(stage: Stage, known: Known) -> str:
    """The stage's own state, without regard to the stages before it."""
    if Outcome.FAILED in known.outcomes:
        return "attention"
    return RULES.get(stage.slug, _by_findings)(known)


def _by_findings(known: Known) -> str:
    """Verified even if some checks could not be answered, but not if some were not asked."""
    if known.outcomes & {Outcome.PASSED, Outcome.NOT_APPLICABLE} and Outcome.BLOCKED not in known.outcomes:
        return "verified"
    return _by_confirmation(known)


def _by_confirmation(known: Known) -> str:
    if known.done is None:
        return "todo"
    if known.done.attested_at:
        return "attested"
    return "attention" if known.done.reopened_at else "in_progress"


def _pre_checks(known: Known) -> str:
    return "verified" if known.connection.modules is not None else _by_confirmation(known)


def _credentials(known: Known) -> str:
    connection = known.connection
    passed = {finding.check_slug: finding for finding in known.found if finding.outcome == Outcome.PASSED}
    # The level may have changed after the check of the entity.
    entered = passed["entity"].facts.get("entity_id") if "entity" in passed else ""
    if "sign_in" in passed and connection.level and connection.entity_id in ("", entered):
        return "verified"
    return "in_progress" if known.done or connection.credentials_saved_at else "todo"


def _sync_profile(known: Known) -> str:
    states = [profile.state for profile in known.profiles]
    if SyncProfile.State.ASKED in states:
        return "attention"
    if SyncProfile.State.APPROVED in states:
        return "verified"
    if any(profile.is_waiting for profile in known.profiles):
        return "waiting"
    return "attention" if states and states[-1] == SyncProfile.State.DECLINED else _by_confirmation(known)


def _smart_sync(known: Known) -> str:
    approved = [profile for profile in known.profiles if profile.state == SyncProfile.State.APPROVED]
    if not approved:
        return "locked"
    if any(profile.first_synced_at for profile in approved):
        return "verified"
    return "in_progress" if any(profile.sync_started_at for profile in approved) else "todo"


# A stage without a rule is verified by its findings. Until then, a user's confirmation counts.
RULES: Mapping[str, Callable[[Known], str]] = {
    "pre_checks": _pre_checks,
    "credentials": _credentials,
    "sync_profile": _sync_profile,
    "smart_sync": _smart_sync,
}


def _since(state: str, known: Known) -> datetime | None:
    if state == "waiting":
        return next(profile.requested_at for profile in known.profiles if profile.is_waiting)
    if state in ("verified", "attention") and known.found:
        return max(finding.at for finding in known.found)
    done = known.done
    return (done.reopened_at or done.attested_at or done.updated_at) if done else None
