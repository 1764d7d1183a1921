"""A client of the API, and keys for it."""

import json
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import Customer, User
from api.keys import key_create
from api.scopes import Scope

ROOT = "/api/v1"


def create_token(actor: User, *scopes: Scope, customer: Customer | None = None, days: int = 30) -> str:
    """Create a key and return its token. Without scopes, it has all of them."""
    _key, token = key_create(
        actor=actor,
        name="Payables",
        customer=customer,
        scopes=list(scopes) or list(Scope),
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token.reveal()


class ApiClient:
    """Sends requests with one token. Every POST has an Idempotency-Key of its own, unless it is given."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Any:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid.uuid4())
        data = "" if body is None else json.dumps(body)
        return self.client.generic(method, ROOT + path, data, "application/json", headers={**sent, **(headers or {})})

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body or {}, headers=headers)

    def patch(self, path: str, body: Any, *, match: str = "*") -> Any:
        return self.send("PATCH", path, body, headers={"If-Match": match})

    def all(self, path: str, limit: int = 2) -> Iterable[Any]:
        """Yield every item of a list, page by page."""
        cursor = ""
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit={limit}&cursor={cursor}").json()
            yield from page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return
