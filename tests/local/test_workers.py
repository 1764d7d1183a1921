"""When a worker process ends by itself."""

import signal
from types import FrameType

import pytest
from celery.signals import task_postrun
from pytest_django.fixtures import Settings

import beanworks_connect.workers  # noqa: F401 - it listens to the signal, as in a worker


@pytest.mark.parametrize(("megabytes", "ends"), [(1, True), (100_000, False)])
def test_a_worker_that_has_grown_too_large_stops_after_its_task(settings: Settings, megabytes: int, ends: bool) -> None:
    settings.WORKER_MEGABYTES = megabytes
    received = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        task_postrun.send(sender=None)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert received == [signal.SIGTERM] * ends
