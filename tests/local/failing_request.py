"""A program with one request that fails, whose every part holds a secret. Prints what was imported to report it."""

import logging
import os
import sys
from types import ModuleType
from typing import Any

import django
from django.http import HttpResponse

CANARY = "canary-7d20Pw"
CLICK = "click-12345"
REPORTERS = ("sentry_sdk", "opentelemetry.exporter", "opentelemetry.instrumentation")


def fail(request: object, token: str) -> HttpResponse:
    password = CANARY
    logging.getLogger("tests").error("An error with %s", password)
    raise RuntimeError(f"A message with {token} and {password}")


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.settings"
    django.setup()
    from django.conf import settings
    from django.test import Client
    from django.urls import path

    from beanworks_connect import error_tracker, tracing

    urls: Any = ModuleType("urls")
    urls.urlpatterns = [path("handover/<token>/", fail)]
    urls.handler500 = lambda request: HttpResponse(status=500)
    sys.modules["urls"] = urls
    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = "urls", ["*"]
    settings.MIDDLEWARE = ["core.request_ids.identify_requests"]
    tracing.start("web")
    error_tracker.start()

    client = Client(raise_request_exception=False, headers={"Authorization": CANARY, "X-Request-ID": CLICK})
    client.cookies["sessionid"] = CANARY
    assert client.post(f"/handover/{CANARY}/?code={CANARY}&q={CANARY}", {"password": CANARY}).status_code == 500
    tracing.stop()
    error_tracker.stop()
    sys.stdout.write(str([name for name in REPORTERS if name in sys.modules]))


if __name__ == "__main__":
    main()
