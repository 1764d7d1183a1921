"""The practice companies answer as the demonstration's past says they did."""

from typing import Any

import pytest
from django.core.management import call_command

from smartsync.models import ListRun, SyncRun
from smartsync.services.runs import run_start
from smartsync.services.work import run_advance
from tests.support.stack import Practice
from wizard.models import Connection, Finding, Verification
from wizard.services.verifications import verification_work

Results = dict[str, list[str]]


def results(connection: Connection) -> Results:
    rows = Finding.objects.filter(verification=Verification.objects.latest_of(connection))
    return {check: result for check, *result in rows.values_list("check_slug", "outcome", "cause", "facts__rights")}


def verify(connection: Connection) -> Results:
    verification = Verification.objects.claim(Verification.objects.create(connection=connection).pk)
    assert verification
    verification_work(verification)
    return results(connection)


@pytest.mark.usefixtures("transactional_db")
def test_intacct_reports_and_sends_what_was_loaded(practice: Practice) -> None:
    """In one test, because loading takes seconds."""
    call_command("demo", verbosity=0)
    # A refused sign-in would not be tried again.
    Connection.objects.update(sign_in_block="", sign_in_refused_at=None)

    differences: dict[str, Any] = {}
    # A disconnected one sends nothing to Intacct.
    for connection in Connection.objects.filter(disconnected_at=None).exclude(company_id=""):
        before, company = results(connection), connection.company
        after = verify(connection)
        connection.refresh_from_db()
        changed = {check: (before.get(check), after.get(check)) for check in before.keys() | after.keys()}
        differences[connection.company_id] = {check: pair for check, pair in changed.items() if pair[0] != pair[1]}
        if connection.company != company:
            differences[connection.company_id]["company"] = company, connection.company
    assert {company_id: found for company_id, found in differences.items() if found} == {}

    profile = Connection.objects.get(company_id="KOOTENAY-COFFEE").profiles.get()
    run = SyncRun.objects.claim(run_start(profile=profile, kind=SyncRun.Kind.FULL, actor=None).pk)
    assert run
    run_advance(run)
    run.refresh_from_db()
    assert run.result == SyncRun.Result.COMPLETE
    assert not ListRun.objects.filter(run=run).exclude(new=0, changed=0, deactivated=0).exists()
