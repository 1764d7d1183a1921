"""Every example of docs/api.md works, in the order of the page, and its response has the shape that the page shows."""

import json
import re
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from accounts.models import LegalEntity, OrgUnit, User
from api.models import WebhookEndpoint
from api.tasks import webhook_delivery_run
from api.webhooks.endpoints import endpoint_test
from tests.api.client import ApiClient, create_token
from tests.api.webhooks.conftest import create_endpoint
from tests.support.processes import ROOT
from tests.support.receiver import Receiver
from wizard.models import Connection, Finding, SyncProfile

GUIDE = (ROOT / "docs" / "api.md").read_text()
RECEIVE = re.compile(r"```python\n(from standardwebhooks.*?)```", re.DOTALL)
EXAMPLE = re.compile(r"```http\n(?P<request>.*?)```(?:\n\n```json\n(?P<response>.*?)```)?", re.DOTALL)


def same_shape(shown: Any, actual: Any) -> bool:
    """Whether both have the same names and types. An empty list is like any other list."""
    if isinstance(shown, dict) and isinstance(actual, dict):
        return shown.keys() <= actual.keys() and all(same_shape(shown[name], actual[name]) for name in shown)
    if isinstance(shown, list) and isinstance(actual, list):
        return not shown or not actual or same_shape(shown[0], actual[0])
    return type(shown) is type(actual)


def send(request: str, names: dict[str, str]) -> Any:
    for name, value in names.items():
        request = re.sub(rf"\b{name}\b", value, request)
    head, _blank, body = request.strip().partition("\n\n")
    line, *lines = head.splitlines()
    method, path = line.split()
    headers = dict(header.split(": ", 1) for header in lines)
    return ApiClient().send(method, path.removeprefix("/api/v1"), json.loads(body or "null"), headers=headers)


def test_examples_of_the_guide_work(
    connection: Connection, branch: OrgUnit, administrator: User, support: User, other_support: User
) -> None:
    User.objects.filter(pk=administrator.pk).update(external_id="U-1")
    entity = LegalEntity.objects.create(customer=branch.customer, org_unit=branch, name="Hillside Canada Inc.")
    names = {
        "TOKEN": create_token(other_support),
        "CUSTOMER_ID": str(connection.customer_id),
        "CONNECTION_ID": str(connection.pk),
        "LEGAL_ENTITY_ID": str(entity.pk),
    }
    examples = list(EXAMPLE.finditer(GUIDE))

    for number, example in enumerate(examples):
        names["ENDPOINT_ID"] = str(WebhookEndpoint.objects.values_list("pk", flat=True).first())
        names["PROFILE_ID"] = str(SyncProfile.objects.values_list("pk", flat=True).first())
        response = send(example["request"], names)
        shown = json.loads(example["response"] or "{}")
        assert response.status_code == (shown.get("status") or response.status_code), response.content
        assert response.status_code < 300 or "status" in shown, response.content
        assert same_shape(shown, response.json()), response.content
        if number == 0:  # the missing permission was shown
            Finding.objects.update(outcome="passed")

    assert len(examples) == 14


def test_receiver_of_the_guide_verifies_events_and_knows_those_that_came(support: User) -> None:
    names: dict[str, Any] = {}
    [code] = RECEIVE.findall(GUIDE)
    exec(code, names)
    receive = names["receive"]
    with Receiver() as receiver:
        endpoint, secret = create_endpoint(support, receiver.url)
        webhook_delivery_run(endpoint_test(endpoint=endpoint, actor=None).pk)
    [request] = receiver.taken
    known: set[str] = set()

    assert receive(secret, request.headers, request.body, known)["type"] == "webhook.test"
    assert receive(secret, request.headers, request.body, known) is None
    with pytest.raises(WebhookVerificationError):
        receive(secret, request.headers, request.body.replace("webhook", "w3bhook"), known)
