"""What happens to a connection and its syncs, so that emails are sent."""

from typing import Any

from django.utils import timezone

from smartsync.models import ListRun, Schedule, SyncRun
from smartsync.services import run_finish
from wizard.models import Connection, Finding, SyncProfile, Verification


def verification(connection: Connection, outcome: str) -> tuple[Verification, list[Finding]]:
    run = Verification.objects.create(connection=connection, state="done", finished_at=timezone.now())
    findings = [
        Finding.objects.create(
            verification=run,
            check_slug=slug,
            stage="credentials" if slug in ("gateway", "company", "sign_in") else "user_role",
            position=position,
            outcome=outcome if slug == "perm.vendors" else "passed",
            cause="right_missing" if slug == "perm.vendors" and outcome == "failed" else "",
            facts={"permission": "Vendors", "module": "Accounts Payable", "rights": "View"},
        )
        for position, slug in enumerate(("gateway", "company", "sign_in", "perm.vendors"))
    ]
    return run, findings


def run_of(profile: SyncProfile, schedule: Schedule | None, state: str = "refused", **fields: Any) -> SyncRun:
    now = timezone.now()
    partial = {"kind": "partial", "since": now, "schedule": schedule, "scheduled_for": now if schedule else None}
    run = SyncRun.objects.create(profile=profile, **(fields or partial))
    ListRun.objects.create(
        run=run, position=1, slug="bills", object="APBILL", title="Bills", state="complete",
        counted_before=0, counted_after=0,
    )  # fmt: skip
    ListRun.objects.create(
        run=run, position=2, slug="vendors", object="VENDOR", title="Vendors", state=state,
        counted_before=0, counted_after=0,
        cause="" if state == "complete" else "right_missing",
        facts={"permission": "Vendors", "module": "Accounts Payable"},
    )  # fmt: skip
    return run


def finish(run: SyncRun) -> None:
    held = SyncRun.objects.claim(run.pk)
    assert held
    run_finish(run=held)
