"""Verifications in a real worker that is killed, told twice, or never told."""

import pytest

from tests.support.processes import wait_until
from tests.support.stack import Worker
from wizard.models import Verification
from wizard.tasks import publish

from .place import Place, gist

pytestmark = pytest.mark.django_db(transaction=True)


def is_done(verification: Verification) -> bool:
    verification.refresh_from_db()
    return not verification.is_active


def found(verification: Verification) -> dict[str, tuple[str, str]]:
    return gist({each.check_slug: each for each in verification.findings.all()})


@pytest.mark.parametrize("answered", [0, 1], ids=["signing in", "asking"])
def test_a_worker_killed_in_mid_verification_ends_with_the_same_findings(
    place: Place, worker: Worker, answered: int
) -> None:
    place.id = "HARBOUR-MILLS"
    undisturbed = gist(place.verify())
    place.control("fault", name="stalled", after=answered)
    verification = place.enter()
    wait_until(lambda: place.asked()["held_up"], "a request is on its way")
    worker.kill9()
    assert not is_done(verification)
    place.calm()
    place.free_lanes()
    worker.start()
    wait_until(lambda: is_done(verification), "the verification is done")
    assert verification.attempts > 1
    assert found(verification) == undisturbed


def test_a_message_delivered_three_times_signs_in_once(place: Place, worker: Worker) -> None:
    place.forget()
    verification = place.enter()
    publish(verification.pk)
    publish(verification.pk)
    wait_until(lambda: is_done(verification), "the verification is done")
    wait_until(lambda: worker.idle, "the other messages are read")
    assert verification.attempts == 1
    # The sign-in, the batch, and one for what only its answers tell to ask.
    assert place.asked()["count"] <= 3


def test_a_verification_whose_message_was_lost_is_found_by_the_sweeper(place: Place, worker: Worker) -> None:
    place.verify()
    verification = Verification.objects.create(connection=place.connection)
    wait_until(lambda: is_done(verification), "the verification is done")
    assert found(verification)["sign_in"] == ("passed", "")


def test_a_worker_never_tells_the_password(place: Place, worker: Worker) -> None:
    verification = place.enter(password="canary-0d1f")
    wait_until(lambda: is_done(verification), "the verification is done")
    assert "canary-0d1f" not in worker.said()
    assert found(verification)["sign_in"] == ("failed", "sign-in-refused")
