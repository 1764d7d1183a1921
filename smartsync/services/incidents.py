"""Incidents that the end of a run opens or closes."""

from django.db.models import Exists, OuterRef, QuerySet

from smartsync.models import SetAsideRecord, SyncRun
from wizard.models import Incident
from wizard.services import close_incident, open_incident


def follow_set_aside(run: SyncRun) -> None:
    """Open an incident for records that an earlier run set aside as well. A full run without any closes it."""
    slug = f"records.{run.profile_id}"
    connection = run.profile.connection
    records = SetAsideRecord.objects.filter(list_run__run=run)

    if count := records.filter(Exists(_same_record_before(run))).count():
        facts = {"legal_entity": run.profile.legal_entity.name, "records": count}
        open_incident(connection=connection, slug=slug, cause="records_set_aside", facts=facts, stage="smart_sync")
    elif _is_whole(run) and not records.exists() and is_open(run, slug):
        close_incident(connection=connection, slug=slug)


def is_open(run: SyncRun, slug: str) -> bool:
    return Incident.objects.open().filter(connection=run.profile.connection, check_slug=slug).exists()


def _same_record_before(run: SyncRun) -> QuerySet[SetAsideRecord]:
    return SetAsideRecord.objects.filter(
        list_run__run__profile=run.profile_id,
        list_run__run__lt=run.pk,
        list_run__slug=OuterRef("list_run__slug"),
        number=OuterRef("number"),
        code=OuterRef("code"),
    )


def _is_whole(run: SyncRun) -> bool:
    return run.kind == SyncRun.Kind.FULL and run.result == SyncRun.Result.COMPLETE
