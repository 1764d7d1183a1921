"""Findings made of answers, and what the findings of a verification change on the connection."""

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.diagnoses import storable_facts
from wizard.models import Connection, Finding, Outcome, Verification
from wizard.services.board import connection_refresh
from wizard.services.contradictions import reopen
from wizard.services.monitoring import update_incidents
from wizard.stages import stage_checks
from wizard.verification.check import Answer


def findings_of(verification: Verification, company: Mapping[str, Any], answers: Mapping[str, Answer]) -> list[Finding]:
    """Return a finding, not yet saved, for each check of the company that is answered, in the order of the checks.

    answers: by the slug of the check.
    """
    return [
        Finding(
            verification=verification,
            check_slug=check.slug,
            stage=stage.slug,
            position=position,
            outcome=answers[check.slug].outcome,
            cause=answers[check.slug].cause,
            facts=storable_facts(answers[check.slug].facts),
        )
        for position, (stage, check) in enumerate(stage_checks(company))
        if check.slug in answers
    ]


def apply_findings(*, connection: Connection, verification: Verification, findings: Sequence[Finding]) -> None:
    """Reopen steps, and update incidents and summary, in the transaction that finishes the verification."""
    reopen(connection, [finding for finding in findings if finding.outcome == Outcome.FAILED])
    update_incidents(verification=verification, findings=findings)
    connection_refresh(connection=connection)
