"""Find customers, connections, legal entities, users and invitations by any part of their names, addresses and IDs.

Each text is folded, so case and accents do not matter. `operations.search_indexes` makes this quick.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Model, Q, QuerySet, Value, When
from django.db.models.lookups import Contains, StartsWith
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Invitation, LegalEntity, User
from core.collation import MOST_WORDS, Folded, Natural
from core.text import Words
from wizard.models import Connection

SHOWN = 10
"""Results of each group."""
CONSIDERED = 200
"""Matches of each group that are sorted. A word that very many rows hold is no search for one of them."""
SHORTEST_PART = 3
"""Characters. A shorter word must begin the text: no index finds it inside."""


@dataclass(frozen=True)
class Group:
    """One kind of rows. `fields`: where it is searched, first the name that it is sorted by."""

    title: Words
    rows: QuerySet[Any]
    fields: Sequence[str]


@dataclass(frozen=True)
class Found:
    """The results of a group. `has_more`: there are more than are shown."""

    slug: str
    title: Words
    rows: Sequence[Model]
    has_more: bool


GROUPS: Mapping[str, Group] = {
    "customers": Group(
        _("Customers"),
        Customer.objects.select_related("success_manager"),
        ("name", "external_id", "contact_email"),
    ),
    "connections": Group(_("Connections"), Connection.objects.select_related("customer"), ("company_id",)),
    "legal_entities": Group(
        _("Legal entities"), LegalEntity.objects.select_related("customer"), ("name", "external_id")
    ),
    "users": Group(_("Users"), User.objects.select_related("customer"), ("name", "email", "external_id")),
    "invitations": Group(
        _("Pending invitations"), Invitation.objects.open().select_related("customer"), ("name", "email")
    ),
}


def search(text: str) -> list[Found]:
    """Return what holds every word of the text in one of its fields, for each group with a result."""
    words = text.split()[:MOST_WORDS]
    results = [_search_group(slug, group, words) for slug, group in GROUPS.items()] if words else []
    return [found for found in results if found.rows]


def _search_group(slug: str, group: Group, words: Sequence[str]) -> Found:
    conditions = [holds(field, words) for field in group.fields]
    keys = group.rows.filter(_any(conditions)).order_by().values_list("pk", flat=True)[:CONSIDERED]
    begins = Q(*(StartsWith(Folded(group.fields[0]), Folded(Value(word))) for word in words[:1]))
    begins_first = Case(When(begins, then=False), default=True, output_field=BooleanField())
    rows = group.rows.filter(pk__in=[*keys]).order_by(begins_first, Natural(group.fields[0]), "pk")
    found = [*rows[: SHOWN + 1]]
    return Found(slug, group.title, found[:SHOWN], len(found) > SHOWN)


def holds(field: str, words: Sequence[str]) -> Q:
    """Return the condition that the field holds every word, or begins with it if it is short."""
    lookups = ((StartsWith if len(word) < SHORTEST_PART else Contains, word) for word in words)
    return Q(*(lookup(Folded(field), Folded(Value(word))) for lookup, word in lookups))


def _any(conditions: Sequence[Q]) -> Q:
    combined = Q()
    for condition in conditions:
        combined |= condition
    return combined
