"""Incidents that are opened or closed when a run ends."""

from django.db.models import Exists, OuterRef, QuerySet

from smartsync.models import Hold, SetAsideRecord, SyncRun
from wizard.models import Incident, SyncProfile
from wizard.services import close_incident, open_incident, open_incidents
from wizard.services.incidents import close_incidents
from wizard.stages import SYNC_STAGE


def follow_set_aside(run: SyncRun) -> None:
    """Open an incident for records that an earlier run set aside too. A complete full run without any closes it."""
    slug = _records_slug(run.profile_id)
    connection = run.profile.connection
    records = SetAsideRecord.objects.filter(list_run__run=run)

    if count := records.filter(Exists(_same_record_before(run))).count():
        facts = {"legal_entity": run.profile.legal_entity.name, "records": count}
        open_incident(connection=connection, slug=slug, cause="records_set_aside", facts=facts, stage=SYNC_STAGE.slug)
    elif _is_whole(run) and not records.exists() and is_open(run, slug):
        close_incident(connection=connection, slug=slug)


def follow_holds(run: SyncRun) -> None:
    """Open an incident for each list with records held by this run, in one call: the run sends one email."""
    profile = run.profile
    titles = dict(run.lists.filter(held__gt=0).values_list("slug", "title"))
    holds = Hold.objects.undecided().filter(profile=profile, list__in=titles).order_by("list")
    incidents = [
        Incident(
            connection=profile.connection,
            check_slug=hold.incident_slug,
            cause="deletions_held",
            facts={
                "subject": titles[hold.list],
                "legal_entity": profile.legal_entity.name,
                "count": hold.count,
                "total": hold.total,
            },
            stage=SYNC_STAGE.slug,
        )
        for hold in holds
    ]

    if incidents:
        open_incidents(connection=profile.connection, incidents=incidents)


def close_incidents_of(profile: SyncProfile) -> None:
    """Close what is open about the syncs and schedules of a profile that is no longer synced."""
    holds = [hold.incident_slug for hold in profile.holds.undecided()]
    schedules = [schedule_slug(pk) for pk in profile.schedules.values_list("pk", flat=True)]
    slugs = [run_slug(profile.pk), _records_slug(profile.pk), *holds, *schedules]
    close_incidents(connection=profile.connection, slugs=slugs)


def run_slug(profile_pk: int) -> str:
    """The slug of the incident of a profile whose sync could not finish because of a fault on our side."""
    return f"sync.{profile_pk}"


def schedule_slug(pk: int) -> str:
    return f"schedule.{pk}"


def _records_slug(profile_pk: int) -> str:
    return f"records.{profile_pk}"


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
