"""How long verifications, incidents, handovers and test bills are stored."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.leases import State
from core.retention import Rule
from wizard.models import Handover, Incident, StageProgress, TestBill, Verification


def _old_verifications(before: datetime) -> QuerySet[Verification]:
    """Those with a later complete one, and to whose results no stored one refers. Findings go with them."""
    later = Verification.objects.standing().complete().filter(connection=OuterRef("connection"), pk__gt=OuterRef("pk"))
    repetitions = Verification.objects.filter(same_as=OuterRef("pk"))
    old = Verification.objects.filter(state=State.DONE, finished_at__lt=before)
    return old.filter(Exists(later), ~Exists(repetitions))


def _closed_incidents(before: datetime) -> QuerySet[Incident]:
    return Incident.objects.filter(closed_at__lt=before)


def _ended_handovers(before: datetime) -> QuerySet[Handover]:
    """Those whose link ended. Steps that a guest confirmed show the guest's name."""
    confirmed = StageProgress.objects.filter(attested_by_guest=OuterRef("pk"))
    return Handover.objects.filter(~Exists(confirmed), expires_at__lt=before)


def _old_test_bills(before: datetime) -> QuerySet[TestBill]:
    """Those that answer no check and whose bill Intacct does not have, as far as we know. The newest has the number."""
    newer = TestBill.objects.filter(connection=OuterRef("connection"), position__gt=OuterRef("position"))
    is_gone = Q(record_no="") | Q(bill_deleted_at__isnull=False)
    old = TestBill.objects.filter(state=State.DONE, finished_at__lt=before, verified_checks=[])
    return old.filter(is_gone, Exists(newer))


RULES = (
    Rule("verifications", _old_verifications, "finished_at", "RETENTION_VERIFICATIONS_DAYS"),
    Rule("incidents", _closed_incidents, "closed_at", "RETENTION_INCIDENTS_DAYS"),
    Rule("handovers", _ended_handovers, "expires_at", "RETENTION_LINKS_DAYS"),
    Rule("test-bills", _old_test_bills, "finished_at", "RETENTION_TEST_BILLS_DAYS"),
)
