"""What a run reads: the profile's lists in use, each in full or since a time.

These are lists of the catalogue and user-defined dimensions. The last success of the list decides since when, not that
of the run. A list that Intacct refused for a month is read from before that month. A list that was never complete, or
not in use since it was, is read in full.

A list run is a row as soon as there is something to store. Most lists of most partial syncs have no changes: such a
list is only noted in the run (`SyncRun.unchanged_lists`), and until then it is planned again by every worker.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from core.text import without_bidi_controls
from intacct.catalogue import DIMENSION_PREFIX, LISTS, RecordList, dimension_list
from intacct.errors import SIGN_IN_REFUSED, FunctionError, IntacctError, MisshapenReply, NoAnswerInTime
from intacct.functions import get_dimensions
from intacct.reply import Reply
from intacct.reply_damage import REPLACEMENT
from intacct.session import Session
from intacct.setup_replies import dimensions
from smartsync.diagnoses import cause_and_facts
from smartsync.models import ListRun, SyncRun
from smartsync.models.list_runs import all_lists
from smartsync.models.runs import EARLIEST
from smartsync.warnings import lasting
from wizard.models import SyncProfile

DIMENSIONS = "dimensions"
LONGEST_NAME = 70
"""Characters of a dimension's object name. The slug made from it must fit into its column too."""
LONGEST_TITLE = 120
LABELS = ("objectLabel", "termLabel")
"""Fields of a dimension that are not needed to read it."""


@dataclass
class Company:
    """The user-defined dimensions to read. `refused` is the error if Intacct did not name all of them."""

    dimensions: list[RecordList] = field(default_factory=list)
    refused: IntacctError | None = None


def run_plan(run: SyncRun, session: Session) -> None:
    """Create the run's lists, unless it has them already. A later choice of lists is for the next run.

    A partial run stores only those that may be worth a row.
    """
    if run.has_lists:
        return
    run.unused_lists = SyncProfile.objects.values_list("unused_lists", flat=True).get(pk=run.profile_id)
    # Only a full run asks for dimensions. An incremental run of all lists is then a single request.
    if run.kind == SyncRun.Kind.FULL:
        list_runs = _new_list_runs(run, request_dimensions(session))
    else:
        settled = {list_run.slug for list_run in ListRun.objects.newest(run.profile) if list_run.is_settled}
        list_runs = [list_run for list_run in _planned_lists(run) if list_run.slug not in settled]
    with transaction.atomic():
        # Only the worker with the lease may create them: `hold` locks the run and raises LeaseLost for any other.
        run.hold()
        ListRun.objects.bulk_create(list_runs)
        run.unchanged_lists = []
        run.save(update_fields=["unused_lists", "unchanged_lists"])


def lists_of(run: SyncRun) -> list[ListRun]:
    """Return the run's list runs in order. Those that a partial run has not stored yet are queued."""
    list_runs = all_lists(run)
    if run.is_active and run.has_lists:
        list_runs += _unstored(run, list_runs)
    return sorted(list_runs, key=lambda list_run: list_run.position)


def unfinished_lists(run: SyncRun) -> list[ListRun]:
    """Return the list runs that still have something to read."""
    return [list_run for list_run in lists_of(run) if list_run.is_unfinished]


def store_unread_lists(run: SyncRun) -> None:
    """Store the lists that the run has not read, in the caller's transaction, so that it can say what became of them.

    run: one that ends before it has read all its lists.
    """
    ListRun.objects.bulk_create(_unstored(run, all_lists(run)))


def _unstored(run: SyncRun, list_runs: Iterable[ListRun]) -> list[ListRun]:
    """The planned lists of a partial run that are not among these. A full run has stored all its lists."""
    if run.kind == SyncRun.Kind.FULL or not run.has_lists:
        return []
    known = {list_run.slug for list_run in list_runs}
    return [list_run for list_run in _planned_lists(run) if list_run.slug not in known]


def _planned_lists(run: SyncRun) -> list[ListRun]:
    """The lists of a partial run. The result is the same each time, until the run has ended."""
    return _new_list_runs(run, known_dimensions(run))


def _new_list_runs(run: SyncRun, company: Company) -> list[ListRun]:
    kinds = [kind for kind in (*LISTS, *company.dimensions) if kind.slug not in run.unused_lists]
    list_runs = list(_list_runs(run, kinds))
    if company.refused:
        list_runs.append(_unknown_dimensions(run, len(list_runs), company.refused))
    return list_runs


def request_dimensions(session: Session) -> Company:
    """Ask Intacct for the company's user-defined dimensions. `refused` is set if there may be more than these."""
    result = _first_reply(session)["f1"]
    try:
        all_dimensions = dimensions(result.as_read())
    except (FunctionError, MisshapenReply) as error:
        return Company(refused=error)
    named = [
        dimension for dimension in all_dimensions if dimension.user_defined and REPLACEMENT not in dimension.object
    ]
    # By name, since a run has each list only once even if Intacct names a dimension twice.
    usable = {dimension.object: dimension for dimension in named if 0 < len(dimension.object) <= LONGEST_NAME}
    refused: IntacctError | None = None
    if any(len(dimension.object) > LONGEST_NAME for dimension in named):
        refused = MisshapenReply("the name of a dimension is too long")
    # A damaged label does no harm. With a damaged name or flag, a user-defined dimension may be missing here.
    if any(damage.field not in LABELS for damage in result.as_read().damages):
        refused = result.failure
    lists = [
        dimension_list(name, without_bidi_controls(dimension.term or dimension.label or name))
        for name, dimension in usable.items()
    ]
    return Company(lists, refused)


def _first_reply(session: Session) -> Reply:
    """Ask for the dimensions. One failure must not end the run before it has read anything.

    The transport repeats the request after most failures, but no sign-in; and none without an answer in time, since a
    smaller page is better, and this cannot be smaller. A refused sign-in is not repeated: that could lock the user.
    """
    try:
        return session.call(get_dimensions())
    except SIGN_IN_REFUSED:
        raise
    except IntacctError as error:
        if session.is_open and not isinstance(error, NoAnswerInTime):
            raise
    return session.call(get_dimensions())


def known_dimensions(run: SyncRun) -> Company:
    """The dimensions of the newest full run, so that a partial run needs no request for them."""
    full = SyncRun.objects.filter(profile=run.profile, kind=SyncRun.Kind.FULL).order_by("-pk").first()
    names = ListRun.objects.filter(run=full, slug__startswith=DIMENSION_PREFIX).values_list("object", "title")
    read = [dimension_list(object_name, title) for object_name, title in names]
    # The verification before the run names those that were not in use then. Some may be in use now.
    reported = run.profile.connection.dimension_lists
    return Company([*read, *(kind for kind in reported if full and kind.slug in full.unused_lists)])


def _list_runs(run: SyncRun, kinds: Iterable[RecordList]) -> Iterator[ListRun]:
    earlier = _continued(run) if run.kind == SyncRun.Kind.PARTIAL else {}
    for position, kind in enumerate(kinds):
        list_run = ListRun(
            run=run,
            position=position,
            slug=kind.slug,
            object=kind.object,
            title=kind.title[:LONGEST_TITLE],
        )
        if last := earlier.get(kind.slug):
            # With known fields, the list needs no look-up.
            list_run.fields = last.fields
            list_run.warnings = lasting(last.warnings)
            list_run.since = _since(run.since, kind, last)
        yield list_run


def _continued(run: SyncRun) -> Mapping[str, ListRun]:
    """The newest complete list run of each list, by its slug, without lists that a later run did not use."""
    complete = ListRun.objects.newest_complete(run.profile)
    last_runs = {slug: list_run.run_id for slug, list_run in complete.items()}
    left_out = SyncRun.objects.left_out_since(run, last_runs)
    return {slug: list_run for slug, list_run in complete.items() if slug not in left_out}


def _since(run_since: datetime | None, kind: RecordList, last: ListRun) -> datetime | None:
    """Since when to read the list, or None to read it in full."""
    if not run_since or not last.began_at or kind.modified not in last.fields:
        return None
    # The earlier of both: the list may have failed in runs that succeeded otherwise.
    since = min(run_since, last.began_at)
    return since if since >= EARLIEST else None


def _unknown_dimensions(run: SyncRun, position: int, refused: IntacctError) -> ListRun:
    """A list run that stands for dimensions that Intacct did not name. Without it, the run would look complete."""
    cause, facts = cause_and_facts(run, refused)
    return ListRun(
        run=run,
        position=position,
        slug=DIMENSIONS,
        title=gettext_noop("User-defined dimensions"),
        state=ListRun.State.REFUSED if isinstance(refused, FunctionError) else ListRun.State.FAILED,
        cause=cause,
        facts=facts,
    )
