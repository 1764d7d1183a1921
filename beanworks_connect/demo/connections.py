"""Connections, what users did in each step, and credentials."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.times import ago, between
from intacct.catalogue import ALWAYS_SUBSCRIBED, MODULES, USER_ID
from intacct.secret import Secret
from practice.demo import companies
from practice.guide import PASSWORD
from wizard.models import Connection, StageProgress, StoredSecret
from wizard.stages import STAGES
from wizard.stages.stage import Stage
from wizard.verification.secrets import PASSWORD as FIELD
from wizard.verification.secrets import new_secret

# The mistakes that stop the sign-in, so that nothing else is known about the company.
STOPPING = ("sender", "password", "company")
STEPS = [*STAGES.values()]


def insert_connections(tenants: Sequence[Tenant]) -> dict[int, Tenant]:
    """Insert the connections with their credentials. Return the tenants by the key of their connection."""
    with_connection = [tenant for tenant in tenants if tenant.story.step]
    connections = insert(_connection(tenant) for tenant in with_connection)
    insert(_password_of(connection) for connection in connections if connection.credentials_saved_at)
    return {connection.pk: tenant for connection, tenant in zip(connections, with_connection, strict=True)}


def _password_of(connection: Connection) -> StoredSecret:
    secret = new_secret(connection, FIELD, Secret(PASSWORD))
    secret.updated_at = connection.credentials_saved_at or connection.created_at
    return secret


def _connection(tenant: Tenant) -> Connection:
    story = tenant.story
    tenant.connection = Connection(
        customer=tenant.customer,
        created_by=tenant.administrator,
        created_at=ago(story.started, minutes=15),
        stage=story.step,
        stage_since=story.since,
        **(_answers() if story.step != "pre_checks" else {}),
        **(_credentials(tenant) if story.mistakes is not None else {}),
    )
    return tenant.connection


def _answers() -> dict[str, Any]:
    modules = [module.slug for module in MODULES if module not in ALWAYS_SUBSCRIBED]
    return {"permission_model": "role", "several_entities": True, "modules": modules}


def _credentials(tenant: Tenant) -> dict[str, Any]:
    story = tenant.story
    fields = {
        "company_id": story.company_id,
        "user_id": USER_ID,
        "credentials_saved_at": ago(story.credentials_days, minutes=10),
    }
    if story.decided or not set(STOPPING) & set(story.mistakes or ()):
        fields |= {"company": _company_facts(story.company_id)}
    return fields | ({"level": "top"} if story.decided or not story.mistakes else {})


def _company_facts(company_id: str) -> dict[str, Any]:
    """What a verification would store about a practice company."""
    company = companies()[company_id]
    codes = [module.code for module in MODULES if company.is_subscribed(module.slug)]
    return {
        "entities": [
            {"id": entity.id, "name": entity.name, "currency": entity.currency} for entity in company.entities
        ],
        "dimensions": [{"object": dimension.object, "label": dimension.label} for dimension in company.dimensions],
        "formatting": {"locale": "en_US", "date_format": "/mdY", "clock": "24", "offset_minutes": 0},
        "applications": sorted([*codes, "WS"]),
        "multi_entity": company.multi_entity,
        "multi_currency": company.multi_currency,
        "base_currency": "" if company.multi_entity else company.base_currency,
    }


def insert_progress(tenants: Sequence[Tenant]) -> None:
    insert(progress for tenant in tenants if tenant.story.step for progress in _progress(tenant))


def _progress(tenant: Tenant) -> Iterator[StageProgress]:
    """What was done in each step up to the credentials, and in part in the current one."""
    story = tenant.story
    start = ago(story.started, minutes=15)
    if story.mistakes is None:
        before, end = next(number for number, stage in enumerate(STEPS) if stage.slug == story.step), ago(story.days)
        yield from _half_done(tenant, STEPS[before])
    else:
        before, end = 4, ago(story.credentials_days, minutes=20)
    for number in range(before):
        yield _done(tenant, STEPS[number], between(start, end, number + 1, before))


def _done(tenant: Tenant, stage: Stage, at: datetime) -> StageProgress:
    return StageProgress(
        connection=tenant.connection,
        stage=stage.slug,
        ticks=_ticks(tenant, stage, len(stage.tasks), at),
        attested_at=at,
        attested_by=tenant.administrator,
        updated_at=at,
    )


def _half_done(tenant: Tenant, stage: Stage) -> Iterator[StageProgress]:
    if count := len(stage.tasks) // 2:
        at = ago(tenant.story.days)
        ticks = _ticks(tenant, stage, count, at)
        yield StageProgress(connection=tenant.connection, stage=stage.slug, ticks=ticks, updated_at=at)


def _ticks(tenant: Tenant, stage: Stage, count: int, at: datetime) -> dict[str, Any]:
    done = {"by": tenant.administrator.name, "at": at.isoformat()}
    return {task.slug: done for task in stage.tasks[:count]}
