"""A refusal we do not know says nothing about the password."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from wizard.models import Connection, Finding, Incident, Verification
from wizard.services import Refused, stage_attest, watch_dispatch
from wizard.services.sign_ins import TRIES

from .place import Place, failed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]

# Who stops a request in words we do not know: the fault and its layer at the practice company.
LAYERS = {
    "transport": {"name": "unavailable"},
    "control": {"name": "unheard-of", "layer": "control"},
    "authentication": {"name": "unheard-of", "layer": "sign-in"},
    "result": {"name": "unheard-of", "layer": "result"},
}


def age(hours: float) -> None:
    """Let time pass since all that was found."""
    earlier = timedelta(hours=hours)
    for finding in Finding.objects.all():
        Finding.objects.filter(pk=finding.pk).update(at=finding.at - earlier)


@pytest.mark.parametrize("layer", LAYERS)
def test_monitoring_goes_on_after_a_refusal_we_do_not_know(in_use: Place, layer: str) -> None:
    stage_attest(connection=in_use.connection, stage="credentials", actor=in_use.actor)
    in_use.control("fault", **LAYERS[layer], function="getAPISession")

    found = in_use.again()

    assert set(failed(found)) == {"gateway"}
    assert not Incident.objects.exists()
    connection = Connection.objects.get()
    assert not connection.sign_in_block
    assert connection.progress.get(stage="credentials").attested_at
    assert connection.next_watch_at
    assert connection.next_watch_at < timezone.now() + timedelta(hours=1, seconds=1)

    Connection.objects.update(next_watch_at=timezone.now())
    watch_dispatch()
    assert Verification.objects.active().exists()


@pytest.mark.parametrize(("layer", "is_stopped"), [("authentication", True), ("control", False)])
def test_many_sign_ins_refused_in_unknown_words_stop_for_a_while(in_use: Place, layer: str, is_stopped: bool) -> None:
    """They may mean a wrong password, and so many would lock the user."""
    in_use.control("fault", **LAYERS[layer], function="getAPISession")
    for _ in range(TRIES):
        in_use.again()

    if not is_stopped:
        in_use.again()
        return
    with pytest.raises(Refused, match="Intacct refused 10 sign-ins"):
        in_use.again()
    assert AuditEvent.objects.filter(action="credentials.refused").count() == 1


@pytest.mark.parametrize("layer", ["control", "authentication", "result"])
def test_a_refusal_we_do_not_know_is_an_incident_if_it_stays_for_an_hour(in_use: Place, layer: str) -> None:
    in_use.control("fault", **LAYERS[layer], function="getAPISession")

    in_use.again()
    in_use.again()
    assert not Incident.objects.exists()

    age(hours=1)
    in_use.again()
    assert Incident.objects.get().cause == "unknown"
    # From now on once a day: it could be a wrong password in words that we do not know.
    Connection.objects.update(next_watch_at=None)
    in_use.again()
    assert Connection.objects.get().next_watch_at is None

    in_use.calm()
    in_use.again()
    assert not Incident.objects.open().exists()


def test_a_gateway_out_of_order_for_a_day_is_an_incident(in_use: Place) -> None:
    in_use.control("fault", name="unavailable")
    in_use.again()
    age(hours=23)
    in_use.again()
    assert not Incident.objects.exists()

    age(hours=1)
    in_use.again()
    assert Incident.objects.get().check_slug == "gateway"


def test_sessions_that_end_again_and_again_do_not_stop_monitoring(in_use: Place) -> None:
    in_use.control("fault", name="expired-session", after=1)

    assert failed(in_use.again()) == {"gateway": "session-ended"}
    assert not Connection.objects.get().sign_in_block


@pytest.mark.parametrize("fault", ["unavailable", "rate-limit"])
def test_what_was_known_still_counts_while_the_gateway_is_out_of_order(in_use: Place, fault: str) -> None:
    known = {finding.check_slug: finding.outcome for finding in Finding.objects.current(Connection.objects.get())}
    in_use.control("fault", name=fault)
    in_use.again()

    now = {finding.check_slug: finding.outcome for finding in Finding.objects.current(Connection.objects.get())}
    assert now == known | {"gateway": "failed"}


def test_a_check_that_was_not_answered_this_time_keeps_what_it_knew(in_use: Place) -> None:
    in_use.control("permissions", revoke=["vendors"])
    in_use.again()
    in_use.control("fault", name="off-line", object="VENDOR")
    in_use.again("perm.vendors")

    current = Finding.objects.current(Connection.objects.get())
    assert {finding.outcome for finding in current if finding.check_slug == "perm.vendors"} == {"failed"}
    assert Incident.objects.open().get().check_slug == "perm.vendors"
