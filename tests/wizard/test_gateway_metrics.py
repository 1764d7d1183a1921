"""What is measured of requests to Intacct."""

from pytest_django import DjangoCaptureOnCommitCallbacks

from beanworks_connect.exposition import counted
from tests.wizard.practice_connection import PracticeConnection


def values() -> dict[tuple[str, ...], float]:
    samples = (sample for family in counted().collect() for sample in family.samples)
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value for sample in samples
    }


def test_verification_is_measured_by_function_and_outcome(
    practice_connection: PracticeConnection, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = values()

    with django_capture_on_commit_callbacks(execute=True):
        findings = practice_connection.verify()

    def increase(*key: str) -> float:
        return values().get(key, 0) - before.get(key, 0)

    assert increase("beanworks_gateway_seconds_count", "getAPISession") == 1
    assert increase("beanworks_gateway_seconds_count", "several") >= 1
    assert increase("beanworks_gateway_functions_total", "getAPISession", "ok") == 1
    assert increase("beanworks_work_ended_total", "verification", "done") == 1
    assert increase("beanworks_limiter_wait_seconds_count", "check") >= 2
    passed = sum(finding.outcome == "passed" for finding in findings.values())
    assert increase("beanworks_check_results_total", "passed") == passed > 0


def test_request_that_intacct_refuses_is_counted_by_its_error(practice_connection: PracticeConnection) -> None:
    key = ("beanworks_gateway_functions_total", "getAPISession", "SignInRefused")
    before = values()

    practice_connection.verify(password="wrong")

    assert values()[key] == before.get(key, 0) + 1
