"""Requests of API Sync Profiles: three months of decisions, and what waits for support or for the customer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.times import ago, morning
from wizard.models import Question, SyncProfile

State = SyncProfile.State
NOTE = "We close our books on the 5th, so please start before that."
REASON = (
    "Your contract does not name this legal entity yet. Ask your contact at Beanworks to add it, then request it again."
)
QUESTION = "Intacct has three entities, and you chose the top level. Will bills of all three go through Beanworks?"
# Minutes between a request and its decision, one after the other: mostly hours, sometimes days.
WAITS = (35, 160, 75, 240, 20, 1560, 110, 55, 3010, 190)


def insert_profiles(tenants: Sequence[Tenant], team: Mapping[str, User]) -> None:
    profiles = [profile for tenant in tenants for profile in _profiles(tenant, team)]
    profiles.sort(key=lambda profile: profile.requested_at)
    insert(profiles)
    insert(map(_question, (profile for profile in profiles if profile.state == State.ASKED)))


def _question(profile: SyncProfile) -> Question:
    asked_at = profile.claimed_at or profile.requested_at
    return Question(profile=profile, text=QUESTION, asked_by=profile.claimed_by, asked_at=asked_at)


def _profiles(tenant: Tenant, team: Mapping[str, User]) -> Iterator[SyncProfile]:
    sam, sue = team["Sam Support"], team["Sue Support"]
    story = tenant.story
    if story.declined:
        yield _decided_profile(tenant, 0, story.declined, sam, State.DECLINED)
    for number, days in enumerate(story.decided):
        yield _decided_profile(tenant, number, days, (sam, sue)[(days + number) % 2], State.APPROVED)
    claim = {"claimed_by": sue if story.request == "claimed" else sam, "claimed_at": ago(story.days, minutes=-90)}
    if story.request in SyncProfile.WAITING:
        for number in range(story.legal_entities):
            yield _profile(
                tenant,
                number,
                state=story.request,
                note=NOTE,
                requested_at=ago(story.days, minutes=-5 - number if story.days else 40),
                **(claim if story.request != "requested" else {}),
            )


def _decided_profile(tenant: Tenant, number: int, days: int, by: User, state: str) -> SyncProfile:
    requested_at, decided_at = decision_times(number, days)
    return _profile(
        tenant,
        number,
        state=state,
        requested_at=requested_at,
        claimed_by=by,
        claimed_at=decided_at - (decided_at - requested_at) / 4,
        decided_by=by,
        decided_at=decided_at,
        reason=REASON if state == State.DECLINED else "",
    )


def decision_times(number: int, days: int) -> tuple[datetime, datetime]:
    """When the request for a legal entity was made that was decided so many days ago, and when it was decided."""
    decided_at = morning(days, 250 + 37 * days % 200)
    return decided_at - timedelta(minutes=WAITS[(days + number) % len(WAITS)]), decided_at


def _profile(tenant: Tenant, number: int, **fields: Any) -> SyncProfile:
    """The profile of a legal entity: at the top level if there is only one, else each at an entity of its own."""
    entity = {"id": "", "name": ""}
    if len(tenant.legal_entities) > 1:
        country = tenant.branches[number].name.rpartition(" ")[2]
        entity = next(entity for entity in tenant.connection.company["entities"] if entity["name"].endswith(country))
    return SyncProfile(
        connection=tenant.connection,
        legal_entity=tenant.legal_entities[number],
        entity_id=entity["id"],
        entity_name=entity["name"],
        requested_by=tenant.administrator,
        **fields,
    )
