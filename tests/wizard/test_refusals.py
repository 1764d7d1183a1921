"""An unknown refusal does not mean that the password is wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from tests.wizard.practice_connection import PracticeConnection, failed
from wizard.models import Connection, Finding, Incident, Verification
from wizard.services import Refused, monitoring_dispatch, stage_attest
from wizard.services.sign_ins import TRIES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]

# The fault of the practice company that sends an unknown refusal, by layer.
FAULTS = {
    "transport": {"name": "unavailable"},
    "control": {"name": "unknown-error", "layer": "control"},
    "authentication": {"name": "unknown-error", "layer": "sign-in"},
    "result": {"name": "unknown-error", "layer": "result"},
}


def age(hours: float) -> None:
    """Make all findings older."""
    earlier = timedelta(hours=hours)
    for finding in Finding.objects.all():
        Finding.objects.filter(pk=finding.pk).update(at=finding.at - earlier)


@pytest.mark.parametrize("layer", FAULTS)
def test_monitoring_continues_after_an_unknown_refusal(in_use: PracticeConnection, layer: str) -> None:
    stage_attest(connection=in_use.connection, stage="credentials", actor=in_use.actor)
    in_use.control("fault", **FAULTS[layer], function="getAPISession")

    findings = in_use.verify_again()

    assert set(failed(findings)) == {"gateway"}
    assert not Incident.objects.exists()
    connection = Connection.objects.get()
    assert not connection.sign_in_block
    assert connection.progress.get(stage="credentials").attested_at
    assert connection.next_check_at
    assert connection.next_check_at < timezone.now() + timedelta(hours=1, seconds=1)

    Connection.objects.update(next_check_at=timezone.now())
    monitoring_dispatch()
    assert Verification.objects.active().exists()


@pytest.mark.parametrize(("layer", "is_stopped"), [("authentication", True), ("control", False)])
def test_many_unknown_sign_in_refusals_stop_checks_for_a_while(
    in_use: PracticeConnection, layer: str, is_stopped: bool
) -> None:
    """They may mean a wrong password, and this many would lock the user."""
    in_use.control("fault", **FAULTS[layer], function="getAPISession")
    for _ in range(TRIES):
        in_use.verify_again()

    if not is_stopped:
        in_use.verify_again()
        return
    with pytest.raises(Refused, match="Intacct refused 10 sign-ins"):
        in_use.verify_again()
    assert AuditEvent.objects.filter(action="credentials.refused").count() == 1


@pytest.mark.parametrize("layer", ["control", "authentication", "result"])
def test_unknown_refusal_is_an_incident_after_an_hour(in_use: PracticeConnection, layer: str) -> None:
    in_use.control("fault", **FAULTS[layer], function="getAPISession")

    in_use.verify_again()
    in_use.verify_again()
    assert not Incident.objects.exists()

    age(hours=1)
    in_use.verify_again()
    assert Incident.objects.get().cause == "unknown"
    # From now on daily, because it may be an unknown wording for a wrong password.
    Connection.objects.update(next_check_at=None)
    in_use.verify_again()
    assert Connection.objects.get().next_check_at is None

    in_use.remove_fault()
    in_use.verify_again()
    assert not Incident.objects.open().exists()


def test_unavailable_gateway_is_an_incident_after_a_day(in_use: PracticeConnection) -> None:
    in_use.control("fault", name="unavailable")
    in_use.verify_again()
    age(hours=23)
    in_use.verify_again()
    assert not Incident.objects.exists()

    age(hours=1)
    in_use.verify_again()
    assert Incident.objects.get().check_slug == "gateway"


def test_repeatedly_expired_sessions_do_not_stop_monitoring(in_use: PracticeConnection) -> None:
    in_use.control("fault", name="expired-session", after=1)

    assert failed(in_use.verify_again()) == {"gateway": "session_ended"}
    assert not Connection.objects.get().sign_in_block


@pytest.mark.parametrize("fault", ["unavailable", "rate-limit"])
def test_earlier_findings_count_while_the_gateway_is_unavailable(in_use: PracticeConnection, fault: str) -> None:
    known = {finding.check_slug: finding.outcome for finding in Finding.objects.current(Connection.objects.get())}
    in_use.control("fault", name=fault)
    in_use.verify_again()

    now = {finding.check_slug: finding.outcome for finding in Finding.objects.current(Connection.objects.get())}
    assert now == known | {"gateway": "failed"}


def test_unanswered_check_keeps_its_last_finding(in_use: PracticeConnection) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.verify_again()
    in_use.control("fault", name="off-line", object="VENDOR")
    in_use.verify_again("perm.vendors")

    current = Finding.objects.current(Connection.objects.get())
    assert {finding.outcome for finding in current if finding.check_slug == "perm.vendors"} == {"failed"}
    assert Incident.objects.open().get().check_slug == "perm.vendors"
