"""The line in the log for each page that a browser requests."""

import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from beanworks_connect.requests import log_requests


def test_control_characters_of_an_address_are_not_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "beanworks_connect.requests"):
        log_requests(lambda request: HttpResponse())(RequestFactory().get("/help/%0Afake%1b%5b31m/"))
    assert caplog.messages[0].startswith("GET /help/%0Afake%1B%5B31m/ 200, ")
