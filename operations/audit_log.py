"""The audit log: which events to show, and all of them as a file."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Customer, User
from audit.actions import SUBJECTS
from audit.models import AuditEvent
from core.collation import holds_every_word
from core.fields import DayField, LineField, max_length_of
from core.text import Words, without_accents
from core.time_zones import start_of_day
from operations.filters import AddressFilter

PAGE = 500
"""Events that are read at a time. The first of them are sent when all of them are read: 2,000 took 60 ms."""
SIGN_IN = "user.signed_in"


def subject_choices() -> list[tuple[str, Words]]:
    """Return what actions can be about, sorted in the reader's language."""
    return [("", pgettext_lazy("subjects", "All")), *sorted(SUBJECTS.items(), key=_subject_order)]


def _subject_order(subject: tuple[str, Words]) -> str:
    return without_accents(str(subject[1])).casefold()


class AuditLogFilter(AddressFilter):
    """Filter the audit log. Customers see only their own events."""

    customer = LineField(label=gettext_lazy("Customer"), required=False, max_length=max_length_of(Customer, "name"))
    who = LineField(label=gettext_lazy("Who"), required=False, max_length=max_length_of(User, "name"))
    about = forms.ChoiceField(label=gettext_lazy("About"), required=False, choices=subject_choices)
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        required=False,
        choices=[("", pgettext_lazy("outcomes", "All")), *AuditEvent.Outcome.choices],
    )
    sign_ins = forms.ChoiceField(
        label=gettext_lazy("Sign-ins"),
        required=False,
        choices=[("", pgettext_lazy("sign-ins", "Hidden")), ("shown", pgettext_lazy("sign-ins", "Shown"))],
    )
    first = DayField(label=gettext_lazy("From date"), required=False)
    last = DayField(label=gettext_lazy("To date"), required=False)

    def __init__(self, user: User, query: QueryDict) -> None:
        super().__init__(query)
        self.visible = AuditEvent.objects.visible_to(user)
        if not user.is_beanworks:
            del self.fields["customer"]

    def events(self) -> QuerySet[AuditEvent]:
        """Return the events that match the filters, newest first."""
        wanted = [FILTERS[name](value) for name, value in self.chosen_filters().items() if name in FILTERS]
        return self.visible.filter(*wanted).order_by("-occurred_at", "-id")

    def listed_events(self) -> QuerySet[AuditEvent]:
        """Return the events for the page, which hides sign-ins unless it is asked for them."""
        return self.events() if self.chosen_filters().get("sign_ins") else self.events().exclude(action=SIGN_IN)


def _of_customer(words: str) -> Q:
    return Q(customer_id__in=Customer.objects.filter(holds_every_word(words, "name")).values("pk"))


FILTERS: dict[str, Callable[[Any], Q]] = {
    "customer": _of_customer,
    "who": lambda words: Q(actor_name__icontains=words),
    "about": lambda kind: Q(action__startswith=f"{kind}."),
    "outcome": lambda outcome: Q(outcome=outcome),
    "first": lambda day: Q(occurred_at__gte=start_of_day(day)),
    "last": lambda day: Q(occurred_at__lt=start_of_day(day + date.resolution)),
}


def _all_events(events: QuerySet[AuditEvent]) -> Iterator[Any]:
    """Return all events, oldest first, each with its place in the chain.

    They are read page by page, because a slow reader may take a long time to download them.
    """
    chained, last_pk = events.annotate(number=F("link__number"), hash=F("link__hash")), 0
    while page := list(chained.filter(pk__gt=last_pk).order_by("pk")[:PAGE]):
        yield from page
        last_pk = page[-1].pk


def csv_rows(events: QuerySet[AuditEvent]) -> Iterator[list[Any]]:
    yield [
        *(_("Number"), _("When"), _("Customer"), _("Who"), _("What"), _("Action"), _("About"), _("Outcome")),
        *(_("Details"), _("Link"), _("Hash")),
    ]
    for event in _all_events(events):
        about = f"{event.target_type} {event.target_id}" if event.target_id else ""
        yield [
            *(event.pk, event.occurred_at, event.customer_id, event.actor_name, event.sentence),
            *(event.action, about, event.get_outcome_display(), json.dumps(event.metadata, ensure_ascii=False)),
            *(event.number, event.hash),
        ]


def json_lines(events: QuerySet[AuditEvent]) -> Iterator[str]:
    """Return one JSON object a line, with the event's place in its customer's chain."""
    for event in _all_events(events):
        details = {
            "id": event.pk,
            "occurred_at": event.occurred_at.isoformat(),
            "action": event.action,
            "actor": {"id": event.actor_id, "name": event.actor_name},
            "customer": event.customer_id,
            "target": {"type": event.target_type, "id": event.target_id},
            "outcome": event.outcome,
            "metadata": event.metadata,
            "link": {"number": event.number, "hash": event.hash},
        }
        yield json.dumps(details, ensure_ascii=False) + "\n"
