"""Who sends a request of the API, and which rows their key may see. Endpoints never filter by customer themselves."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer

from accounts.models import Customer, LegalEntity, OrgUnit, User
from api.models import ApiKey, WebhookDelivery, WebhookEndpoint
from api.problems import Problem
from api.scopes import Scope
from core.tokens import LinkToken
from smartsync.models import SyncRun
from wizard.models import Connection, SyncProfile

Row = TypeVar("Row", bound=Model)
# The way from each model to its customer. Users without a customer work for Beanworks, and no key sees them.
CUSTOMER_OF: dict[type[Model], str] = {
    Customer: "pk",
    OrgUnit: "customer",
    LegalEntity: "customer",
    User: "customer",
    Connection: "customer",
    SyncProfile: "connection__customer",
    SyncRun: "profile__connection__customer",
    WebhookEndpoint: "customer",
    WebhookDelivery: "endpoint__customer",
}
# Rows without a customer belong to all customers together.
OF_ALL = (WebhookEndpoint, WebhookDelivery)


class KeyRequest(HttpRequest):
    """A request of the API whose key was checked: see `api.middleware`."""

    key: ApiKey


class ApiToken(HttpBearer):
    """Lets an endpoint accept keys that have one of these scopes. The name is that of the scheme in the document."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        key: ApiKey = request.key  # type: ignore[attr-defined]
        if not key.has_any(*self.scopes):
            raise Problem("missing_scope", f"This needs the scope {' or '.join(self.scopes)}.")
        return key


def key_of(request: HttpRequest) -> ApiKey:
    """Return the key whose token came with the request. Raises Problem."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    key = scheme.lower() == "bearer" and _with_token(token.strip())
    if not key:
        raise Problem("invalid_key", "Send the header “Authorization: Bearer …” with the token of a key that works.")
    return key


def _with_token(token: str) -> ApiKey | None:
    return ApiKey.objects.with_token(LinkToken(token).hash).first()


def visible_to(key: ApiKey, model: type[Row]) -> QuerySet[Row]:
    """Return the rows that the key may see."""
    rows: QuerySet[Row] = model._default_manager.all()
    customer = CUSTOMER_OF[model]
    if key.customer_id:
        return rows.filter(**{customer: key.customer_id})
    return rows if model in OF_ALL else rows.filter(**{f"{customer}__isnull": False})


def find(request: KeyRequest, model: type[Row], pk: int, *related: str, lock: bool = False) -> Row:
    """Return the row with this ID, with related rows. Raises Problem if there is none or the key cannot see it."""
    rows: QuerySet[Any] = visible_to(request.key, model).select_related(*related)
    row: Row | None = (rows.select_for_update(of=("self",)) if lock else rows).filter(pk=pk).first()
    if row is None:
        raise Problem("not_found", f"There is no {model._meta.verbose_name} {pk} that this key can see.")
    return row
