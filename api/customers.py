"""Customers, and the legal entities, org units and users that they consist of."""

from typing import Annotated, TypeVar

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from accounts import services
from accounts.models import Customer, LegalEntity, OrgUnit
from api.access import ApiToken, KeyRequest, find, visible_to
from api.pagination import Page, Paging, page_of
from api.problems import Problem
from api.scopes import Scope
from api.types import ExternalId, Input, Key, Language, Name, TimeZone
from api.versions import refuse_if_changed, with_tag

READ = ApiToken(Scope.READ_CONNECTIONS, Scope.ADMINISTER_CUSTOMERS)
WRITE = ApiToken(Scope.ADMINISTER_CUSTOMERS)
router = Router(tags=["Customers"], auth=READ)
Part = TypeVar("Part", Customer, OrgUnit, LegalEntity)


class CustomerItem(Schema):
    id: int
    external_id: str
    name: str
    language: str
    adds_users_on_arrival: bool = Field(description="Whether a connect session may add a user that is not known here.")


class NewLegalEntity(Input):
    name: Name
    time_zone: TimeZone = "America/Vancouver"


class NewCustomer(Input):
    """A customer starts with its Root Org Unit and one legal entity."""

    name: Name
    external_id: ExternalId = Field(default_factory=str)
    language: Language = Field("en", description="New users start with this language.")
    adds_users_on_arrival: bool = False
    legal_entity: NewLegalEntity


class CustomerChange(Input):
    name: Name = Field(default_factory=str)
    external_id: ExternalId = Field(default_factory=str)
    language: Language = Field(default_factory=lambda: "en")
    adds_users_on_arrival: bool = Field(default_factory=bool)


class ExternalIdFilter(Paging):
    external_id: ExternalId | None = None


@router.get("", response=Page[CustomerItem], summary="List customers")
def list_customers(request: KeyRequest, filter: Annotated[ExternalIdFilter, Query()]) -> dict[str, object]:
    rows = visible_to(request.key, Customer)
    if filter.external_id:
        rows = rows.filter(external_id=filter.external_id)
    page, cursor = page_of(rows, filter)
    return {"data": page, "next_cursor": cursor}


@router.post("", response={201: CustomerItem}, auth=WRITE, summary="Create a customer")
def create_customer(request: KeyRequest, body: NewCustomer, response: HttpResponse) -> Status[Schema]:
    if request.key.customer_id:
        raise Problem("not_for_this_key")
    fields = body.model_dump(exclude={"legal_entity"})
    entity = body.legal_entity
    customer = services.customer_create(actor=None, legal_entity=entity.name, time_zone=entity.time_zone, **fields)
    return Status(201, with_tag(response, _item(customer)))


@router.get("/{int:customer_id}", response=CustomerItem, summary="Read a customer")
def read_customer(request: KeyRequest, customer_id: Key, response: HttpResponse) -> Schema:
    return with_tag(response, _item(find(request, Customer, customer_id)))


@router.patch("/{int:customer_id}", response=CustomerItem, auth=WRITE, summary="Change a customer")
def change_customer(request: KeyRequest, customer_id: Key, body: CustomerChange, response: HttpResponse) -> Schema:
    customer = find_to_change(request, Customer, customer_id, CustomerItem)
    services.part_change(part=customer, actor=None, **body.model_dump(exclude_unset=True))
    return with_tag(response, _item(customer))


def find_to_change(request: KeyRequest, model: type[Part], pk: int, item: type[Schema]) -> Part:
    """Find and lock a customer or a part of one, if the request names its present version. Raises Problem."""
    part = find(request, model, pk)
    # Services lock the customer first. In another order, two requests could wait for each other.
    services.customer_lock(part.pk if isinstance(part, Customer) else part.customer_id)
    part = find(request, model, pk, lock=True)
    refuse_if_changed(request, item.model_validate(part))
    return part


def _item(customer: Customer) -> CustomerItem:
    return CustomerItem.model_validate(customer)
