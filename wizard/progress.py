"""The state of each stage, computed from what users did and what Intacct reported. It is never stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import Words
from wizard.models import Confirmation, Connection, Finding, Outcome, StageProgress
from wizard.models.verification import GATEWAY, SIGN_IN_CHECKS
from wizard.stages import STAGES
from wizard.stages.rules import Known
from wizard.stages.stage import Stage

SETTLED = ("verified", "attested")
# States that a stage can have only while the stages before it are done.
NOT_VERIFIED = ("todo", "in_progress", "attested")

STATE_WORDS: Mapping[str, Words] = {
    "todo": gettext_lazy("To do"),
    "in_progress": gettext_lazy("In progress"),
    "attested": gettext_lazy("Done · not yet verified"),
    "verified": gettext_lazy("Verified"),
    "attention": gettext_lazy("Needs attention"),
    "waiting": gettext_lazy("Waiting on Beanworks"),
    "locked": gettext_lazy("Can’t start yet"),
}


@dataclass(frozen=True)
class StageStatus:
    """`state`: todo, in_progress, attested, verified, attention (“Needs attention”), waiting or locked."""

    stage: Stage
    state: str
    since: datetime | None
    progress: StageProgress | None
    findings: Sequence[Finding] = field(default_factory=list)
    confirmations: Mapping[str, Confirmation] = field(default_factory=dict)
    failed_earlier: datetime | None = None
    """When a check failed that could not be checked again since, because the sign-in fails."""
    is_stopped: bool = False
    """The sign-in fails: pages show only that, and nothing to confirm."""

    @property
    def is_verified(self) -> bool:
        return self.state == "verified"

    @property
    def ticks(self) -> Mapping[str, Any]:
        return self.progress.ticks if self.progress else {}

    @property
    def to_confirm(self) -> list[Finding]:
        """Checks without an answer that no user has confirmed yet. None while the sign-in fails."""
        return [finding for finding in self.unconfirmed if finding.is_confirmable and not self.is_stopped]

    @property
    def unconfirmed(self) -> list[Finding]:
        """All findings, except those that users have confirmed."""
        return [
            finding
            for finding in self.findings
            if not (finding.is_confirmable and finding.check_slug in self.confirmations)
        ]

    @property
    def look(self) -> str:
        """The state, or “unconfirmed” if it is verified except for what users have to confirm."""
        return "unconfirmed" if self.state == "verified" and self.to_confirm else self.state

    @property
    def words(self) -> str:
        if self.look == "unconfirmed":
            return _("Verified · %(total)s to confirm") % {"total": len(self.to_confirm)}
        return str(STATE_WORDS[self.state])


def stage_statuses(connection: Connection) -> list[StageStatus]:
    """Return the status of all stages in order, with three queries; four if a check can be confirmed."""
    progress = {row.stage: row for row in StageProgress.objects.filter(connection=connection)}
    current = sorted(Finding.objects.current(connection), key=lambda row: row.position)
    is_stopped = bool(connection.sign_in_block) or any(map(_fails_to_sign_in, current))
    hidden = {finding.stage: finding.checked_at for finding in _hide_behind_sign_in(current)}
    findings: dict[str, list[Finding]] = {}
    for finding in current:
        findings.setdefault(finding.stage, []).append(finding)
    confirmations = _confirmations(connection, findings)
    profiles = sorted(connection.profiles.all(), key=lambda profile: profile.pk)
    states: dict[str, str] = {}
    statuses = []
    for stage in STAGES.values():
        known = Known(connection, progress.get(stage.slug), findings.get(stage.slug, []), profiles)
        state = _state(stage, known, failed_earlier=stage.slug in hidden)
        if _must_wait(stage, state, states):
            state = "locked"
        states[stage.slug] = state
        since, earlier = _since(state, known), hidden.get(stage.slug)
        status = StageStatus(stage, state, since, known.done, known.found, confirmations, earlier, is_stopped)
        statuses.append(status)
    return statuses


def _confirmations(connection: Connection, findings: Mapping[str, Sequence[Finding]]) -> dict[str, Confirmation]:
    """By the slug of the check. They are read only if a check can be confirmed."""
    if not any(finding.is_confirmable for rows in findings.values() for finding in rows):
        return {}
    confirmations = Confirmation.objects.of_current_user(connection)
    return {confirmation.check_slug: confirmation for confirmation in confirmations}


def _hide_behind_sign_in(findings: Sequence[Finding]) -> list[Finding]:
    """While the sign-in fails, show older failures as not checked, so that users fix one problem at a time.

    Return those that are hidden.
    """
    failed = [finding for finding in findings if _fails_to_sign_in(finding)]
    if not failed or failed[0].check_slug == GATEWAY:
        return []

    newest = failed[0].verification_id
    older = [row for row in findings if row.outcome == Outcome.FAILED and row.verification_id < newest]
    for finding in older:
        finding.outcome, finding.cause = Outcome.BLOCKED, ""
    return older


def _fails_to_sign_in(finding: Finding) -> bool:
    return finding.outcome == Outcome.FAILED and finding.check_slug in SIGN_IN_CHECKS


def _must_wait(stage: Stage, state: str, states: Mapping[str, str]) -> bool:
    """Whether the stage must wait for those before it."""
    can_wait = stage.waits and state in NOT_VERIFIED
    return can_wait and any(states[before] not in SETTLED for before in stage.after)


def _state(stage: Stage, known: Known, *, failed_earlier: bool) -> str:
    """The stage's own state, without regard to the stages before it."""
    if Outcome.FAILED in known.outcomes:
        return "attention"
    state = stage.rule(known)
    # What failed is still to fix, unless a user has marked the step as done since.
    return "attention" if failed_earlier and state != "attested" else state


def _since(state: str, known: Known) -> datetime | None:
    if state == "waiting":
        return next(profile.requested_at for profile in known.profiles if profile.is_waiting)
    if state in ("verified", "attention") and known.found:
        return max(finding.checked_at for finding in known.found)
    done = known.done
    return (done.reopened_at or done.attested_at or done.updated_at) if done else None
