"""What follows where Intacct contradicts users: steps are reopened, and a connection in use gets an incident."""

from collections.abc import Sequence

from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.insertion import insert
from wizard.models import Connection, Finding, Incident, Outcome, StageProgress
from wizard.models.verification import SIGN_IN


def insert_incidents(tenants: Sequence[Tenant]) -> Sequence[Incident]:
    in_use = {tenant.connection.pk for tenant in tenants if tenant.story.is_in_use}
    incidents = []
    for finding in Finding.objects.filter(outcome=Outcome.FAILED).select_related("verification__connection"):
        connection = finding.verification.connection
        progress = StageProgress.objects.filter(connection=connection, stage=finding.stage)
        progress.update(attested_at=None, attested_by=None, reopened_at=finding.at)
        if finding.check_slug == SIGN_IN:
            block = {"sign_in_block": Connection.SignInBlock.REFUSED, "sign_in_refused_at": finding.at}
            Connection.objects.filter(pk=connection.pk).update(**block)
        if connection.pk in in_use:
            incidents.append(_incident(finding))
    return insert(incidents)


def _incident(finding: Finding) -> Incident:
    passed = Finding.objects.filter(
        verification__connection=finding.verification.connection,
        check_slug=finding.check_slug,
        outcome=Outcome.PASSED,
    )
    return Incident.of_check(finding, last_passed_at=passed.latest("at").at, since=finding.at)
