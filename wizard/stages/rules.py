"""How the state of a stage follows from what users did and what Intacct reported."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.models import GOOD_OUTCOMES, Connection, Finding, Outcome, StageProgress, SyncProfile


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


def state_by_findings(known: Known) -> str:
    """Verified even if some checks could not be answered, but not if some were not asked."""
    if known.outcomes.intersection(GOOD_OUTCOMES) and Outcome.BLOCKED not in known.outcomes:
        return "verified"
    return state_by_confirmation(known)


def state_by_confirmation(known: Known) -> str:
    if known.done is None:
        return "todo"
    if known.done.attested_at:
        return "attested"
    return "attention" if known.done.reopened_at else "in_progress"
