"""The processes that tests share do not affect the next test."""

import pytest

from beanworks_connect.heartbeat import broker

from .stack import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_paused_worker_takes_no_message(worker: Worker) -> None:
    for number in range(10):
        worker.settle()
        broker().lpush("syncs", f"message {number}")
        assert broker().llen("syncs") == 1
        broker().delete("syncs")
        worker.go_on()
