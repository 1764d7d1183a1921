"""What a run reads: every list of the catalogue, every user-defined dimension, each in full or from when on.

A list's own last success decides, not the run's: a list that was refused for a month is read from before that month,
and one that never came to a complete end is read in full.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from core.text import without_bidi_controls
from intacct.catalogue import LISTS, RecordList, dimension_list
from intacct.damage import REPLACEMENT
from intacct.errors import FunctionError, IntacctError, MisshapenReply
from intacct.functions import get_dimensions
from intacct.records import dimensions
from intacct.session import Session
from smartsync.models import ListRun, SyncRun
from smartsync.models.runs import EARLIEST
from smartsync.troubles import diagnosed
from smartsync.warnings import lasting

DIMENSIONS = "dimensions"
LONGEST_NAME = 70
"""Of a dimension's object, in characters: its slug has to fit as well."""
LONGEST_TITLE = 120
LABELS = ("objectLabel", "termLabel")
"""Of no account for reading."""


@dataclass
class Company:
    """The user-defined dimensions to read; `refused`: what Intacct said instead of naming them."""

    dimensions: list[RecordList] = field(default_factory=list)
    refused: IntacctError | None = None


def run_plan(run: SyncRun, session: Session) -> None:
    """Write the run's lists, once."""
    if run.lists.exists():
        return
    company = asked(session) if run.kind == SyncRun.Kind.FULL else remembered(run)
    planned = list(_planned(run, [*LISTS, *company.dimensions]))
    if company.refused:
        planned.append(_unknown_dimensions(run, len(planned), company.refused))
    with transaction.atomic():
        run.hold()
        ListRun.objects.bulk_create(planned)


def asked(session: Session) -> Company:
    """What can be read of the dimensions. Where a name or a flag is lost, there may be one more than these."""
    result = session.call(get_dimensions())["f1"]
    try:
        found = dimensions(result.as_read())
    except (FunctionError, MisshapenReply) as error:
        return Company(refused=error)
    named = [each for each in found if each.user_defined and REPLACEMENT not in each.object]
    # Once each, since a list is read once.
    usable = {each.object: each for each in named if 0 < len(each.object) <= LONGEST_NAME}
    refused: IntacctError | None = None
    if any(len(each.object) > LONGEST_NAME for each in named):
        refused = MisshapenReply("the name of a dimension is too long")
    if any(damage.field not in LABELS for damage in result.as_read().damages):
        refused = result.failure
    lists = [
        dimension_list(name, without_bidi_controls(each.term or each.label or name)) for name, each in usable.items()
    ]
    return Company(lists, refused)


def remembered(run: SyncRun) -> Company:
    """The dimensions of the newest full run: nothing is asked when nothing changed."""
    full = SyncRun.objects.filter(profile=run.profile, kind=SyncRun.Kind.FULL).order_by("-pk").first()
    known = ListRun.objects.filter(run=full, slug__startswith="dimension-").values_list("object", "title")
    return Company([dimension_list(object_name, title) for object_name, title in known])


def _planned(run: SyncRun, kinds: list[RecordList]) -> Iterator[ListRun]:
    earlier = ListRun.objects.newest_complete(run.profile) if run.kind == SyncRun.Kind.PARTIAL else {}
    for position, kind in enumerate(kinds):
        made = ListRun(run=run, position=position, slug=kind.slug, object=kind.object, title=kind.title[:LONGEST_TITLE])
        if last := earlier.get(kind.slug):
            made.fields = last.fields
            made.warnings = lasting(last.warnings)
            made.since = _since(run.since, kind, last)
        yield made


def _since(asked_for: datetime | None, kind: RecordList, last: ListRun) -> datetime | None:
    if not asked_for or not last.began_at or kind.modified not in last.fields:
        return None
    since = min(asked_for, last.began_at)
    return since if since >= EARLIEST else None


def _unknown_dimensions(run: SyncRun, position: int, refused: IntacctError) -> ListRun:
    """Dimensions there may be, but Intacct would not name them: that must show, or the run would look complete."""
    cause, facts = diagnosed(run, refused)
    return ListRun(
        run=run,
        position=position,
        slug=DIMENSIONS,
        title=gettext_noop("User-defined dimensions"),
        state=ListRun.State.REFUSED if isinstance(refused, FunctionError) else ListRun.State.FAILED,
        cause=cause,
        facts=facts,
    )
