"""List every kind of work: how it starts, what a worker does, and what its end must look like."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from core.leases import LeasedRow
from mail.models import Email
from mail.tasks import email_run
from smartsync.models import SyncRun
from smartsync.services import run_start
from smartsync.tasks import sync_run
from wizard.models import SyncProfile, Verification
from wizard.services import verification_request
from wizard.tasks import verification_run


@dataclass(frozen=True)
class Kind:
    """action: in the audit log at its end. email: the kind of email about its end. words: on its page."""

    begin: Callable[[SyncProfile], LeasedRow]
    task: Callable[[int], None]
    page: Callable[[LeasedRow], str]
    words: str
    action: str
    email: str = ""


def _begin_verification(profile: SyncProfile) -> Verification:
    return verification_request(connection=profile.connection, actor=None)


def _begin_run(profile: SyncProfile) -> SyncRun:
    run = run_start(profile=profile, kind="full", actor=None)
    # Like a run of a schedule: no user waits for it.
    SyncRun.objects.filter(pk=run.pk).update(scheduled_for=timezone.now())
    return run


def _begin_email(profile: SyncProfile) -> Email:
    customer = profile.connection.customer
    return Email.objects.create(
        kind="profile_approved", dedupe_key="1", address="ada@northwind.example", language="en", subject="1", text="1",
        customer=customer,
    )  # fmt: skip


def _connection_page(row: LeasedRow) -> str:
    assert isinstance(row, Verification)
    return reverse("operations:connection", args=[row.connection_id])


FAULT = "because of an error on our side"
KINDS = {
    "verification": Kind(
        _begin_verification, verification_run, _connection_page, FAULT, "verification.given_up", "incident_opened"
    ),
    "sync run": Kind(
        _begin_run,
        sync_run,
        lambda row: reverse("smartsync:run", args=[row.pk]),
        FAULT,
        "sync_run.finished",
        "sync_failed",
    ),
    "email": Kind(_begin_email, email_run, lambda row: reverse("operations:emails"), FAULT, "email.failed"),
}
