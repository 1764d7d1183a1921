"""Findings made of answers, and what the findings of a verification change on the connection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wizard.diagnoses import storable_facts
from wizard.models import Connection, Finding, Outcome, Verification
from wizard.services.board import connection_refresh
from wizard.services.contradictions import reopen
from wizard.services.monitoring import update_incidents
from wizard.stages import stage_checks
from wizard.verification.check import Answer

PASSING_FACTS = ("at", "control_id", "support_id")
"""Facts that differ in every reply of Intacct, though it reports the same."""


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


def are_same(findings: Sequence[Finding], earlier: Iterable[Finding]) -> bool:
    """Whether two verifications had the same results, apart from what is different in every reply."""
    return _contents(findings) == _contents(earlier)


def _contents(findings: Iterable[Finding]) -> dict[str, tuple[object, ...]]:
    return {
        finding.check_slug: (finding.stage, finding.position, finding.outcome, finding.cause, _lasting_facts(finding))
        for finding in findings
    }


def _lasting_facts(finding: Finding) -> str:
    """As JSON, since that is what a stored finding has."""
    facts = {name: value for name, value in finding.facts.items() if name not in PASSING_FACTS}
    return json.dumps(facts, sort_keys=True)


def apply_findings(*, connection: Connection, verification: Verification, findings: Sequence[Finding]) -> None:
    """Reopen steps, and update incidents and summary, in the transaction that finishes the verification."""
    reopen(connection, [finding for finding in findings if finding.outcome == Outcome.FAILED])
    update_incidents(verification=verification, findings=findings)
    connection_refresh(connection=connection)
