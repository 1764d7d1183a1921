"""Connect sessions: how a user of Beanworks' own product arrives in the wizard without signing in again."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from ninja import Field, Router, Schema, Status

from accounts.models import Customer, User
from api.access import ApiToken, KeyRequest, find, visible_to
from api.connect_sessions import arrival_create
from api.problems import Problem
from api.scopes import Scope
from api.types import ExternalId, Input, Key, Url
from api.users import NewUser, add_user
from core.links import absolute_url
from wizard.models import Connection

router = Router(tags=["Connect sessions"], auth=ApiToken(Scope.ADMINISTER_CUSTOMERS))


class NewArrival(Input):
    customer_id: Key
    user_external_id: ExternalId
    new_user: NewUser | None = Field(None, description="Added if the user is not known, and the customer allows it.")
    connection_id: Key | None = Field(None, description="Without it, the user arrives where the customer continues.")
    return_url: Url = Field("", description="Where the user may return to: a page of an allowed site.")


class ArrivalItem(Schema):
    url: str = Field(description="Redirect the user’s browser to it. It works once.")
    expires_at: datetime
    user_id: int


@router.post("", response={201: ArrivalItem}, summary="Create a connect session")
def create_connect_session(request: KeyRequest, body: NewArrival) -> Status[ArrivalItem]:
    customer = find(request, Customer, body.customer_id)
    connection = _connection(request, customer, body.connection_id)
    _refuse_other_site(body.return_url)
    user = _user(request, customer, body)
    arrival, token = arrival_create(key=request.key, user=user, connection=connection, return_url=body.return_url)
    url = absolute_url(reverse("arrival", args=[token.reveal()]))
    return Status(201, ArrivalItem(url=url, expires_at=arrival.expires_at, user_id=user.pk))


def _connection(request: KeyRequest, customer: Customer, pk: int | None) -> Connection | None:
    if pk is None:
        return None
    connection = visible_to(request.key, Connection).filter(customer=customer, pk=pk).first()
    if connection is None:
        raise Problem.of_field("#/connection_id", "not_found", "The customer has no such connection.")
    return connection


def _refuse_other_site(url: str) -> None:
    parts = urlsplit(url)
    site = f"{parts.scheme}://{parts.netloc}"
    if url and site not in settings.API_RETURN_SITES:
        raise Problem.of_field("#/return_url", "not_allowed", "The site of this address is not in API_RETURN_SITES.")


def _user(request: KeyRequest, customer: Customer, body: NewArrival) -> User:
    user = visible_to(request.key, User).filter(customer=customer, external_id=body.user_external_id).first()
    if user and user.is_active:
        return user
    if user:
        raise Problem.of_field("#/user_external_id", "inactive", "This user was deactivated.")
    if body.new_user is None:
        detail = "The customer has no such user. Send new_user to add them."
        raise Problem.of_field("#/user_external_id", "not_found", detail)
    if not customer.adds_users_on_arrival:
        raise Problem("refused", "This customer does not allow connect sessions to add users.")
    return add_user(request, customer, body.new_user.model_copy(update={"external_id": body.user_external_id}))
