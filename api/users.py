"""The users of customers. No key sees or changes the users who work for Beanworks."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from accounts import services
from accounts.models import Customer, Role, User
from api.access import KeyRequest, find, visible_to
from api.customers import READ, WRITE, ExternalIdFilter
from api.organizations import org_unit_of
from api.pagination import Page, page_of
from api.types import Email, ExternalId, Input, Key, Language, Name, TimeZone
from api.versions import refuse_if_changed, with_tag

router = Router(tags=["Users"], auth=READ)
Roles = Annotated[list[Role], Field(max_length=len(Role))]


class UserItem(Schema):
    id: int
    external_id: str
    customer_id: int
    email: str
    name: str
    roles: list[Role]
    home_org_unit_id: int
    language: str
    time_zone: str
    is_active: bool


class NewUser(Input):
    """A user without a password: they arrive by a connect session or single sign-on."""

    email: Email
    name: Name
    external_id: ExternalId = Field(default_factory=str)
    roles: Roles = Field(default_factory=list)
    home_org_unit_id: Key | None = Field(None, description="Without it, the Root Org Unit.")
    language: Language | None = Field(None, description="Without it, that of the customer.")
    time_zone: TimeZone | None = Field(None, description="Without it, that of the customer.")


class UserChange(Input):
    """Deactivating a user ends their sessions, and the invitations, handovers and keys that they made."""

    name: Name = Field(default_factory=str)
    external_id: ExternalId = Field(default_factory=str)
    roles: Roles = Field(default_factory=list)
    home_org_unit_id: Key = Field(default_factory=int)
    language: Language = Field(default_factory=lambda: "en")
    time_zone: TimeZone = Field(default_factory=str)
    is_active: bool = Field(default_factory=bool)


@router.get("/customers/{int:customer_id}/users", response=Page[UserItem], summary="List users")
def list_users(
    request: KeyRequest, customer_id: Key, filter: Annotated[ExternalIdFilter, Query()]
) -> dict[str, object]:
    rows = visible_to(request.key, User).filter(customer=find(request, Customer, customer_id))
    if filter.external_id:
        rows = rows.filter(external_id=filter.external_id)
    page, cursor = page_of(rows.prefetch_related("roles"), filter)
    return {"data": [_item(user) for user in page], "next_cursor": cursor}


@router.post("/customers/{int:customer_id}/users", response={201: UserItem}, auth=WRITE, summary="Create a user")
def create_user(request: KeyRequest, customer_id: Key, body: NewUser, response: HttpResponse) -> Status[Schema]:
    user = add_user(request, find(request, Customer, customer_id), body)
    return Status(201, with_tag(response, _item(user)))


@router.get("/users/{int:user_id}", response=UserItem, summary="Read a user")
def read_user(request: KeyRequest, user_id: Key, response: HttpResponse) -> Schema:
    return with_tag(response, _item(find(request, User, user_id)))


@router.patch("/users/{int:user_id}", response=UserItem, auth=WRITE, summary="Change a user")
def change_user(request: KeyRequest, user_id: Key, body: UserChange, response: HttpResponse) -> Schema:
    found = find(request, User, user_id)
    services.customer_lock(found.customer_id)  # the services lock it before the user too
    user = find(request, User, user_id, "customer", "home_org_unit", lock=True)
    refuse_if_changed(request, _item(user))

    changes = body.model_dump(exclude_unset=True)
    is_active = changes.pop("is_active", None)
    if changes.pop("home_org_unit_id", None) and user.customer:
        home = org_unit_of(request, user.customer, body.home_org_unit_id, "#/home_org_unit_id")
        changes["home_org_unit"] = home
    services.user_administer(user=user, actor=None, **changes)
    if is_active is not None:
        _set_active(user, is_active=is_active)
    return with_tag(response, _item(user))


def _set_active(user: User, *, is_active: bool) -> None:
    if is_active:
        services.user_reactivate(user=user, actor=None)
    else:
        services.user_deactivate(user=user, actor=None, reason="")


def add_user(request: KeyRequest, customer: Customer, body: NewUser) -> User:
    """Create the user that a body describes."""
    given: dict[str, Any] = body.model_dump(exclude={"home_org_unit_id", "roles"}, exclude_none=True)
    fields = {"language": customer.language, "time_zone": customer.time_zone} | given
    home = org_unit_of(request, customer, body.home_org_unit_id, "#/home_org_unit_id")
    roles = list(dict.fromkeys(body.roles))
    maker = request.key.created_by
    return services.user_create(
        actor=None, customer=customer, home_org_unit=home, roles=roles, invited_by=maker, **fields
    )


def _item(user: User) -> UserItem:
    names = [field for field in UserItem.model_fields if field != "roles"]
    roles = sorted(assignment.role for assignment in user.roles.all())
    return UserItem.model_validate({**{name: getattr(user, name) for name in names}, "roles": roles})
