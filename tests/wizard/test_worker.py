"""Verifications in a real worker that is killed, gets its message twice, or never gets it."""

import pytest

from core.queue import publish
from tests.support.processes import wait_until
from tests.support.stack import Worker
from tests.wizard.practice_connection import Place, results_of
from wizard.models import Verification

pytestmark = pytest.mark.django_db(transaction=True)


def is_done(verification: Verification) -> bool:
    verification.refresh_from_db()
    return not verification.is_active


def results(verification: Verification) -> dict[str, tuple[str, str]]:
    return results_of({finding.check_slug: finding for finding in verification.findings.all()})


@pytest.mark.parametrize("answered", [0, 1], ids=["signing in", "asking"])
def test_verification_of_a_killed_worker_ends_with_the_same_findings(
    place: Place, worker: Worker, answered: int
) -> None:
    place.id = "HARBOUR-MILLS"
    expected = results_of(place.verify())
    place.control("fault", name="stalled", after=answered)
    verification = place.enter()
    wait_until(lambda: place.requests()["held_up"], "a request is being answered")
    worker.kill9()
    assert not is_done(verification)
    place.remove_fault()
    place.free_slots()
    worker.start()
    wait_until(lambda: is_done(verification), "the verification is done")
    assert verification.attempts > 1
    assert results(verification) == expected


def test_message_delivered_three_times_is_processed_once(place: Place, worker: Worker) -> None:
    place.forget_requests()
    verification = place.enter()
    publish(Verification.task, verification.pk)
    publish(Verification.task, verification.pk)
    wait_until(lambda: is_done(verification), "the verification is done")
    wait_until(lambda: worker.idle, "the other messages are read")
    assert verification.attempts == 1
    # The sign-in, the main request, and one for questions that follow from its replies.
    assert place.requests()["count"] <= 3


def test_sweeper_sends_a_lost_verification_again(place: Place, worker: Worker) -> None:
    place.verify()
    verification = Verification.objects.create(connection=place.connection)
    wait_until(lambda: is_done(verification), "the verification is done")
    assert results(verification)["sign_in"] == ("passed", "")


def test_worker_never_logs_the_password(place: Place, worker: Worker) -> None:
    verification = place.enter(password="canary-0d1f")
    wait_until(lambda: is_done(verification), "the verification is done")
    assert "canary-0d1f" not in worker.said()
    assert results(verification)["sign_in"] == ("failed", "sign-in-refused")
