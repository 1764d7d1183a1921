from collections.abc import Mapping

import requests
from django.utils import timezone
from requests.adapters import HTTPAdapter

from accounts.models import Customer, OrgUnit, Role, RoleAssignment, User
from wizard.models import Connection, StageProgress
from wizard.services import connection_start

PASSWORD = "a-long-word-never-guessed"
WITHIN = 5.0
"""Seconds. A reply takes at most two on a machine that is not busy with other tests."""


class Visitor:
    """A browser without scripts, signed out at first."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=200))

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.address + path, timeout=WITHIN)

    def post(self, path: str, fields: Mapping[str, str | list[str]], form: str = "") -> requests.Response:
        """Send the form on the page `form`, or on the page `path` itself."""
        self.get(form or path)
        token = self.session.cookies["csrftoken"]
        return self.session.post(
            self.address + path, {**fields, "csrfmiddlewaretoken": token}, timeout=WITHIN, allow_redirects=False
        )

    def sign_in(self, email: str, password: str) -> requests.Response:
        return self.post("/accounts/login/", {"login": email, "password": password})


def create_administrator() -> User:
    """Create an administrator with a connection whose pre-checks are answered."""
    root = OrgUnit.objects.create(customer=Customer.objects.create(name="Hillside Foods"), name="Hillside")
    user: User = User.objects.create_user(
        email="ada@example.com", name="Ada", password=PASSWORD, customer=root.customer, home_org_unit=root
    )
    RoleAssignment.objects.create(user=user, role=Role.SYSTEM_ADMINISTRATOR)
    connection = connection_start(customer=root.customer, actor=user)
    Connection.objects.filter(pk=connection.pk).update(
        permission_model="role", several_entities=True, modules=["projects"]
    )
    StageProgress.objects.update_or_create(
        {"attested_at": timezone.now(), "attested_by": user}, connection=connection, stage="pre_checks"
    )
    return user
