"""Deletes or deactivates records at the end of a list, as Intacct does, or holds them for a decision.

A permission or an entity restriction that changed in Intacct makes records invisible, which looks as if they were
deleted. So if a full run would mark many records of a list, none is changed until an administrator has confirmed.

While pages are read, records are only flagged: `missing_since_run` on records that are missing, `inactive_since_run`
on records that became inactive.
"""

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import User
from audit.services import event_record
from smartsync.engine.revisions import next_revision
from smartsync.models import Hold, ListItem, ListRun, SetAsideRecord, SyncRun
from smartsync.models.items import ListItemQuerySet
from wizard.models import SyncProfile
from wizard.services import close_incident

DECISION_ACTIONS: dict[str, str] = {
    Hold.Decision.CONFIRMED: "list.deletions_confirmed",
    Hold.Decision.REJECTED: "list.deletions_rejected",
    Hold.Decision.RETURNED: "list.deletions_returned",
}
# A record that is deleted already is not updated, so it gets no second change in its history.
MARK_DELETED = """
    WITH gone AS (
        UPDATE smartsync_listitem SET active = FALSE, deleted_at = %(now)s, changed_at = %(now)s,
            inactive_since_run = NULL, is_held = FALSE, revision = %(revision)s
        WHERE id = ANY (%(ids)s) AND deleted_at IS NULL
        RETURNING id
    )
    INSERT INTO smartsync_itemchange (item_id, list_run_id, at, kind, fields)
    SELECT id, %(list_run)s, %(now)s, 'gone', '{}' FROM gone
"""


def settle(list_run: ListRun, *, is_complete: bool) -> int:
    """Mark the records that a full run found deleted or inactive, or hold them. Returns how many were marked.

    Only a complete list proves that a record is missing. The caller saves the list run.
    """
    if list_run.run.kind == SyncRun.Kind.PARTIAL:
        _return_if_none_is_held(list_run)
        return 0

    # Of an incomplete list, or with a record that cannot be identified, any record that looks missing may be there.
    missing = _missing(list_run) if is_complete and not _has_unidentified(list_run) else Q(pk__in=[])
    inactive = Q(inactive_since_run=list_run.pk)
    records = ListItem.objects.doubtful().filter(profile=list_run.run.profile_id, list=list_run.slug)
    counts = records.aggregate(missing=Count("pk", filter=missing), inactive=Count("pk", filter=inactive))

    if not _are_too_many(list_run, sum(counts.values())):
        marked = _mark(list_run, records.filter(missing), records.filter(inactive)) if any(counts.values()) else 0
        if is_complete:
            _close_undecided(list_run)
        return marked
    if is_complete:
        list_run.held = sum(counts.values())
        _hold(list_run, records, missing | inactive, counts)
    return 0


def guard_percent(profile: SyncProfile) -> int:
    """The share of a list above which a run asks: the profile's own, or else the deployment's setting."""
    own = profile.deletion_guard_percent
    return settings.DELETION_GUARD_PERCENT if own is None else own


def mark_held(hold: Hold) -> int:
    """Mark the held records that are still missing or inactive. Returns how many."""
    records = hold.records()
    return _mark(hold.list_run, records.filter(missing_since_run__isnull=False), records.filter(missing_since_run=None))


def close_hold(hold: Hold, decision: str, actor: User | None, **facts: int) -> None:
    """Save the decision, release the held records and close the incident."""
    hold.decision, hold.decided_at, hold.decided_by = decision, timezone.now(), actor
    hold.save()
    hold.records().update(is_held=False)
    close_incident(connection=hold.profile.connection, slug=hold.incident_slug)
    _record(DECISION_ACTIONS[decision], hold, actor, **facts)


def _missing(list_run: ListRun) -> Q:
    """Records that this list run did not find, without those that Intacct sent and that were set aside."""
    aside = SetAsideRecord.objects.filter(list_run=list_run)
    # The code of a record that was set aside is cut, so the stored code is cut to the same length before comparing.
    aside = aside.annotate(code_here=Left(OuterRef("code"), SetAsideRecord.LONGEST))
    was_sent = Exists(aside.filter(Q(key=OuterRef("key")) | Q(code=F("code_here"))))
    return Q(missing_since_run=list_run.pk) & Q(~was_sent) if list_run.set_aside else Q(missing_since_run=list_run.pk)


def _has_unidentified(list_run: ListRun) -> bool:
    """Whether Intacct sent a record without a key and a code. It may be any of the missing records."""
    return list_run.set_aside > 0 and list_run.set_aside_records.filter(key=None, code="").exists()


def _are_too_many(list_run: ListRun, count: int) -> bool:
    # In a short list, a single record may be a large share.
    if count <= settings.DELETION_GUARD_RECORDS:
        return False
    return count * 100 > _total(list_run) * guard_percent(list_run.run.profile)


def _total(list_run: ListRun) -> int:
    return ListItem.objects.present().filter(profile=list_run.run.profile_id, list=list_run.slug).count()


def _mark(list_run: ListRun, missing: ListItemQuerySet, inactive: ListItemQuerySet) -> int:
    ids = list(missing.values_list("pk", flat=True))
    now = timezone.now()
    revision = next_revision(list_run.run.profile_id)
    marked = inactive.update(active=False, inactive_since_run=None, is_held=False, changed_at=now, revision=revision)
    with connection.cursor() as cursor:
        cursor.execute(MARK_DELETED, {"ids": ids, "list_run": list_run.pk, "now": now, "revision": revision})
        deleted: int = cursor.rowcount
    return marked + deleted


def _hold(list_run: ListRun, records: ListItemQuerySet, doubtful: Q, counts: dict[str, int]) -> None:
    """Hold exactly the records that this run found missing or inactive, and release the others of an earlier run.

    The incidents of all lists are opened together at the end of the run: see `services.incidents`.
    """
    profile = list_run.run.profile
    # One undecided hold per list: a later run replaces what an earlier one found, and the user decides once.
    defaults = {**counts, "total": _total(list_run), "found_at": timezone.now()}
    hold, is_new = Hold.objects.undecided().update_or_create(profile=profile, list=list_run.slug, defaults=defaults)
    records.filter(is_held=True).exclude(doubtful).update(is_held=False)
    records.filter(doubtful).update(is_held=True)
    if is_new:
        _record("list.deletions_held", hold, None)


@transaction.atomic
def _close_undecided(list_run: ListRun) -> None:
    """Close the list's hold: its records are back, or so many of them that the rest needs no decision."""
    holds = Hold.objects.undecided().filter(profile=list_run.run.profile_id, list=list_run.slug)
    if hold := holds.select_for_update().first():
        close_hold(hold, Hold.Decision.RETURNED, None)


def _return_if_none_is_held(list_run: ListRun) -> None:
    """Close the list's hold if a partial run brought back all its records."""
    holds = Hold.objects.undecided().filter(profile=list_run.run.profile_id, list=list_run.slug)
    if list_run.read and (hold := holds.first()) and not hold.records().exists():
        _close_undecided(list_run)


def _record(action: str, hold: Hold, actor: User | None, **facts: int) -> None:
    event_record(
        action=action,
        actor=actor,
        target=hold.profile,
        customer_id=hold.profile.connection.customer_id,
        list=hold.list,
        missing=hold.missing,
        inactive=hold.inactive,
        total=hold.total,
        **facts,
    )
