"""schemathesis sends what the OpenAPI document allows and forbids, with every kind of key.

No answer is an error on our side, or one that the document does not describe, or a success without the scope.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NotSet
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.v1 import api
from beanworks_connect.wsgi import application
from tests.access.test_api_table import Asking, operations
from tests.api.examples import body_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Of each operation, for all kinds of keys together.
EXAMPLES = 5
DOCUMENT = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.app = application


@pytest.fixture
def world(db: None, no_logs: None, settings: Settings) -> Iterator[Asking]:
    settings.API_REQUESTS_PER_MINUTE = 100_000
    # As Django's test client does: the connection of the test's transaction must stay open after a request.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Asking()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def scopes_of(method: str, path: str) -> set[str]:
    security = DOCUMENT["paths"][path][method.lower()]["security"]
    return {scope for choice in security for scope in choice["ApiToken"]}


@pytest.mark.slow
def test_every_answer_is_in_the_document(world: Asking) -> None:
    """One test for all operations, because creating the world takes longer than asking about one of them."""
    keys: set[str] = set()
    for method, path in operations():
        check_success(world, method, path)
        keys |= check_answers(world, method, path)
    assert keys == {*world.tokens}


def check_success(world: Asking, method: str, path: str) -> None:
    """A valid request succeeds, and its answer is in the document. Random requests seldom are valid."""
    case = SCHEMA[f"/api/v1{path}"][method].Case(
        path_parameters=world.places(path),
        headers={"Idempotency-Key": f"{method} {path}".replace(" ", "-"), "If-Match": "*"},
        body=body_of(method, path, world.known) or NotSet(),
        media_type="application/json",
    )
    response = send_with(world, "all", case)
    assert response.status_code < 300, (method, path, response.text)


def send_with(world: Asking, key: str, case: Any) -> Any:
    """Send a request, undo what it changed, and check that its answer is in the document."""
    with transaction.atomic():
        response = case.call(headers={"Authorization": f"Bearer {world.tokens[key]}"})
        transaction.set_rollback(True)
    case.validate_response(response, checks=CHECKS)
    return response


def check_answers(world: Asking, method: str, path: str) -> set[str]:
    """Random requests with random keys get answers that are in the document. Returns the keys."""
    address = f"/api/v1{path}"
    operation = SCHEMA[address][method]
    sent: set[str] = set()
    lacking = set(world.tokens) - scopes_of(method, address) - {"all", "own_customer", "other_tenant"}

    cases: Any = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, key=st.sampled_from(["all", *world.tokens]), is_known=st.booleans())
    def send(case: Any, key: str, is_known: bool) -> None:
        if is_known and case.path_parameters:
            case.path_parameters = world.places(path)
        response = send_with(world, key, case)
        is_foreign = key == "other_tenant" and is_known and world.places(path)
        assert response.status_code >= 400 or not (key in lacking or is_foreign)
        sent.add(key)

    send()
    return sent
