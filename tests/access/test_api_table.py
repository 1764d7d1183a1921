"""The status of every operation of the API for every kind of key is in api_table.txt.

An operation that is not in it fails the test. Changes of a request are rolled back. A failure prints the new row.
"""

from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from api.models import ApiKey
from api.scopes import Scope
from api.v1 import api
from tests.access.records import people, things
from tests.api.client import ApiClient, create_token
from tests.api.examples import SUE, body_of
from tests.inputs.records import PASSED
from wizard.models import Connection, Finding, SyncProfile, Verification

HEAD, *ROWS = Path(__file__).with_name("api_table.txt").read_text().splitlines()
COLUMNS = HEAD.split()[2:]
METHODS = ("get", "post", "put", "patch", "delete")
# What a path holds, by the names of the objects in tests/access/records.py.
PLACES = {
    "connection_id": "pk",
    "customer_id": "customer_pk",
    "delivery_id": "delivery_pk",
    "endpoint_id": "endpoint_pk",
    "legal_entity_id": "entity_pk",
    "org_unit_id": "org_unit_pk",
    "profile_id": "profile_pk",
    "run_id": "run_pk",
    "user_id": "user_pk",
}


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in api.get_openapi_schema(path_prefix="")["paths"].items():
        yield from ((method.upper(), path) for method in methods if method in METHODS)


class Asking:
    def __init__(self) -> None:
        root = OrgUnit.objects.create(customer=Customer.objects.create(name="Hillside Foods"), name="Hillside")
        branch, other = (OrgUnit.objects.create(customer=root.customer, name=name, parent=root) for name in "AB")
        stranger = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
        users = people(root, other, stranger)
        self.known = things(root, branch, users)
        self.known |= {
            "org_unit_pk": other.pk,
            "user_pk": users["no_role"].pk,
            "entity_pk": LegalEntity.objects.get().pk,
            "free_entity_pk": LegalEntity.objects.create(customer=root.customer, org_unit=other, name="Free").pk,
        }
        User.objects.filter(pk=users["no_role"].pk).update(external_id="U-1")
        self.make_requestable()
        support = users["support"]
        self.tokens = {str(scope): create_token(support, scope) for scope in Scope}
        self.tokens["all"] = create_token(support)
        self.tokens["own_customer"] = create_token(support, customer=root.customer)
        self.tokens["other_tenant"] = create_token(support, customer=stranger.customer)
        self.tokens["revoked"] = create_token(support)
        ApiKey.objects.filter(pk=ApiKey.objects.latest("pk").pk).update(revoked_at=timezone.now())
        self.tokens["none"] = ""

    def make_requestable(self) -> None:
        """Create a request, let the connection know an entity without a profile, and pass the earlier steps."""
        connection = Connection.objects.get(pk=self.known["pk"])
        connection.company = {"multi_entity": True, "entities": [{"id": "200", "name": "Hillside West"}]}
        connection.save()
        root = OrgUnit.objects.get(customer=connection.customer, parent=None)
        unit = OrgUnit.objects.create(customer=connection.customer, parent=root, name="Waiting")
        entity = LegalEntity.objects.create(customer=connection.customer, org_unit=unit, name="Waiting")
        requester = User.objects.get(name=Role.SYSTEM_ADMINISTRATOR)
        profile = SyncProfile.objects.create(
            connection=connection, legal_entity=entity, entity_id="300", requested_by=requester
        )
        self.known["waiting_pk"] = profile.pk
        SyncProfile.objects.filter(pk=self.known["profile_pk"]).update(decided_by=User.objects.get(email=SUE))
        self.known["disconnected_pk"] = Connection.objects.create(
            customer=connection.customer,
            company_id="disconnected",
            permission_model="role",
            credentials_saved_at=timezone.now(),
            disconnected_at=timezone.now(),
        ).pk
        verification = Verification.objects.create(connection=connection, state="done", finished_at=timezone.now())
        for position, slug in enumerate(PASSED):
            Finding.objects.create(
                verification=verification, check_slug=slug, stage="credentials", position=position, outcome="passed"
            )

    def row(self, method: str, path: str) -> str:
        return " ".join([method, path, *(self.status(method, path, key) for key in COLUMNS)])

    def places(self, path: str) -> dict[str, int]:
        """Return the keys of what exists, for each name in the path."""
        places = PLACES | ({"profile_id": "waiting_pk"} if path.endswith(("/approve", "/decline")) else {})
        places |= {"connection_id": "disconnected_pk"} if path.endswith("/reconnect") else {}
        return {name: self.known[place] for name, place in places.items() if f"{{{name}}}" in path}

    def address(self, path: str) -> str:
        return path.format(**self.places(path))

    def status(self, method: str, path: str, key: str) -> str:
        with transaction.atomic():
            client = ApiClient(self.tokens[key])
            response = client.send(
                method, self.address(path), body_of(method, path, self.known), headers={"If-Match": "*"}
            )
            transaction.set_rollback(True)
        return str(response.status_code)


def test_every_key_gets_the_expected_response(db: None, no_logs: None) -> None:
    requests = Asking()

    expected = [" ".join(row.split()) for row in ROWS]
    actual = [requests.row(*row.split()[:2]) for row in expected]

    assert [row for row in actual if row not in expected] == []


def test_every_operation_is_in_the_table() -> None:
    assert {tuple(row.split()[:2]) for row in ROWS} == set(operations())


def test_every_kind_of_key_has_a_column() -> None:
    assert {*Scope.values, "all", "own_customer", "other_tenant", "revoked", "none"} == set(COLUMNS)
