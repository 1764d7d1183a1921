"""The lists of a profile as its administrator chooses among them, with what depends on each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from core.isolated_text import Sentence, join_names
from intacct.catalogue import MODULES, PERMISSION, Module, RecordList
from intacct.list_dependencies import lists_referring_to
from smartsync.models import ListItem, ListRun
from smartsync.models.list_runs import list_label
from smartsync.services import choosable_lists
from wizard.models import SyncProfile


@dataclass(frozen=True)
class Choice:
    """A list to choose. `referring`: the names of the lists whose records refer to it."""

    record_list: RecordList
    referring: Sequence[str]

    @property
    def slug(self) -> str:
        return self.record_list.slug

    @property
    def label(self) -> str:
        return list_label(self.record_list)

    @property
    def without(self) -> str:
        return _(self.record_list.without)

    @property
    def references(self) -> str:
        names = join_names(self.referring)
        return Sentence(_("These lists refer to it: %(lists)s."), {"lists": names}) if names else ""


@dataclass(frozen=True)
class UnusedList:
    """A list that is not in use. `synced_at`: when it was last complete; None if it never was."""

    choice: Choice
    synced_at: datetime | None
    records: int


def choices_by_module(lists: Iterable[RecordList]) -> list[tuple[str, list[Choice]]]:
    """The lists under the names of their applications, in the order of Intacct's page of permissions."""
    ordered = sorted(lists, key=lambda record_list: MODULES.index(_module(record_list)))
    return [
        (_(module.name), [_choice(record_list, used=None) for record_list in group])
        for module, group in groupby(ordered, key=_module)
    ]


def unused_lists(profile: SyncProfile) -> Iterator[UnusedList]:
    """The lists that the profile does not use. Only the lists in use that refer to each are named."""
    if not profile.unused_lists:
        return
    lists = choosable_lists(profile)
    used = {record_list.slug for record_list in lists} - {*profile.unused_lists}
    counts = ListItem.objects.counts(profile)
    complete = ListRun.objects.newest_complete(profile)
    for record_list in lists:
        slug = record_list.slug
        if slug not in used:
            synced_at = complete[slug].finished_at if slug in complete else None
            yield UnusedList(_choice(record_list, used), synced_at, counts.get(slug, {}).get("present", 0))


def _module(record_list: RecordList) -> Module:
    return PERMISSION[record_list.permission].module


def _choice(record_list: RecordList, used: Collection[str] | None) -> Choice:
    """`used`: slugs of the lists to name among those that refer to it; None means all of them."""
    referring = lists_referring_to(record_list.slug)
    return Choice(record_list, [list_label(other) for other in referring if used is None or other.slug in used])
