"""The lists that a sync copies, with their fields."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from django.utils.translation import gettext
from ninja import Field, Router, Schema

from api.access import ApiToken, KeyRequest, find
from api.scopes import Scope
from api.types import Key
from intacct.catalogue import LISTS, RecordList
from intacct.field_types import FieldType, field_type, referred_list
from smartsync.models import ListRun
from wizard.models import SyncProfile

router = Router(tags=["Lists"], auth=ApiToken(Scope.READ_RECORDS))
Role = Literal["key", "code", "name", "status", "modified", "parent", "value"]


class ListField(Schema):
    """A field as Intacct names it. Values are as Intacct sends them: texts. `type` says what is in them."""

    name: str
    role: Role = Field(description="What the field is to the list; “value” for every other field.")
    type: FieldType
    refers_to: str | None = Field(description="The list in which the value is the code of a record.")


class ListItem(Schema):
    list: str
    title: str
    object: str = Field(description="Intacct’s name of the object.")
    in_use: bool = Field(description="Whether syncs read the list. If not, its records stay as they were.")
    fields: Sequence[ListField]


class Lists(Schema):
    data: list[ListItem]


@router.get("/lists", response=Lists, summary="List the lists")
def list_lists(request: KeyRequest) -> dict[str, object]:
    """All lists that Beanworks knows. A company may have fewer of their fields, and has lists of its own dimensions."""
    return {"data": [_item(kind, gettext(kind.title), kind.fields, kind.slug, in_use=True) for kind in LISTS]}


@router.get("/sync-profiles/{int:profile_id}/lists", response=Lists, summary="List the lists of a profile")
def list_lists_of_profile(request: KeyRequest, profile_id: Key) -> dict[str, object]:
    """The lists and fields that the newest runs of this profile read."""
    profile = find(request, SyncProfile, profile_id)
    newest = ListRun.objects.newest(profile).exclude(object="")
    return {
        "data": [
            _item(row.record_list, row.label, row.fields, row.slug, in_use=row.slug not in profile.unused_lists)
            for row in newest
        ]
    }


def _item(kind: RecordList, title: str, names: Iterable[str], slug: str, *, in_use: bool) -> ListItem:
    return ListItem(list=slug, title=title, object=kind.object, in_use=in_use, fields=list(_fields(kind, names)))


def _fields(kind: RecordList, names: Iterable[str]) -> Iterator[ListField]:
    roles: dict[str | None, Role] = {
        kind.parent: "parent",
        kind.modified: "modified",
        kind.status: "status",
        kind.name: "name",
        kind.code: "code",
        kind.key: "key",
    }
    for name in names:
        role = roles.get(name, "value")
        yield ListField(name=name, role=role, type=field_type(kind, name), refers_to=referred_list(kind, name))
