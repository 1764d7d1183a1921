"""What failed checks contradict: what users confirmed, and what test bills showed."""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from wizard.diagnoses import TEMPORARY
from wizard.models import Connection, Finding, StageProgress, TestBill
from wizard.models.test_bill import ADD, BILLS, FIELD, FIELD_TYPE
from wizard.services.confirmations import delete_contradicted
from wizard.services.events import record

# If one of the checks on the right fails, what a test bill showed about the one on the left counts no more.
ENDED_BY: Mapping[str, set[str]] = {
    ADD: {ADD, BILLS, "role"},
    FIELD: {FIELD},
    FIELD_TYPE: {FIELD, FIELD_TYPE},
}


def reopen(connection: Connection, failed: Sequence[Finding]) -> None:
    """Clear what users confirmed and Intacct contradicts. A gateway that is down contradicts nothing."""
    failed = [finding for finding in failed if finding.cause not in TEMPORARY]
    if not failed:
        return
    delete_contradicted(connection=connection, failed=failed)
    _end_test_results(connection, {finding.check_slug for finding in failed})
    attested = StageProgress.objects.filter(connection=connection, attested_at__isnull=False)
    for progress in attested.filter(stage__in={finding.stage for finding in failed}):
        progress.attested_at, progress.attested_by, progress.attested_by_guest = None, None, None
        progress.reopened_at = timezone.now()
        progress.save(update_fields=["attested_at", "attested_by", "attested_by_guest", "reopened_at", "updated_at"])
        checks = [finding.check_slug for finding in failed if finding.stage == progress.stage]
        record("stage.reopened", connection, None, stage=progress.stage, checks=checks)


def _end_test_results(connection: Connection, failed: set[str]) -> None:
    for test in connection.test_bills.exclude(verified_checks=[]):
        kept = [slug for slug in test.verified_checks if not ENDED_BY[slug] & failed]
        if kept != test.verified_checks:
            TestBill.objects.filter(pk=test.pk).update(verified_checks=kept)
