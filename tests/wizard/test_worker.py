"""Verifications in a real worker that is killed, gets its message twice, or never gets it."""

import pytest

from beanworks_connect.exposition import counted
from core.models import Pruning
from core.queue import publish
from core.request_ids import set_request_id
from tests.support.processes import wait_until
from tests.support.stack import Worker
from tests.wizard.practice_connection import PracticeConnection, results_of
from wizard.models import Verification

pytestmark = pytest.mark.django_db(transaction=True)


def is_done(verification: Verification) -> bool:
    verification.refresh_from_db()
    return not verification.is_active


def results(verification: Verification) -> dict[str, tuple[str, str]]:
    return results_of(
        {finding.check_slug: finding for finding in Verification.objects.get(pk=verification.pk).results()}
    )


@pytest.mark.parametrize("answered", [0, 1], ids=["signing in", "asking"])
def test_verification_of_a_killed_worker_ends_with_the_same_findings(
    practice_connection: PracticeConnection, worker: Worker, answered: int
) -> None:
    practice_connection.id = "HARBOUR-MILLS"
    expected = results_of(practice_connection.verify())
    practice_connection.control("fault", name="stalled", after=answered)
    verification = practice_connection.enter()
    wait_until(lambda: practice_connection.requests()["held_up"], "a request is being answered")
    worker.kill9()
    assert not is_done(verification)
    practice_connection.remove_fault()
    practice_connection.free_slots()
    worker.start()
    wait_until(lambda: is_done(verification), "the verification is done")
    assert verification.attempts > 1
    assert results(verification) == expected


def test_message_delivered_three_times_is_processed_once(
    practice_connection: PracticeConnection, worker: Worker
) -> None:
    practice_connection.forget_requests()
    verification = practice_connection.enter()
    publish(Verification.task, verification.pk)
    publish(Verification.task, verification.pk)
    wait_until(lambda: is_done(verification), "the verification is done")
    wait_until(lambda: worker.idle, "the other messages are read")
    assert verification.attempts == 1
    # The sign-in, the main request, and one for questions that follow from its replies.
    assert practice_connection.requests()["count"] <= 3


def test_sweeper_sends_a_lost_verification_again(practice_connection: PracticeConnection, worker: Worker) -> None:
    practice_connection.verify()
    verification = Verification.objects.create(connection=practice_connection.connection)
    wait_until(lambda: is_done(verification), "the verification is done")
    assert results(verification)["sign_in"] == ("passed", "")


def test_one_id_leads_from_the_request_to_the_log_and_to_intacct(
    practice_connection: PracticeConnection, worker: Worker
) -> None:
    practice_connection.forget_requests()
    set_request_id("click-12345")

    verification = practice_connection.enter()

    wait_until(lambda: is_done(verification), "the verification is done")
    line = f"[click-12345]: verification {verification.pk}: done after"
    wait_until(lambda: line in worker.said(), "the worker logs what it did")
    served = practice_connection.requests()["requests"]
    assert served
    assert {entry["control_id"].partition(":")[0] for entry in served} == {"click-12345"}


def test_beat_that_finds_nothing_to_do_writes_no_line_into_the_log(worker: Worker) -> None:
    def sweeps() -> float:
        tasks = (sample for family in counted().collect() for sample in family.samples)
        key = ("beanworks_task_seconds_count", "core.tasks.sweep")
        return sum(sample.value for sample in tasks if (sample.name, sample.labels.get("task")) == key)

    def wait_for_sweeps() -> None:
        before = sweeps()
        wait_until(lambda: sweeps() >= before + 2, "beat has started tasks twice")

    wait_for_sweeps()  # the first ones find the nightly job, if its hour has come
    wait_until(lambda: not Pruning.objects.active().exists() and worker.idle, "the nightly job has ended")
    said = worker.said()

    wait_for_sweeps()

    assert worker.said() == said


def test_worker_never_logs_the_password(practice_connection: PracticeConnection, worker: Worker) -> None:
    verification = practice_connection.enter(password="canary-0d1f")
    wait_until(lambda: is_done(verification), "the verification is done")
    assert "canary-0d1f" not in worker.said()
    assert results(verification)["sign_in"] == ("failed", "sign_in_refused")
