"""The sample consumer in examples/mirror takes webhooks as hints."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from accounts.models import OrgUnit, User
from api.models import WebhookDelivery
from api.tasks import webhook_delivery_run
from tests.api.client import create_token
from tests.smartsync.conftest import create_profile
from tests.smartsync.test_mirror import Mirror
from tests.support.processes import free_port, wait_until
from wizard.models import Connection

from .conftest import create_endpoint
from .test_reports import change_records, finish_run, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_webhook_lets_the_mirror_ask_at_once(
    connection: Connection, root: OrgUnit, support: User, live_server: Any, tmp_path: Path
) -> None:
    profile = create_profile(connection, root, "Hillside Canada")
    url = f"http://127.0.0.1:{free_port()}/"
    _endpoint, secret = create_endpoint(support, url, "records.changed")
    company: Any = SimpleNamespace(profile=profile)
    port = url.rpartition(":")[2].strip("/")
    mirror = Mirror(live_server.url, company, create_token(support), tmp_path / "copy.db", "--port", port)
    mirror.environment["SECRET"] = secret

    with mirror.process(tmp_path) as process:
        process.start()
        wait_until(lambda: mirror.query("SELECT cursor FROM place"), "the mirror has read everything")
        change_records(profile, "vendors", 1)
        assert requests.post(url, data="{}", timeout=5).status_code == 401
        finish_run(profile, "complete")
        work()
        webhook_delivery_run(WebhookDelivery.objects.get().pk)

        # Without the webhook it would ask in a minute.
        wait_until(lambda: mirror.query("SELECT key FROM record") == [(1,)], "the copy is complete", patience=20)

    assert WebhookDelivery.objects.get().result == "delivered"
