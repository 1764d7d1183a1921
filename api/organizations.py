"""The org units and legal entities of a customer."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from accounts import services
from accounts.models import Customer, LegalEntity, OrgUnit
from api.access import KeyRequest, find, visible_to
from api.customers import READ, WRITE, NewLegalEntity, find_to_change
from api.pagination import Page, Paging, page_of
from api.problems import Problem
from api.types import ExternalId, Input, Key, Name, TimeZone
from api.versions import with_tag

router = Router(tags=["Org units and legal entities"], auth=READ)


class OrgUnitItem(Schema):
    id: int
    external_id: str
    customer_id: int
    parent_id: int | None = Field(description="Null for the Root Org Unit.")
    name: str


class LegalEntityItem(Schema):
    id: int
    external_id: str
    customer_id: int
    org_unit_id: int
    name: str
    time_zone: str
    is_closed: bool = Field(description="A closed legal entity gets no new sync profile. What it has stays.")

    @staticmethod
    def resolve_is_closed(entity: LegalEntity) -> bool:
        return entity.closed_at is not None


class NewOrgUnit(Input):
    name: Name
    external_id: ExternalId = Field(default_factory=str)
    parent_id: Key | None = Field(None, description="Without it, the new one is below the Root Org Unit.")


class NewEntity(NewLegalEntity):
    """It gets an org unit of its own name."""

    external_id: ExternalId = Field(default_factory=str)
    parent_id: Key | None = Field(None, description="The org unit above its own; without it, the Root Org Unit.")


class PartChange(Input):
    name: Name = Field(default_factory=str)
    external_id: ExternalId = Field(default_factory=str)


class OrgUnitChange(PartChange):
    parent_id: Key = Field(default_factory=int, description="Moves it below another org unit, with all below it.")


class LegalEntityChange(PartChange):
    """If its org unit has the same name, it gets the new name too."""

    time_zone: TimeZone = Field(default_factory=str)
    is_closed: bool = Field(default_factory=bool)


@router.get("/customers/{int:customer_id}/org-units", response=Page[OrgUnitItem], summary="List org units")
def list_org_units(request: KeyRequest, customer_id: Key, paging: Annotated[Paging, Query()]) -> dict[str, object]:
    customer = find(request, Customer, customer_id)
    page, cursor = page_of(visible_to(request.key, OrgUnit).filter(customer=customer), paging)
    return {"data": page, "next_cursor": cursor}


@router.post(
    "/customers/{int:customer_id}/org-units", response={201: OrgUnitItem}, auth=WRITE, summary="Create an org unit"
)
def create_org_unit(request: KeyRequest, customer_id: Key, body: NewOrgUnit, response: HttpResponse) -> Status[Schema]:
    parent = org_unit_of(request, find(request, Customer, customer_id), body.parent_id, "#/parent_id")
    unit = services.org_unit_create(parent=parent, actor=None, name=body.name, external_id=body.external_id)
    return Status(201, with_tag(response, OrgUnitItem.model_validate(unit)))


@router.get("/org-units/{int:org_unit_id}", response=OrgUnitItem, summary="Read an org unit")
def read_org_unit(request: KeyRequest, org_unit_id: Key, response: HttpResponse) -> Schema:
    return with_tag(response, OrgUnitItem.model_validate(find(request, OrgUnit, org_unit_id)))


@router.patch("/org-units/{int:org_unit_id}", response=OrgUnitItem, auth=WRITE, summary="Change an org unit")
def change_org_unit(request: KeyRequest, org_unit_id: Key, body: OrgUnitChange, response: HttpResponse) -> Schema:
    unit = find_to_change(request, OrgUnit, org_unit_id, OrgUnitItem)
    changes = body.model_dump(exclude_unset=True)
    if changes.pop("parent_id", None):
        changes["parent"] = org_unit_of(request, unit.customer, body.parent_id, "#/parent_id")
    services.org_unit_change(unit=unit, actor=None, **changes)
    return with_tag(response, OrgUnitItem.model_validate(unit))


@router.get(
    "/customers/{int:customer_id}/legal-entities", response=Page[LegalEntityItem], summary="List legal entities"
)
def list_legal_entities(request: KeyRequest, customer_id: Key, paging: Annotated[Paging, Query()]) -> dict[str, object]:
    customer = find(request, Customer, customer_id)
    page, cursor = page_of(visible_to(request.key, LegalEntity).filter(customer=customer), paging)
    return {"data": page, "next_cursor": cursor}


@router.post(
    "/customers/{int:customer_id}/legal-entities",
    response={201: LegalEntityItem},
    auth=WRITE,
    summary="Create a legal entity",
)
def create_legal_entity(
    request: KeyRequest, customer_id: Key, body: NewEntity, response: HttpResponse
) -> Status[Schema]:
    parent = org_unit_of(request, find(request, Customer, customer_id), body.parent_id, "#/parent_id")
    fields = body.model_dump(exclude={"parent_id"})
    entity = services.legal_entity_create(parent=parent, actor=None, **fields)
    return Status(201, with_tag(response, LegalEntityItem.model_validate(entity)))


@router.get("/legal-entities/{int:legal_entity_id}", response=LegalEntityItem, summary="Read a legal entity")
def read_legal_entity(request: KeyRequest, legal_entity_id: Key, response: HttpResponse) -> Schema:
    return with_tag(response, LegalEntityItem.model_validate(find(request, LegalEntity, legal_entity_id)))


@router.patch(
    "/legal-entities/{int:legal_entity_id}", response=LegalEntityItem, auth=WRITE, summary="Change a legal entity"
)
def change_legal_entity(
    request: KeyRequest, legal_entity_id: Key, body: LegalEntityChange, response: HttpResponse
) -> Schema:
    entity = find_to_change(request, LegalEntity, legal_entity_id, LegalEntityItem)
    changes = body.model_dump(exclude_unset=True)
    is_closed = changes.pop("is_closed", None)
    services.legal_entity_change(entity=entity, actor=None, **changes)
    if is_closed is not None:
        close_or_reopen = services.legal_entity_close if is_closed else services.legal_entity_reopen
        close_or_reopen(entity=entity, actor=None)
    return with_tag(response, LegalEntityItem.model_validate(entity))


def org_unit_of(request: KeyRequest, customer: Customer, pk: int | None, pointer: str) -> OrgUnit:
    """Return the org unit that a body names, or the customer's Root Org Unit. Raises Problem."""
    units = visible_to(request.key, OrgUnit).filter(customer=customer)
    unit = units.filter(pk=pk).first() if pk else units.filter(parent=None).first()
    if unit is None:
        raise Problem.of_field(pointer, "not_found", "The customer has no such org unit.")
    return unit
