"""Connections: how far a customer is, what is missing, and what is wrong; disconnecting and connecting again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from django.db.models import Q
from ninja import Field, Query, Router, Status
from pydantic import BaseModel

from api.access import ApiToken, KeyRequest, find, visible_to
from api.pagination import Page, Paging, page_of
from api.people import administrator_of, administrator_or_support
from api.reconnects import ReconnectAttempt, latest_attempts
from api.requirements import requirement_of
from api.scopes import Scope
from api.types import Email, Fields, Input, Key, Password, UserId
from core.errors import Refused
from wizard import services
from wizard.help import CODES
from wizard.missing import MissingItem, missing_lists
from wizard.models import Connection, Incident

router = Router(tags=["Connections"], auth=ApiToken(Scope.READ_CONNECTIONS))
ADMINISTER = ApiToken(Scope.ADMINISTER_CUSTOMERS)

State = Literal["in_setup", "connected", "broken", "disconnected"]
STATES: dict[State, Q] = {
    "in_setup": Q(first_synced_at=None, broken_since=None, disconnected_at=None),
    "connected": Q(first_synced_at__isnull=False, broken_since=None, disconnected_at=None),
    "broken": Q(broken_since__isnull=False, disconnected_at=None),
    "disconnected": Q(disconnected_at__isnull=False),
}


class NamedValue(BaseModel):
    label: str
    value: str


class Requirement(BaseModel):
    """One thing that is missing until the connection works, as the wizard shows it."""

    code: str = Field(description="Stable; the help page has it too. Empty for a refusal that is not known.")
    kind: Literal["failed", "waiting", "to_confirm", "advice"]
    what: str
    who: Literal["customer_administrator", "intacct_administrator", "beanworks", "sage", "no_one"]
    step: str
    url: str = Field(description="The page on which it is fixed.")
    intacct_path: list[str] = Field(description="The page in Intacct, as the labels to choose.")
    values: list[NamedValue]
    instructions: list[str]
    since: datetime
    last_passed_at: datetime | None


class IncidentItem(BaseModel):
    """Something that worked and does not work now."""

    id: int
    code: str
    cause: str
    step: str
    since: datetime
    last_passed_at: datetime | None


class ConnectionItem(BaseModel):
    id: int
    customer_id: int
    company_id: str
    state: State
    step: str
    step_since: datetime
    waiting_for: Literal["customer", "beanworks", "sage", "no_one"]
    connected_at: datetime | None
    disconnected_at: datetime | None
    lists_kept_until: datetime | None = Field(
        description="Until when the lists of a disconnected connection can be read. They are not kept in sync."
    )
    reconnect: ReconnectAttempt | None
    last_sync_incomplete: bool
    requirements: list[Requirement]
    incidents: list[IncidentItem]


class Disconnecting(Input):
    actor_email: Email = Field(description="The customer’s administrator or user of Beanworks support who disconnects.")


class Reconnecting(Input):
    password: Password = Field(description="Of the Web Services user in Intacct. It replaces the deleted one.")
    user_id: UserId = Field("", description="The Web Services user, if it is another one than before.")
    actor_email: Email = Field(description="The customer’s administrator who connects it again.")


class ConnectionFilter(Paging):
    customer_id: Key | None = None
    state: State | None = None


@router.get("", response=Page[ConnectionItem], summary="List connections")
def list_connections(request: KeyRequest, filter: Annotated[ConnectionFilter, Query()]) -> Fields:
    rows = visible_to(request.key, Connection)
    if filter.customer_id:
        rows = rows.filter(customer=filter.customer_id)
    if filter.state:
        rows = rows.filter(STATES[filter.state])
    page, cursor = page_of(rows, filter)
    return {"data": items_of(page), "next_cursor": cursor}


@router.get("/{int:connection_id}", response=ConnectionItem, summary="Read a connection")
def read_connection(request: KeyRequest, connection_id: Key) -> Fields:
    return items_of([find(request, Connection, connection_id)])[0]


@router.post("/{int:connection_id}/disconnect", response=ConnectionItem, auth=ADMINISTER, summary="Disconnect Intacct")
def disconnect(request: KeyRequest, connection_id: Key, body: Disconnecting) -> Fields:
    """The password is deleted and all work ends at once. Profiles, schedules and lists stay for a while."""
    connection = find(request, Connection, connection_id, "customer")
    actor = administrator_or_support(connection.customer, body.actor_email)
    services.connection_disconnect(connection=connection, actor=actor)
    return items_of([find(request, Connection, connection_id)])[0]


@router.post("/{int:connection_id}/reconnect", response={202: ConnectionItem}, auth=ADMINISTER, summary="Reconnect")
def reconnect(request: KeyRequest, connection_id: Key, body: Reconnecting) -> Status[Fields]:
    """A worker tries the password once. Read `reconnect` until it failed or the connection is connected again."""
    connection = find(request, Connection, connection_id, "customer")
    actor = administrator_of(connection.customer, body.actor_email)
    if connection.disconnected_at is None:
        raise Refused("This connection is not disconnected.")
    services.credentials_save(
        connection=connection,
        actor=actor,
        company_id=connection.company_id,
        user_id=body.user_id or connection.user_id,
        password=body.password,  # type: ignore[arg-type]  # its last validator makes it a Secret
    )
    return Status(202, items_of([find(request, Connection, connection_id)])[0])


def items_of(connections: Sequence[Connection]) -> list[Fields]:
    """Return connections as the API shows them, with a constant number of queries."""
    incidents = Incident.objects.open_of_each(connections)
    missing = missing_lists(connections, incidents)
    attempts = latest_attempts(connections)
    return [_item(row, missing[row.pk], incidents[row.pk]) | {"reconnect": attempts.get(row.pk)} for row in connections]


def _item(connection: Connection, missing: Iterable[MissingItem], incidents: Iterable[Incident]) -> Fields:
    return {
        "id": connection.pk,
        "customer_id": connection.customer_id,
        "company_id": connection.company_id,
        "state": _state(connection),
        "step": connection.stage,
        "step_since": connection.stage_since,
        "waiting_for": connection.must_act,
        "connected_at": connection.first_synced_at,
        "disconnected_at": connection.disconnected_at,
        "lists_kept_until": connection.lists_kept_until,
        "last_sync_incomplete": connection.has_gaps,
        "requirements": [requirement_of(item) for item in missing],
        "incidents": [_incident(incident) for incident in incidents],
    }


def _state(connection: Connection) -> State:
    if connection.disconnected_at:
        return "disconnected"
    if connection.broken_since:
        return "broken"
    return "connected" if connection.is_live else "in_setup"


def _incident(incident: Incident) -> Fields:
    return {
        "id": incident.pk,
        "code": CODES.get(incident.cause, ""),
        "cause": incident.cause,
        "step": incident.stage,
        "since": incident.since,
        "last_passed_at": incident.last_passed_at,
    }
