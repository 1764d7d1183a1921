"""A misspelled parameter is refused by every operation, so that a client does not read more than it asked for."""

from django.db import transaction

from tests.access.test_api_table import Asking, operations
from tests.api.client import ApiClient
from tests.api.examples import body_of


def test_every_operation_refuses_an_unknown_parameter(db: None) -> None:
    world = Asking()
    api = ApiClient(world.tokens["all"])

    for method, path in operations():
        address = f"{world.address(path)}?limits=2"
        with transaction.atomic():
            response = api.send(method, address, body_of(method, path, world.known), headers={"If-Match": "*"})
            transaction.set_rollback(True)
        assert response.status_code == 422, (method, path, response.content)
        assert [error["parameter"] for error in response.json()["errors"]] == ["limits"], (method, path)
