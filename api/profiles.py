"""API Sync Profiles: requested for a customer's user, decided for a user of support."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from accounts.models import LegalEntity, User
from api.access import ApiToken, KeyRequest, find, visible_to
from api.pagination import Page, Paging, page_of
from api.people import administrator_of, decider_of
from api.problems import Problem
from api.scopes import Scope
from api.types import Email, EntityId, Input, Key, ListSlug, Note
from api.versions import refuse_if_changed, with_tag
from smartsync.services import lists_choose
from wizard import services
from wizard.models import Connection, SyncProfile

router = Router(tags=["Sync profiles"], auth=ApiToken(Scope.READ_CONNECTIONS))
REQUEST = ApiToken(Scope.ADMINISTER_CUSTOMERS)
DECIDE = ApiToken(Scope.DECIDE_PROFILES)
RELATED = ("connection__customer", "legal_entity", "requested_by", "claimed_by", "decided_by")


ProfileState = Literal["requested", "claimed", "asked", "approved", "declined", "withdrawn", "revoked", "replaced"]


class ProfileItem(Schema):
    id: int
    customer_id: int
    connection_id: int
    legal_entity_id: int
    entity_id: str = Field(description="The entity in Intacct; empty for the top level.")
    entity_name: str
    state: ProfileState
    note: str
    reason: str = Field(description="Why it was declined or revoked.")
    requested_by: str | None = Field(description="The user’s email address.")
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    first_synced_at: datetime | None
    last_sync_incomplete: bool
    unused_lists: list[str] = Field(description="The lists that are not synced. All others are in use.")
    is_synced: bool = Field(
        description="Whether its records are kept in sync. Records of an ended profile stay a while."
    )
    replaces: int | None = Field(description="The profile of another level that it takes the place of when approved.")
    replaced_by: int | None = Field(description="The profile that took its place. Read its records from their start.")
    ended_at: datetime | None = Field(description="When it was revoked or replaced.")
    lists_kept_until: datetime | None = Field(description="When records that are no longer kept in sync are removed.")
    lists_removed_at: datetime | None


class NewProfile(Input):
    connection_id: Key
    legal_entity_id: Key
    entity_id: EntityId = Field("", description="An entity that Intacct listed; empty for the top level.")
    note: Note = ""
    replaces: Key | None = Field(None, description="An approved profile of the legal entity, to change its level.")
    actor_email: Email = Field(description="The customer’s administrator who requests the profile.")


class ProfileChange(Input):
    unused_lists: list[ListSlug] = Field(description="All lists that are not to be synced. Their records stay.")


class Decision(Input):
    actor_email: Email = Field(description="The user of Beanworks support who decides.")


class Declining(Decision):
    reason: Note = Field(min_length=1, description="What is missing and what to do. The customer reads it.")


class Revoking(Decision):
    reason: Note = Field(min_length=1, description="Why the profile ends and what to do. The customer reads it.")


class ProfileFilter(Paging):
    customer_id: Key | None = None
    connection_id: Key | None = None
    state: ProfileState | None = None


FILTERS = {"customer_id": "connection__customer", "connection_id": "connection", "state": "state"}


@router.get("", response=Page[ProfileItem], summary="List sync profiles")
def list_profiles(request: KeyRequest, filter: Annotated[ProfileFilter, Query()]) -> dict[str, object]:
    wanted = {column: getattr(filter, name) for name, column in FILTERS.items() if getattr(filter, name)}
    rows = visible_to(request.key, SyncProfile).filter(**wanted).select_related(*RELATED)
    page, cursor = page_of(rows, filter)
    return {"data": [_item(profile) for profile in page], "next_cursor": cursor}


@router.get("/{int:profile_id}", response=ProfileItem, summary="Read a sync profile")
def read_profile(request: KeyRequest, profile_id: Key, response: HttpResponse) -> Schema:
    return with_tag(response, _item(find(request, SyncProfile, profile_id, *RELATED)))


@router.post("", response={201: ProfileItem}, auth=REQUEST, summary="Request a sync profile")
def request_profile(request: KeyRequest, body: NewProfile, response: HttpResponse) -> Status[Schema]:
    connection = find(request, Connection, body.connection_id, "customer")
    entities = visible_to(request.key, LegalEntity).filter(customer=connection.customer)
    entity = entities.filter(pk=body.legal_entity_id).first()
    if entity is None:
        raise Problem.of_field("#/legal_entity_id", "not_found", "The customer has no such legal entity.")
    actor = administrator_of(connection.customer, body.actor_email)
    profile = _request(request, body, connection, entity, actor)
    return Status(201, with_tag(response, _item(profile)))


@router.patch("/{int:profile_id}", response=ProfileItem, auth=REQUEST, summary="Choose the lists of a profile")
def change_profile(request: KeyRequest, profile_id: Key, body: ProfileChange, response: HttpResponse) -> Schema:
    """The next run reads the lists in use. One that was not in use is then read in full."""
    profile = find(request, SyncProfile, profile_id, *RELATED, lock=True)
    refuse_if_changed(request, _item(profile))
    lists_choose(profile=profile, unused=body.unused_lists, actor=None)
    return with_tag(response, _item(find(request, SyncProfile, profile_id, *RELATED)))


def _request(
    request: KeyRequest, body: NewProfile, connection: Connection, entity: LegalEntity, actor: User
) -> SyncProfile:
    if body.replaces is None:
        [profile] = services.profiles_request(
            connection=connection, entity_ids={entity: body.entity_id}, actor=actor, note=body.note
        )
        return profile
    profiles = visible_to(request.key, SyncProfile).filter(connection=connection, legal_entity=entity)
    replaced = profiles.select_related(*RELATED).filter(pk=body.replaces).first()
    if replaced is None:
        raise Problem.of_field("#/replaces", "not_found", "The legal entity has no such profile.")
    return services.replacement_request(profile=replaced, entity_id=body.entity_id, actor=actor, note=body.note)


@router.post("/{int:profile_id}/approve", response=ProfileItem, auth=DECIDE, summary="Approve a request")
def approve_profile(request: KeyRequest, profile_id: Key, body: Decision) -> Schema:
    return _decide(request, profile_id, body.actor_email, services.profile_approve)


@router.post("/{int:profile_id}/decline", response=ProfileItem, auth=DECIDE, summary="Decline a request")
def decline_profile(request: KeyRequest, profile_id: Key, body: Declining) -> Schema:
    return _decide(request, profile_id, body.actor_email, services.profile_decline, reason=body.reason)


@router.post("/{int:profile_id}/undo-approval", response=ProfileItem, auth=DECIDE, summary="Undo an approval")
def undo_approval(request: KeyRequest, profile_id: Key, body: Decision) -> Schema:
    return _end(request, profile_id, body.actor_email, services.profile_undo_approval)


@router.post("/{int:profile_id}/revoke", response=ProfileItem, auth=DECIDE, summary="Revoke a sync profile")
def revoke_profile(request: KeyRequest, profile_id: Key, body: Revoking) -> Schema:
    return _end(request, profile_id, body.actor_email, services.profile_revoke, reason=body.reason)


def _end(request: KeyRequest, profile_id: int, email: str, end: Callable[..., None], **fields: Any) -> Schema:
    profile = find(request, SyncProfile, profile_id, *RELATED)
    end(profile=profile, actor=decider_of(request, profile, email), **fields)
    return _item(find(request, SyncProfile, profile_id, *RELATED))


def _decide(request: KeyRequest, profile_id: int, email: str, decide: Callable[..., None], **fields: Any) -> Schema:
    """Let the user decide, as on the page: a request that no user has claimed is claimed first."""
    profile = find(request, SyncProfile, profile_id, *RELATED)
    # The services lock it too. Both of them must find it in the same state.
    Connection.objects.select_for_update(no_key=True).get(pk=profile.connection_id)
    profile = find(request, SyncProfile, profile_id, *RELATED, lock=True)
    actor = decider_of(request, profile, email)
    if profile.may_be_claimed:
        services.profile_claim(profile=profile, actor=actor)
    decide(profile=profile, actor=actor, **fields)
    return _item(find(request, SyncProfile, profile_id, *RELATED))


def _item(profile: SyncProfile) -> ProfileItem:
    same = ("connection_id", "legal_entity_id", "entity_id", "entity_name", "state", "note", "reason", "requested_at")
    ends = ("is_synced", "ended_at", "lists_kept_until", "lists_removed_at")
    rest = ("decided_at", "first_synced_at", "unused_lists", *ends)
    return ProfileItem.model_validate(
        {
            **{name: getattr(profile, name) for name in (*same, *rest)},
            "id": profile.pk,
            "customer_id": profile.connection.customer_id,
            "requested_by": profile.requested_by and profile.requested_by.email,
            "decided_by": profile.decided_by and profile.decided_by.email,
            "last_sync_incomplete": profile.has_gaps,
            "replaces": profile.replaces_id,
            "replaced_by": profile.successor_id,
        }
    )
