"""Say what depends on a list: the permissions that it needs, and the lists whose records refer to it."""

from collections.abc import Collection, Iterable, Iterator

from intacct.catalogue import LISTS, PERMISSION, Permission, RecordList
from intacct.field_types import referred_list

OWNER = "MEGAENTITYID"
"""The entity that owns a record. Nearly every list has it, and no list needs the name of the entity."""


def lists_of(permission: Permission, dimensions: Iterable[RecordList] = ()) -> list[RecordList]:
    """Return the lists that the permission, or another one of the same requirement, lets Beanworks read.

    dimensions: the lists of the company's user-defined dimensions, as far as they are known.
    """
    return [
        record_list
        for record_list in (*LISTS, *dimensions)
        if _requirement(PERMISSION[record_list.permission]) == _requirement(permission)
    ]


def is_needed(permission: Permission, unused: Collection[str], dimensions: Iterable[RecordList] = ()) -> bool:
    """Return whether Beanworks needs the permission if it does not sync the lists with the slugs in `unused`.

    dimensions: as for `lists_of`. A permission that no known list needs is needed for something else.
    """
    lists = lists_of(permission, dimensions)
    return permission.beyond_lists or not lists or any(record_list.slug not in unused for record_list in lists)


def lists_referring_to(slug: str) -> Iterator[RecordList]:
    """Yield the other lists with a field that holds codes of this list, as `intacct.field_types` knows them."""
    for record_list in LISTS:
        names = (name for name in record_list.fields if name != OWNER)
        if record_list.slug != slug and any(referred_list(record_list, name) == slug for name in names):
            yield record_list


def _requirement(permission: Permission) -> str:
    return permission.any_of or permission.slug
